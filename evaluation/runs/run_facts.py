"""What the set-up page of a run shows: its intents as they are counted, what failed, what waits."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from evaluation.gates import GateSettings, realistic_examples, too_small_intents
from evaluation.registry.models import ModelVersion
from evaluation.registry.trials import is_another_model
from evaluation.runs.models import Answer, Comparison, EvaluationRun, Rater
from evaluation.runs.terms import IntentTerms
from reviewapp.core.lookalikes import lookalike_messages, lookalikes
from reviewapp.core.texts import render
from reviewapp.people.models import Membership, Role

OTHERS = "Other intents"
SHOWN_NAME = 80


@dataclass(frozen=True)
class IntentRow:
    """One intent of the set and how it is counted.

    `needed` is the smallest number of examples with which its group could ever pass, 0 if it has
    them; `line` the win rate it must pass, None if it is only watched; `realistic` the examples
    that this takes with a realistic share of ties.
    """

    name: str
    examples: int
    counted_as: str
    is_gated: bool
    threshold: float | None
    group_examples: int
    needed: int
    line: float | None
    realistic: int | None

    @property
    def is_doubtful(self) -> bool:
        """Whether its gate would probably stay open with a realistic share of ties."""
        return self.line is not None and self.group_examples < (self.realistic or math.inf)

    @property
    def is_too_small(self) -> bool:
        """Whether what it is counted in could never pass its gate."""
        return bool(self.needed)


def intent_rows(run: EvaluationRun) -> list[IntentRow]:
    """Return the intents of a run's set, the largest first."""
    settings = GateSettings.from_json(run.gate_settings)
    served = run.comparisons.exclude(state=Comparison.State.WITHDRAWN).order_by()
    sizes = served.values_list("intent_name", "intent__name").annotate(examples=Count("pk"))
    groups: Counter[str] = Counter()
    for _own, group, examples in sizes:
        groups[group] += examples
    needed = {one.subject: one.needed for one in too_small_intents(settings, groups)}
    rows = [
        IntentRow(
            name=own,
            examples=examples,
            counted_as=group,
            is_gated=group not in settings.watch_only,
            threshold=settings.intent_thresholds.get(group),
            group_examples=groups[group],
            needed=needed.get(group, 0),
            line=settings.threshold_of(group),
            realistic=_realistic(settings, group),
        )
        for own, group, examples in sizes
    ]
    return sorted(rows, key=lambda row: (-row.examples, row.name))


@dataclass(frozen=True)
class IntentPreview:
    """An intent of a set before the run exists; `needed`, `line`, `realistic` as in `IntentRow`."""

    name: str
    examples: int
    needed: int
    line: float | None
    realistic: int | None

    @property
    def is_doubtful(self) -> bool:
        """Whether its gate would probably stay open with a realistic share of ties."""
        return self.line is not None and self.examples < (self.realistic or math.inf)


def preview_intents(sizes: dict[str, int], settings: GateSettings) -> list[IntentPreview]:
    """Return the intents of a set, the largest first, with what each would need."""
    needed = {one.subject: one.needed for one in too_small_intents(settings, sizes)}
    ordered = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))
    return [
        IntentPreview(
            name,
            examples,
            needed.get(name, 0),
            settings.threshold_of(name),
            _realistic(settings, name),
        )
        for name, examples in ordered
    ]


def _realistic(settings: GateSettings, intent: str) -> int | None:
    line = settings.threshold_of(intent)
    return None if line is None else realistic_examples(line, alpha=settings.alpha)


def merge_small_intents(rows: Sequence[IntentRow], settings: GateSettings) -> list[IntentTerms]:
    """Propose one group for the intents that are too small; watched if even that is too small."""
    small = tuple(row.name for row in rows if row.is_too_small)
    kept = _kept(rows)
    if not small:
        return kept
    size = sum(row.examples for row in rows if row.is_too_small)
    group = IntentTerms(OTHERS, small)
    still_small = too_small_intents(settings, {OTHERS: size})
    return [*kept, IntentTerms(OTHERS, small, gated=False) if still_small else group]


def watch_small_intents(rows: Sequence[IntentRow]) -> list[IntentTerms]:
    """Propose to watch what is too small instead of gating it."""
    watched: dict[str, list[str]] = {}
    for row in rows:
        if row.is_too_small:
            watched.setdefault(row.counted_as, []).append(row.name)
    groups = [IntentTerms(name, tuple(own), gated=False) for name, own in watched.items()]
    return [*_kept(rows), *groups]


def _kept(rows: Iterable[IntentRow]) -> list[IntentTerms]:
    groups: dict[str, list[IntentRow]] = {}
    for row in rows:
        if not row.is_too_small:
            groups.setdefault(row.counted_as, []).append(row)
    return [
        IntentTerms(
            name,
            tuple(row.name for row in members),
            gated=members[0].is_gated,
            threshold=members[0].threshold,
        )
        for name, members in groups.items()
    ]


def failures(run: EvaluationRun) -> list[dict[str, Any]]:
    """Return the failed answers in groups of model and reason, the most frequent first."""
    failed = Answer.objects.filter(run=run).failed().order_by()
    groups = failed.values("model_version__name", "error")
    return [dict(row) for row in groups.annotate(answers=Count("pk")).order_by("-answers")[:20]]


