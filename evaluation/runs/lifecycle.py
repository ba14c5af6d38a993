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
    WITHDRAW_CUT = "withdraw_cut"
    WITHDRAW_BLANK = "withdraw_blank"
    WITHDRAW_TRAINED = "withdraw_trained"
    KEEP_TRAINED = "keep_trained"
    OPEN_VOTING = "open_voting"
    WITHDRAW_COMPARISON = "withdraw_comparison"
    CLOSE = "close"
    REVEAL = "reveal"


WITHDRAWALS = (RunAction.WITHDRAW_CUT, RunAction.WITHDRAW_BLANK)
"""Actions that withdraw the comparisons with a cut answer, and with one without text."""

TRANSITIONS: dict[tuple[RunState, RunAction], RunState] = {
    (RunState.DRAFT, RunAction.CHANGE_TERMS): RunState.DRAFT,
    (RunState.GENERATING, RunAction.CHANGE_TERMS): RunState.GENERATING,
    (RunState.DRAFT, RunAction.START_GENERATION): RunState.GENERATING,
    (RunState.DRAFT, RunAction.OPEN_VOTING): RunState.VOTING,
    (RunState.GENERATING, RunAction.PAUSE): RunState.GENERATING,
    (RunState.VOTING, RunAction.PAUSE): RunState.VOTING,
    (RunState.GENERATING, RunAction.RESUME): RunState.GENERATING,
    (RunState.VOTING, RunAction.RESUME): RunState.VOTING,
    (RunState.GENERATING, RunAction.RETRY_FAILED): RunState.GENERATING,
    (RunState.GENERATING, RunAction.CONTINUE_WITHOUT_FAILED): RunState.GENERATING,
    (RunState.GENERATING, RunAction.REMOVE_MARKS): RunState.GENERATING,
    (RunState.DRAFT, RunAction.WITHDRAW_CUT): RunState.DRAFT,
    (RunState.GENERATING, RunAction.WITHDRAW_CUT): RunState.GENERATING,
    (RunState.DRAFT, RunAction.WITHDRAW_BLANK): RunState.DRAFT,
    (RunState.GENERATING, RunAction.WITHDRAW_BLANK): RunState.GENERATING,
    (RunState.DRAFT, RunAction.WITHDRAW_TRAINED): RunState.DRAFT,
    (RunState.GENERATING, RunAction.WITHDRAW_TRAINED): RunState.GENERATING,
    (RunState.DRAFT, RunAction.KEEP_TRAINED): RunState.DRAFT,
    (RunState.GENERATING, RunAction.KEEP_TRAINED): RunState.GENERATING,
    (RunState.GENERATING, RunAction.OPEN_VOTING): RunState.VOTING,
    (RunState.DRAFT, RunAction.WITHDRAW_COMPARISON): RunState.DRAFT,
    (RunState.GENERATING, RunAction.WITHDRAW_COMPARISON): RunState.GENERATING,
    (RunState.VOTING, RunAction.WITHDRAW_COMPARISON): RunState.VOTING,
    (RunState.DRAFT, RunAction.CLOSE): RunState.CLOSED,
    (RunState.GENERATING, RunAction.CLOSE): RunState.CLOSED,
    (RunState.VOTING, RunAction.CLOSE): RunState.CLOSED,
    (RunState.CLOSED, RunAction.REVEAL): RunState.CLOSED,
}


def next_run_state(state: RunState, action: RunAction, *, has_answers: bool = False) -> RunState:
    """Return the state after `action`.

    Args:
        state: of the run.
        action: on the run.
        has_answers: whether its answers were there before it was set up.
    Raises:
        InvalidTransition: the action does not exist in this state.
    """
    if action not in run_actions_in(state, has_answers=has_answers):
        raise InvalidTransition(message(f"runs.no_{action.value}", state=state.value))
    return TRANSITIONS[state, action]


def run_actions_in(state: RunState, *, has_answers: bool = False) -> frozenset[RunAction]:
    """Return the actions that exist in `state`, for any user; arguments as for `next_run_state`.

    A draft asks its models for answers before it opens, or opens at once if it has answers.
    """
    found = {action for known, action in TRANSITIONS if known == state}
    if state is RunState.DRAFT:
        needs_answers = {RunAction.OPEN_VOTING, *WITHDRAWALS}
        found -= {RunAction.START_GENERATION} if has_answers else needs_answers
    return frozenset(found)
