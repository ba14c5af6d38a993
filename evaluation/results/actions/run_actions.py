"""The actions on a run by their names, as a button or a script sends them."""

from collections.abc import Callable
from typing import Final

from evaluation.results.actions import closing
from evaluation.runs.actions import answer_marks, generation, runs, training_data, withdrawal
from evaluation.runs.lifecycle import RunAction
from reviewapp.people.models import User

RunActionHandler = Callable[[int, User, str], object]

RUN_ACTION_HANDLERS: Final[dict[RunAction, RunActionHandler]] = {
    RunAction.START_GENERATION: lambda run_id, actor, _reason: generation.start_generation(
        run_id=run_id, actor=actor
    ),
    RunAction.PAUSE: lambda run_id, actor, reason: runs.pause_run(
        run_id=run_id, actor=actor, reason=reason
    ),
    RunAction.RESUME: lambda run_id, actor, _reason: runs.resume_run(run_id=run_id, actor=actor),
    RunAction.RETRY_FAILED: lambda run_id, actor, _reason: generation.retry_failed(
        run_id=run_id, actor=actor
    ),
    RunAction.CONTINUE_WITHOUT_FAILED: lambda run_id, actor, reason: (
        generation.continue_without_failed(run_id=run_id, actor=actor, reason=reason)
    ),
    RunAction.REMOVE_MARKS: lambda run_id, actor, _reason: answer_marks.remove_marks(
        run_id=run_id, actor=actor
    ),
    RunAction.WITHDRAW_CUT: lambda run_id, actor, _reason: withdrawal.withdraw_faulty(
        run_id=run_id, actor=actor, action=RunAction.WITHDRAW_CUT
    ),
    RunAction.WITHDRAW_BLANK: lambda run_id, actor, _reason: withdrawal.withdraw_faulty(
        run_id=run_id, actor=actor, action=RunAction.WITHDRAW_BLANK
    ),
    RunAction.WITHDRAW_TRAINED: lambda run_id, actor, _reason: training_data.withdraw_trained(
        run_id=run_id, actor=actor
    ),
    RunAction.KEEP_TRAINED: lambda run_id, actor, _reason: training_data.keep_trained(
        run_id=run_id, actor=actor
    ),
    RunAction.OPEN_VOTING: lambda run_id, actor, _reason: runs.open_voting(
        run_id=run_id, actor=actor
    ),
    RunAction.CLOSE: lambda run_id, actor, reason: closing.close_run(
        run_id=run_id, actor=actor, reason=reason
    ),
    RunAction.REVEAL: lambda run_id, actor, _reason: closing.reveal_run(run_id=run_id, actor=actor),
}
"""What each action calls with the run's id, the actor and a reason; each locks and checks."""
