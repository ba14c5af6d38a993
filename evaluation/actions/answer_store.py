"""Storing the rows of a file of answers: comparisons and the answers of both models, by COPY."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any

from django.db import models
from django.db.models.expressions import DatabaseDefault

from datasets.actions.imports.copying import copy_into, next_ids
from evaluation.actions.run_setup import comparison_of
from evaluation.answer_marks import marks_in
from evaluation.models import Answer, Comparison, EvaluationRun, ModelVersion, RunIntent
from evaluation.refusals import is_refusal
from evaluation.rows import AnswerRow, GivenAnswer


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
    ids = next_ids(Comparison, len(batch))
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
    _copy(Answer, list(_answers(run, batch, comparisons)), but=("id",))
    return sum(one.state == Comparison.State.WITHDRAWN for one in comparisons)


def _answers(
    run: EvaluationRun, batch: Iterable[AnswerRow], comparisons: Iterable[Comparison]
) -> Iterator[Answer]:
    for row, comparison in zip(batch, comparisons, strict=True):
        yield _answer(run, comparison, run.baseline, row.baseline)
        yield _answer(run, comparison, run.candidate, row.candidate)


def _answer(
    run: EvaluationRun, comparison: Comparison, model: ModelVersion, given: GivenAnswer
) -> Answer:
    return Answer(
        run=run,
        comparison=comparison,
        model_version=model,
        status=Answer.Status.FAILED if given.error else Answer.Status.DONE,
        text=given.text,
        marks=marks_in(given.text),
        original_text=given.original,
        error_code="imported" if given.error else "",
        error=given.error,
        latency_ms=given.latency_ms,
        prompt_tokens=given.prompt_tokens,
        completion_tokens=given.completion_tokens,
        cost_usd=given.cost_usd,
        is_refusal=is_refusal(given.text),
        finished_at=run.opened_at,
    )


def _copy(
    model: type[models.Model], instances: Sequence[models.Model], *, but: Sequence[str] = ()
) -> None:
    fields = [
        one
        for one in model._meta.concrete_fields
        if one.attname not in but
        and not isinstance(getattr(instances[0], one.attname), DatabaseDefault)
    ]
    names = [one.attname for one in fields]
    values = attrgetter(*names)
    documents = [i for i, one in enumerate(fields) if isinstance(one, models.JSONField)]
    copy_into(model, names, (_as_row(values(one), documents) for one in instances))


def _as_row(values: Sequence[Any], documents: Iterable[int]) -> list[Any]:
    row = list(values)
    for place in documents:
        row[place] = json.dumps(row[place])
    return row
