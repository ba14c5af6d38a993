"""States of a golden example and the transitions between them. Pure."""

from enum import StrEnum

from reviewapp.core.errors import InvalidTransition
from reviewapp.core.messages import message


class State(StrEnum):
    """The state of an example; `texts.STATE_LABELS` has their names."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    CHANGES_REQUESTED = "changes_requested"
    APPROVED = "approved"
    RETIRED = "retired"


class Action(StrEnum):
    """An action that changes an example, or creates one."""

    CREATE = "create"
    REVISE = "revise"
    SUBMIT = "submit"
    APPROVE = "approve"
    REQUEST_CHANGES = "request_changes"
    REOPEN = "reopen"
    RETIRE = "retire"
    DELETE = "delete"


DELETED = "deleted"
"""In events, what a deleted example is after its deletion and before it is restored."""


# An edit undoes a submission and an approval: the reviewer read another revision.
TRANSITIONS: dict[tuple[State, Action], State] = {
    (State.DRAFT, Action.REVISE): State.DRAFT,
    (State.CHANGES_REQUESTED, Action.REVISE): State.CHANGES_REQUESTED,
    (State.IN_REVIEW, Action.REVISE): State.DRAFT,
    (State.APPROVED, Action.REVISE): State.DRAFT,
    (State.DRAFT, Action.SUBMIT): State.IN_REVIEW,
    (State.CHANGES_REQUESTED, Action.SUBMIT): State.IN_REVIEW,
    (State.IN_REVIEW, Action.APPROVE): State.APPROVED,
    (State.IN_REVIEW, Action.REQUEST_CHANGES): State.CHANGES_REQUESTED,
    (State.IN_REVIEW, Action.REOPEN): State.DRAFT,
    (State.APPROVED, Action.REOPEN): State.DRAFT,
    (State.RETIRED, Action.REOPEN): State.DRAFT,
    (State.DRAFT, Action.RETIRE): State.RETIRED,
    (State.CHANGES_REQUESTED, Action.RETIRE): State.RETIRED,
    (State.IN_REVIEW, Action.RETIRE): State.RETIRED,
    (State.APPROVED, Action.RETIRE): State.RETIRED,
    # A deleted example keeps its state, in which it is restored.
    (State.DRAFT, Action.DELETE): State.DRAFT,
    (State.CHANGES_REQUESTED, Action.DELETE): State.CHANGES_REQUESTED,
    (State.IN_REVIEW, Action.DELETE): State.IN_REVIEW,
    (State.RETIRED, Action.DELETE): State.RETIRED,
}


def next_state(state: State, action: Action) -> State:
    """Return the state after `action`.

    Raises:
        InvalidTransition: the action is not possible in this state.
    """
    if after := TRANSITIONS.get((state, action)):
        return after
    if state == State.RETIRED:
        is_retire = action == Action.RETIRE
        raise InvalidTransition(
            message("curation.already_retired" if is_retire else "curation.retired")
        )
    raise InvalidTransition(message("curation.invalid_transition", state=state, action=action))
