"""The life of a run as one table. Pure: no Django, no database."""

from enum import StrEnum

from reviewapp.core.errors import InvalidTransition


class RunState(StrEnum):
    """Where a run stands."""

    DRAFT = "draft"
    GENERATING = "generating"
    VOTING = "voting"
    CLOSED = "closed"


class RunAction(StrEnum):
    """What may be done to a run."""

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


# By the stored word, so that the column takes them as its choices.
RUN_STATE_LABELS: dict[str, str] = {
    RunState.DRAFT.value: "being set up",
    RunState.GENERATING.value: "generating answers",
    RunState.VOTING.value: "open for votes",
    RunState.CLOSED.value: "closed",
}

RUN_ACTION_VERBS: dict[RunAction, str] = {
    RunAction.CHANGE_TERMS: "change what it asks for",
    RunAction.START_GENERATION: "generate its answers",
    RunAction.PAUSE: "pause it",
    RunAction.RESUME: "go on with it",
    RunAction.RETRY_FAILED: "try failed answers again",
    RunAction.CONTINUE_WITHOUT_FAILED: "go on without its failed answers",
    RunAction.REMOVE_MARKS: "take reasoning and template marks off its answers",
    RunAction.OPEN_VOTING: "open it for votes",
    RunAction.WITHDRAW_COMPARISON: "take examples out of it",
    RunAction.CLOSE: "close it",
    RunAction.REVEAL: "show reviewers which model was which",
}

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
        raise InvalidTransition(
            f"This run is {RUN_STATE_LABELS[state]}, so you cannot {RUN_ACTION_VERBS[action]} now. "
            "Reload the page to see what can be done."
        ) from None


def run_actions_in(state: RunState) -> frozenset[RunAction]:
    """Return the actions that exist in `state`, whoever asks."""
    return frozenset(action for known, action in TRANSITIONS if known == state)
