"""States of a run and the transitions between them. Pure."""

from enum import StrEnum

from reviewapp.core.errors import InvalidTransition
from reviewapp.core.messages import message


class RunState(StrEnum):
    """The state of a run; `texts.RUN_STATE_LABELS` has their names."""

    DRAFT = "draft"
    GENERATING = "generating"
    VOTING = "voting"
    CLOSED = "closed"


class RunAction(StrEnum):
    """An action on a run."""

    CHANGE_TERMS = "change_terms"
    START_GENERATION = "start_generation"
    PAUSE = "pause"
    RESUME = "resume"
    RETRY_FAILED = "retry_failed"
    CONTINUE_WITHOUT_FAILED = "continue_without_failed"
    REMOVE_MARKS = "remove_marks"
    OPEN_VOTING = "open_voting"
    WITHDRAW_COMPARISON = "withdraw_comparison"
    CLOSE = "close"
    REVEAL = "reveal"


TRANSITIONS: dict[tuple[RunState, RunAction], RunState] = {
    (RunState.DRAFT, RunAction.CHANGE_TERMS): RunState.DRAFT,
    (RunState.GENERATING, RunAction.CHANGE_TERMS): RunState.GENERATING,
    (RunState.DRAFT, RunAction.START_GENERATION): RunState.GENERATING,
    (RunState.GENERATING, RunAction.PAUSE): RunState.GENERATING,
    (RunState.VOTING, RunAction.PAUSE): RunState.VOTING,
    (RunState.GENERATING, RunAction.RESUME): RunState.GENERATING,
    (RunState.VOTING, RunAction.RESUME): RunState.VOTING,
    (RunState.GENERATING, RunAction.RETRY_FAILED): RunState.GENERATING,
    (RunState.GENERATING, RunAction.CONTINUE_WITHOUT_FAILED): RunState.GENERATING,
    (RunState.GENERATING, RunAction.REMOVE_MARKS): RunState.GENERATING,
    (RunState.GENERATING, RunAction.OPEN_VOTING): RunState.VOTING,
    (RunState.DRAFT, RunAction.WITHDRAW_COMPARISON): RunState.DRAFT,
    (RunState.GENERATING, RunAction.WITHDRAW_COMPARISON): RunState.GENERATING,
    (RunState.VOTING, RunAction.WITHDRAW_COMPARISON): RunState.VOTING,
    (RunState.DRAFT, RunAction.CLOSE): RunState.CLOSED,
    (RunState.GENERATING, RunAction.CLOSE): RunState.CLOSED,
    (RunState.VOTING, RunAction.CLOSE): RunState.CLOSED,
    (RunState.CLOSED, RunAction.REVEAL): RunState.CLOSED,
}


def next_run_state(state: RunState, action: RunAction) -> RunState:
    """Return the state after `action`.

    Raises:
        InvalidTransition: the action does not exist in this state.
    """
    try:
        return TRANSITIONS[state, action]
    except KeyError:
        raise InvalidTransition(message(f"runs.no_{action.value}", state=state.value)) from None


def run_actions_in(state: RunState) -> frozenset[RunAction]:
    """Return the actions that exist in `state`, for any user."""
    return frozenset(action for known, action in TRANSITIONS if known == state)
