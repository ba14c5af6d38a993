"""Removal of reasoning blocks and template marks from the answers of a run, before the voting."""

from collections import Counter
from itertools import islice

from django.db import transaction
from django.utils import timezone

from evaluation.providers.answer_marks import has_words, without_marks
from evaluation.runs.actions.run_setup import lock_run, record
from evaluation.runs.answer_review import served_answers
from evaluation.runs.lifecycle import RunAction, RunState, next_run_state
from evaluation.runs.models import Answer
from evaluation.runs.prompt_sets import ROWS_AT_ONCE
from evaluation.runs.refusal_detection import is_refusal
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message
from reviewapp.people.models import User
from reviewapp.people.permissions import require_lead

COLUMNS = [
    *("text", "original_text", "marks", "is_refusal"),
    *("state", "error_code", "error", "finished_at"),
]
NOTHING_LEFT = message("runs.only_marks")


@transaction.atomic
def remove_marks(*, run_id: int, actor: User | None) -> int:
    """Remove the marks from every answer, keep the originals; return how many answers changed.

    An answer without any other text counts as failed.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: the run does not generate answers, so that reviewers may have seen them.
        InvalidInput: some answers are pending.
    """
    run = lock_run(run_id)
    require_lead(actor, run.project)
    next_run_state(RunState(run.state), RunAction.REMOVE_MARKS)
    if run.answers.pending().exists():
        raise InvalidInput(message("runs.answers_pending"))
    marked = served_answers(run).exclude(marks=[]).select_related("model_version")
    answers, changed = marked.order_by("pk").iterator(chunk_size=ROWS_AT_ONCE), Counter[str]()
    while batch := list(islice(answers, ROWS_AT_ONCE)):
        for answer in batch:
            _strip(answer)
            changed[answer.model_version.name] += 1
        Answer.objects.bulk_update(batch, COLUMNS)
    total = changed.total()
    record(run, RunAction.REMOVE_MARKS, actor, detail={"answers": total, "by_model": dict(changed)})
    return total


def _strip(answer: Answer) -> None:
    answer.original_text, answer.text = answer.text, without_marks(answer.text)
    answer.marks = []
    answer.is_refusal = is_refusal(answer.text)
    if not has_words(answer.text):
        answer.text, answer.state = "", Answer.State.FAILED
        answer.error_code, answer.error = "no_text", NOTHING_LEFT
        answer.finished_at = timezone.now()
