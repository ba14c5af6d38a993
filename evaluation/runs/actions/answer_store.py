"""Storing the rows of a file of answers: comparisons and the answers of both models, by COPY."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import uuid4

from evaluation.providers.answer_marks import marks_in
from evaluation.runs.actions.run_setup import comparison_values
from evaluation.runs.models import Answer, Comparison, EvaluationRun, RunIntent
from evaluation.runs.refusal_detection import is_refusal
from evaluation.runs.rows import AnswerRow, ImportedAnswer
from reviewapp.core.db.copying import copy_rows, reserve_ids


def store_rows(
    run: EvaluationRun,
    batch: Sequence[AnswerRow],
    positions: Mapping[str, int],
    intents: Mapping[str, RunIntent],
    overlap: frozenset[str],
) -> int:
    """Store a batch of rows; return how many comparisons are withdrawn for a failed answer.

    Args:
        run: the run, new in this transaction.
        batch: rows with an id each.
        positions: place in the served order by id.
        intents: the intents of the run by name.
        overlap: ids of the examples that need the votes of the overlap set.
    """
    comparisons = []
    ids = reserve_ids(Comparison, len(batch))
    for row, pk in zip(batch, ids, strict=True):
        key = row.prompt.key
        values = comparison_values(run, row.prompt, positions[key], intents[row.prompt.intent])
        values |= {"id": pk, "public_id": uuid4(), "state": Comparison.State.OPEN.value}
        if key in overlap:
            values["votes_needed"] = run.overlap_votes
        if row.baseline.error or row.candidate.error:
            values["state"] = Comparison.State.WITHDRAWN.value
        comparisons.append(values)
    copy_rows(Comparison, comparisons)
    copy_rows(Answer, _answers(run, batch, ids))
    return sum(values["state"] == Comparison.State.WITHDRAWN for values in comparisons)


def _answers(
    run: EvaluationRun, batch: Iterable[AnswerRow], comparison_ids: Iterable[int]
) -> Iterator[dict[str, Any]]:
    for row, pk in zip(batch, comparison_ids, strict=True):
        yield _answer(run, pk, run.baseline_id, row.baseline)
        yield _answer(run, pk, run.candidate_id, row.candidate)


# Plain values, here and above: building a model instance for each costs more than all else here.
def _answer(
    run: EvaluationRun, comparison_id: int, model_id: int, given: ImportedAnswer
) -> dict[str, Any]:
    return {
        "run_id": run.pk,
        "comparison_id": comparison_id,
        "model_version_id": model_id,
        "state": (Answer.State.FAILED if given.error else Answer.State.DONE).value,
        "text": given.text,
        "marks": marks_in(given.text),
        "original_text": given.original,
        "finish_reason": given.finish_reason,
        "error_code": "imported" if given.error else "",
        "error": given.error and given.error.as_json(),
        "latency_ms": given.latency_ms,
        "prompt_tokens": given.prompt_tokens,
        "completion_tokens": given.completion_tokens,
        "cost_usd": given.cost_usd,
        "is_refusal": is_refusal(given.text),
        "finished_at": run.opened_at or run.created_at,
    }
