"""Answers of earlier runs that a new run may reuse: same model, same messages, same settings.

Only answers that were generated here have the hash of their request; of an upload nobody knows the
settings. An answer that reviewers have seen with the name of its model is not reused: they would
recognise it. Answers that came from a file have rules of their own (`file_answers`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from evaluation.providers.answer_marks import marks_in
from evaluation.registry.models import ModelVersion
from evaluation.runs.file_answers import answers_by_prompt, is_from_file, usable_answers
from evaluation.runs.models import Answer, Comparison, EvaluationRun
from evaluation.runs.prompts import prompt_hash
from evaluation.runs.requests import request_for, request_hash
from evaluation.runs.terms import Sampling
from reviewapp.jobs.models import JobState

COPIED = (
    *("finish_reason", "response_model", "latency_ms", "prompt_tokens", "completion_tokens"),
    *("cost_usd", "is_refusal"),
)
"""Columns that a reused answer has from the one that was generated, besides its text."""


@dataclass(frozen=True)
class Reusable:
    """Stored answers of one model to the prompts of a run.

    Attributes:
        answers: the id of the answer by that of the comparison.
        revealed: comparisons whose stored answer reviewers have seen with its model's name.
    """

    answers: Mapping[int, int]
    revealed: int = 0


@dataclass(frozen=True)
class ReusedFrom:
    """A run whose answers another run has reused, and the day of the latest of them."""

    run_id: int
    name: str
    answers: int
    generated: date


def reuses_by_default(run: EvaluationRun) -> bool:
    """Return whether reuse is proposed: only where the model is meant to answer alike each time."""
    return Sampling.from_json(run.sampling).temperature == 0


def reusable_answers(run: EvaluationRun, model: ModelVersion) -> Reusable:
    """Return the stored answers of a model that the run may reuse, the newest of each request."""
    served = run.comparisons.filter(state=Comparison.State.OPEN)
    if is_from_file(model):
        return Reusable(_from_file(served, model))
    if model.endpoint is None:
        return Reusable({})
    sampling = Sampling.from_json(run.sampling)
    hashes = {
        pk: request_hash(request_for(model, model.endpoint, sampling, prompt))
        for pk, prompt in served.values_list("pk", "prompt").iterator()
    }
    found: dict[str, int] = {}
    revealed: set[str] = set()
    shown = Answer.objects.filter(reused_from=OuterRef("pk"), run__revealed_at__isnull=False)
    stored = (
        Answer.objects.filter(
            model_version=model,
            request_hash__in=set(hashes.values()),
            state=JobState.DONE,
            reused_from=None,
        )
        .annotate(was_revealed=Q(run__revealed_at__isnull=False) | Exists(shown))
        .order_by("pk")
    )
    for pk, wanted, was_revealed in stored.values_list("pk", "request_hash", "was_revealed"):
        found[wanted] = pk
        if was_revealed:
            revealed.add(wanted)
    known = {pk: found[wanted] for pk, wanted in hashes.items() if wanted in found}
    usable = {pk: answer for pk, answer in known.items() if hashes[pk] not in revealed}
    return Reusable(usable, len(known) - len(usable))


def _from_file(served: QuerySet[Comparison], model: ModelVersion) -> dict[int, int]:
    stored = answers_by_prompt(model)
    prompts = served.values_list("pk", "prompt").iterator()
    hashes = ((pk, prompt_hash(prompt)) for pk, prompt in prompts)
    return {pk: stored[wanted] for pk, wanted in hashes if wanted in stored}


def copies_of(run: EvaluationRun, model: ModelVersion) -> dict[int, Answer]:
    """Return unsaved answers that reuse stored ones, by the id of their comparison.

    The stored rows stay locked until the transaction ends, so that an erasure that comes meanwhile
    finds the copies, and one that came before leaves nothing to copy.
    """
    wanted = reusable_answers(run, model).answers
    there = (
        usable_answers([model.pk])
        if is_from_file(model)
        else Answer.objects.exclude(request_hash="")
    )
    stored = (
        there.filter(pk__in=set(wanted.values()))
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
        .in_bulk()
    )
    return {
        comparison_id: _copy(run, comparison_id, stored[answer_id])
        for comparison_id, answer_id in wanted.items()
        if answer_id in stored
    }


def _copy(run: EvaluationRun, comparison_id: int, stored: Answer) -> Answer:
    text = stored.original_text or stored.text
    columns: dict[str, Any] = {name: getattr(stored, name) for name in COPIED}
    return Answer(
        run=run,
        comparison_id=comparison_id,
        model_version_id=stored.model_version_id,
        state=JobState.DONE,
        finished_at=timezone.now(),
        text=text,
        marks=marks_in(text),
        reused_from=stored,
        **columns,
    )


def sources_of(answer_ids: Sequence[int]) -> list[ReusedFrom]:
    """Return the runs that generated these answers, the one with the most answers first."""
    rows = (
        Answer.objects.filter(pk__in=answer_ids)
        .order_by()
        .values("run_id", "run__name")
        .annotate(answers=Count("pk"), generated=Max("finished_at"))
    )
    found = [
        ReusedFrom(row["run_id"], row["run__name"], row["answers"], row["generated"].date())
        for row in rows
    ]
    return sorted(found, key=lambda source: (-source.answers, source.run_id))


def reused_in(run: EvaluationRun) -> list[ReusedFrom]:
    """Return the runs whose answers a run has reused."""
    reused = Answer.objects.filter(run=run, reused_from__isnull=False)
    return sources_of(list(reused.values_list("reused_from__pk", flat=True)))
