"""The life of a golden example as one table. Pure: no Django, no database."""

from enum import StrEnum

from reviewapp.core.errors import InvalidTransition


class State(StrEnum):
    """Where an example stands."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    CHANGES_REQUESTED = "changes_requested"
    APPROVED = "approved"
    RETIRED = "retired"


class Action(StrEnum):
    """What may be done to an example."""

    CREATE = "create"
    REVISE = "revise"
    SUBMIT = "submit"
    APPROVE = "approve"
    REQUEST_CHANGES = "request_changes"
    REOPEN = "reopen"
    RETIRE = "retire"


_PAST_TENSE = {
    Action.CREATE: "created",
    Action.REVISE: "edited",
    Action.SUBMIT: "submitted",
    Action.APPROVE: "approved",
    Action.REQUEST_CHANGES: "sent back",
    Action.REOPEN: "reopened",
    Action.RETIRE: "retired",
}

STATE_LABELS: dict[State, str] = {
    State.DRAFT: "Draft",
    State.IN_REVIEW: "In review",
    State.CHANGES_REQUESTED: "Changes requested",
    State.APPROVED: "Approved",
    State.RETIRED: "Retired",
}

# An edit undoes a submission and an approval: what was read is no longer what stands there.
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
}


def next_state(state: State, action: Action) -> State:
    """Return the state after `action`.

    Raises:
        InvalidTransition: the action does not exist in this state.
    """
    try:
        return TRANSITIONS[state, action]
    except KeyError:
        remedy = (
            "Reopen it first."
            if state == State.RETIRED and action != Action.RETIRE
            else "Reload the page to see what can be done now."
        )
        raise InvalidTransition(
            f"This example is “{STATE_LABELS[state].lower()}”, so it cannot be "
            f"{_PAST_TENSE[action]}. {remedy}"
        ) from None