def delays(run: EvaluationRun) -> list[dict[str, Any]]:
    """Return why waiting answers wait, in groups, the most frequent first."""
    waiting = Answer.objects.filter(run=run, state=Answer.State.WAITING).filter(error__isnull=False)
    groups = waiting.order_by().values("model_version__name", "error")
    return [dict(row) for row in groups.annotate(answers=Count("pk")).order_by("-answers")[:5]]


def endpoint_notes(run: EvaluationRun, now: datetime) -> list[str]:
    """Return why the services behind the two models are not asked now; `run` with its endpoints."""
    notes = []
    for endpoint in {run.candidate.endpoint, run.baseline.endpoint}:
        if endpoint is None:
            continue
        if endpoint.blocked_reason:
            notes.append(f"{endpoint.base_url} is not asked: {render(endpoint.blocked_reason)}")
        elif endpoint.wait_until is not None and endpoint.wait_until > now:
            seconds = math.ceil((endpoint.wait_until - now).total_seconds())
            notes.append(f"{endpoint.base_url} asks for patience: {seconds} more seconds.")
    return sorted(notes)


def unblinded_reviewers(run: EvaluationRun) -> list[str]:
    """Return sentences about reviewers to whom a revealed run showed one of the two models.

    Whether they vote all the same is the lead's to decide.
    """
    models = [run.candidate_id, run.baseline_id]
    shared = Q(run__candidate__in=models) | Q(run__baseline__in=models)
    people = run.raters.filter(removed_at__isnull=True).exclude(user=None).values("user")
    seats = Rater.objects.filter(shared, user__in=people, run__revealed_at__isnull=False)
    found = seats.exclude(run=run).order_by("run__revealed_at", "name")
    revealed: dict[str, list[str]] = {}
    for revealing, person in found.values_list("run__name", "name"):
        revealed.setdefault(revealing, []).append(person)
    return _unblinded_leads(run, shared_models=models) + [
        f"“{revealing}” was revealed to {', '.join(people)}, who may recognise one of these models."
        for revealing, people in revealed.items()
    ]


def revealed_runs_seen(run: EvaluationRun, user_ids: Sequence[int]) -> dict[int, list[str]]:
    """Return the names of revealed runs that showed these people one of the two models, by id."""
    models = [run.candidate_id, run.baseline_id]
    shared = Q(run__candidate__in=models) | Q(run__baseline__in=models)
    seen = Rater.objects.filter(shared, user__in=user_ids, run__revealed_at__isnull=False)
    found: dict[int, list[str]] = {}
    for person, name in (
        seen.exclude(run=run).order_by("run__revealed_at").values_list("user_id", "run__name")
    ):
        found.setdefault(person, []).append(name)
    return found


def addable_reviewers(run: EvaluationRun) -> list[tuple[int, str]]:
    """Return who can be added to an open run, with the revealed runs they know a model from.

    Active reviewers of the project who are not in the run; no leads, who may know its figures.
    """
    members = Membership.objects.filter(project=run.project, user__is_active=True)
    leads = members.filter(role=Role.LEAD).values("user")
    there = run.raters.filter(user__isnull=False).values("user")
    reviewers = members.filter(role=Role.REVIEWER).exclude(user__in=leads).exclude(user__in=there)
    people = [one.user for one in reviewers.select_related("user").order_by("user__name", "pk")]
    seen = revealed_runs_seen(run, [person.pk for person in people])
    return [(person.pk, f"{person}{_seen_note(seen.get(person.pk, []))}") for person in people]


def _seen_note(runs: Sequence[str]) -> str:
    if not runs:
        return ""
    named = ", ".join(f"“{name}”" for name in runs)
    return f" (may know one of the models: saw it revealed in {named})"


def _unblinded_leads(run: EvaluationRun, *, shared_models: list[int]) -> list[str]:
    """Return a sentence about reviewers who, as leads, read answers of earlier runs by name."""
    shared = Q(candidate__in=shared_models) | Q(baseline__in=shared_models)
    answered = EvaluationRun.objects.filter(shared, state__in=["voting", "closed"])
    earlier = list(answered.exclude(pk=run.pk).order_by("pk").values_list("name", flat=True))
    raters = run.raters.filter(removed_at__isnull=True, user__isnull=False)
    is_lead = Q(user__memberships__project=run.project, user__memberships__role=Role.LEAD)
    leads = raters.filter(is_lead | Q(user__is_superuser=True)).distinct()
    names = list(leads.order_by("name").values_list("name", flat=True))
    if not earlier or not names:
        return []
    return [
        f"{', '.join(names)} can have read answers of one of these models by name in "
        f"{', '.join(f'“{name}”' for name in earlier)}, as a lead."
    ]


def unexpected_models(run: EvaluationRun) -> list[str]:
    """Return sentences about answers of models that nobody asked."""
    answered = (
        Answer.objects.filter(run=run)
        .exclude(response_model="")
        .order_by()
        .values_list("model_version", "response_model")
        .annotate(answers=Count("pk"))
    )
    models = ModelVersion.objects.in_bulk([run.candidate_id, run.baseline_id])
    return [
        f"{answers} answer{'' if answers == 1 else 's'} of {models[key].name} came from a model "
        f"that calls itself {name[:SHOWN_NAME]}."
        for key, name, answers in answered
        if is_another_model(models[key].model_id, name)
    ]


def similar_intents(run: EvaluationRun) -> list[str]:
    """Return a sentence for each group of intents that look alike and are counted apart."""
    row_of = {name: row.name for row in run.intents.all() for name in row.members}
    groups = lookalikes(row_of)
    return lookalike_messages(
        group for group in groups if len({row_of[name] for name in group}) > 1
    )
