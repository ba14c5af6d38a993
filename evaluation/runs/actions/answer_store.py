"""Storing the rows of a file of answers: comparisons and the answers of both models, by COPY."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final

from django.db import models
from django.db.models.expressions import DatabaseDefault

from evaluation.providers.answer_marks import marks_in
from evaluation.runs.actions.run_setup import comparison_of
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
        one = comparison_of(run, row.prompt, positions[key], intents[row.prompt.intent])
        one.pk = pk
        if key in overlap:
            one.votes_needed = run.overlap_votes
        if row.baseline.error or row.candidate.error:
            one.state = Comparison.State.WITHDRAWN
        comparisons.append(one)
    _copy(Comparison, comparisons)
    copy_rows(Answer, ANSWER_FIELDS, _answers(run, batch, ids))
    return sum(one.state == Comparison.State.WITHDRAWN for one in comparisons)


# Written as plain values: building a model instance for each costs more than all else here.
ANSWER_FIELDS: Final = (
    *("run_id", "comparison_id", "model_version_id", "state", "text", "marks", "original_text"),
    *("error_code", "error", "latency_ms", "prompt_tokens", "completion_tokens", "cost_usd"),
    *("is_refusal", "finished_at"),
)


def _answers(
    run: EvaluationRun, batch: Iterable[AnswerRow], comparison_ids: Iterable[int]
) -> Iterator[tuple[Any, ...]]:
    for row, pk in zip(batch, comparison_ids, strict=True):
        yield _answer(run, pk, run.baseline_id, row.baseline)
        yield _answer(run, pk, run.candidate_id, row.candidate)


def _answer(
    run: EvaluationRun, comparison_id: int, model_id: int, given: ImportedAnswer
) -> tuple[Any, ...]:
    return (
        *(run.pk, comparison_id, model_id),
        (Answer.State.FAILED if given.error else Answer.State.DONE).value,
        *(given.text, marks_in(given.text), given.original),
        *("imported" if given.error else "", given.error),
        *(given.latency_ms, given.prompt_tokens, given.completion_tokens, given.cost_usd),
        *(is_refusal(given.text), run.opened_at),
    )


def _copy(model: type[models.Model], instances: Sequence[models.Model]) -> None:
    fields = [
        one
        for one in model._meta.concrete_fields
        if not isinstance(getattr(instances[0], one.attname), DatabaseDefault)
    ]
    names = [one.attname for one in fields]
    values = attrgetter(*names)
    documents = [i for i, one in enumerate(fields) if isinstance(one, models.JSONField)]
    copy_rows(model, names, (_as_row(values(one), documents) for one in instances))


def _as_row(values: Sequence[Any], documents: Iterable[int]) -> list[Any]:
    row = list(values)
    for place in documents:
        row[place] = json.dumps(row[place])
    return row
