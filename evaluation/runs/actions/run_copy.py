"""A new set-up of a run with the same answers, for other intents, terms or reviewers."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, Final
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext

from evaluation.runs.actions.criteria import store_criteria
from evaluation.runs.actions.run_setup import (
    current_terms,
    lock_run,
    record,
    store_intents,
    store_raters,
    terms_columns,
)
from evaluation.runs.actions.trained_prompts import store_trained_matches
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import Answer, Comparison, EvaluationRun
from evaluation.runs.prompt_sets import (
    ROWS_AT_ONCE,
    prompts_of_run,
    repeatable_comparisons,
    repeated_prompt_key,
)
from evaluation.runs.prompts import prompt_hash, prompts_digest
from evaluation.runs.run_names import free_run_name
from evaluation.runs.serving_order import SEED_BITS, served_order
from evaluation.runs.terms import RunTerms, grouped_intents
from reviewapp.core.db.copying import copy_rows, reserve_ids
from reviewapp.core.errors import InvalidInput, InvalidTransition
from reviewapp.people.models import User
from reviewapp.people.permissions import require_lead

_COMPARISON: Final = (
    *("intent_name", "revision_id", "external_id", "prompt", "language", "reading_language"),
    *("tags", "policies"),
)
_ANSWER: Final = (
    *("model_version_id", "state", "text", "marks", "original_text", "finish_reason"),
    *("response_model", "request_id", "latency_ms", "prompt_tokens", "completion_tokens"),
    *("cost_usd", "is_refusal", "finished_at"),
)


@transaction.atomic
def copy_run(*, run_id: int, actor: User | None) -> EvaluationRun:
    """Set up a draft with the answers, terms and reviewers of a run that was opened.

    Comparisons that were withdrawn, reported as broken or erased are left out. The order is drawn
    anew. As every run of the same pair on the same prompts it is judged at a smaller alpha.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: the run was never opened.
        InvalidInput: no comparison is left to copy.
    """
    source = lock_run(run_id)
    require_lead(actor, source.project)
    if source.state not in {RunState.VOTING, RunState.CLOSED} or source.opened_at is None:
        raise InvalidTransition(gettext("This run was not opened yet. Change its own set-up."))
    kept = repeatable_comparisons(source).order_by("position")
    prompts = list(kept.values_list("prompt", flat=True))
    if not prompts:
        raise InvalidInput(gettext("No comparison of this run is left to copy."))
    terms = _terms_of(source, set(kept.order_by().values_list("intent_name", flat=True)))
    run = _draft_of(source, terms, prompts, actor)
    own = {name for row in terms.intents for name in row.members}
    rows = grouped_intents(terms.intents, own)
    stored = store_intents(run, rows, terms)
    intents = {name: stored[row.name].pk for name, row in rows.items()}
    positions = _new_positions(list(kept.values_list("pk", flat=True)), run)
    _copy_comparisons(source, run, positions, intents)
    # The source may be of a time, or an import, in which its prompts were not compared.
    matched = store_trained_matches(run, lambda: prompts_of_run(source).prompts, positions)
    store_criteria(run, terms.criteria)
    store_raters(run, terms.rater_ids)
    record(
        run,
        "copy_run",
        actor,
        after=RunState.DRAFT,
        detail={"from": source.name, "comparisons": len(prompts), "like_training_data": matched},
    )
    return run


def _draft_of(
    source: EvaluationRun,
    terms: RunTerms,
    prompts: Sequence[Sequence[Mapping[str, Any]]],
    actor: User | None,
) -> EvaluationRun:
    """Create the draft, without comparisons."""
    return EvaluationRun.objects.create(
        project=source.project,
        name=free_run_name(source.project_id, source.name),
        candidate_id=source.candidate_id,
        baseline_id=source.baseline_id,
        origin=EvaluationRun.Origin.IMPORTED,
        dataset_version_id=source.dataset_version_id,
        split=source.split,
        prompt_file=source.prompt_file,
        prompts_digest=prompts_digest(prompt_hash(prompt) for prompt in prompts),
        sampling=source.sampling,
        order_seed=secrets.randbits(SEED_BITS),
        created_by=actor,
        is_demo=source.is_demo,
        **terms_columns(terms),
    )


def _terms_of(source: EvaluationRun, own: set[str]) -> RunTerms:
    """Return the terms of the run without its number on the prompts and without empty intents."""
    terms = current_terms(source)
    gates = terms.gates
    base = replace(gates, alpha=gates.alpha_of_first_run, run_number=1, is_tuned=False)
    intents = [
        replace(row, members=tuple(name for name in row.members if name in own))
        for row in terms.intents
    ]
    removed = source.raters.filter(removed_at__isnull=False).values_list("user_id", flat=True)
    left_out = {*removed, source.created_by_id}
    return replace(
        terms,
        gates=base,
        intents=tuple(row for row in intents if row.members),
        rater_ids=tuple(pk for pk in terms.rater_ids if pk not in left_out),
        overlap_votes=max(terms.votes_per_example, terms.overlap_votes),
    )


def _new_positions(kept: Sequence[int], run: EvaluationRun) -> dict[str, int]:
    """Return the places of these comparisons in a new served order, by the keys of prompts."""
    order = served_order(map(repeated_prompt_key, kept), seed=run.order_seed)
    return {key: position for position, key in enumerate(order, start=1)}


def _copy_comparisons(
    source: EvaluationRun, run: EvaluationRun, by_key: dict[str, int], intents: dict[str, int]
) -> None:
    """Copy these comparisons, by the keys of their prompts, and their two answers."""
    positions = {int(key): position for key, position in by_key.items()}
    waiting = iter(sorted(positions))
    while batch := list(islice(waiting, ROWS_AT_ONCE)):
        found = source.comparisons.filter(pk__in=batch).values("pk", *_COMPARISON)
        ids = dict(zip(batch, reserve_ids(Comparison, len(batch)), strict=True))
        copy_rows(Comparison, [_comparison(run, row, ids, positions, intents) for row in found])
        copy_rows(Answer, _answers(source, run, ids))


def _comparison(
    run: EvaluationRun,
    row: dict[str, Any],
    ids: dict[int, int],
    positions: dict[int, int],
    intents: dict[str, int],
) -> dict[str, Any]:
    pk = row.pop("pk")
    return row | {
        "id": ids[pk],
        "public_id": uuid4(),
        "run_id": run.pk,
        "position": positions[pk],
        "intent_id": intents[row["intent_name"]],
        "state": Comparison.State.OPEN.value,
        "votes_needed": run.votes_per_example,
    }


def _answers(
    source: EvaluationRun, run: EvaluationRun, ids: dict[int, int]
) -> Iterator[dict[str, Any]]:
    models = [source.candidate_id, source.baseline_id]
    found = Answer.objects.filter(comparison__in=ids, model_version__in=models)
    for row in found.values("comparison_id", *_ANSWER):
        yield row | {"comparison_id": ids[row["comparison_id"]], "run_id": run.pk}
