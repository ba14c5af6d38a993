"""The figures and warnings of a run's set-up page: intents, failed and waiting answers."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext, ngettext

from evaluation.gates import GateSettings, too_small_intents
from evaluation.gates.criterion_texts import criterion_name
from evaluation.gates.planning import Assumption, intent_size
from evaluation.registry.models import ModelVersion
from evaluation.registry.trials import is_another_model
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import Answer, Comparison, EvaluationRun, Rater
from evaluation.runs.planning_summary import USUAL
from evaluation.runs.repeats import judging_settings
from evaluation.runs.serving_order import min_shared, overlap_size
from evaluation.runs.terms import RunTerms, Sampling
from evaluation.runs.texts import SPLIT_OF_VERSION
from reviewapp.core import formats
from reviewapp.core.lookalikes import lookalike_messages, lookalikes
from reviewapp.core.texts import render
from reviewapp.people.models import Membership, Role, User

SHOWN_NAME = 80


@dataclass(frozen=True)
class IntentRow:
    """One intent of the set and how it is counted.

    Attributes:
        needed: fewest examples with which its group could ever pass, 0 if the group has them.
        is_small: whether its group is too small for the gate of this run, gated or only watched.
        line: win rate that it must pass, from 0 to 1; None if it is only watched.
        realistic: examples with which all gated intents would probably pass, at what is assumed.
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
    is_small: bool = False

    @property
    def is_doubtful(self) -> bool:
        """Whether its gate would probably stay open with a realistic share of ties."""
        return self.line is not None and self.group_examples < (self.realistic or math.inf)

    @property
    def is_too_small(self) -> bool:
        """Whether its group could never pass its gate."""
        return bool(self.needed)


def intent_rows(run: EvaluationRun, assumed: Assumption = USUAL) -> list[IntentRow]:
    """Return the intents of a run's set, the largest first."""
    settings = judging_settings(run)
    served = run.comparisons.exclude(state=Comparison.State.WITHDRAWN).order_by()
    sizes = served.values_list("intent_name", "intent__name").annotate(examples=Count("pk"))
    groups: Counter[str] = Counter()
    for _own, group, examples in sizes:
        groups[group] += examples
    needed = {small.subject: small.needed for small in too_small_intents(settings, groups)}
    gated = replace(settings, watch_only=frozenset())
    small = {group.subject for group in too_small_intents(gated, groups)}
    realistic = _realistic_sizes(settings, groups, assumed)
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
            realistic=realistic[group],
            is_small=group in small,
        )
        for own, group, examples in sizes
    ]
    return sorted(rows, key=lambda row: (-row.examples, row.name))


def intents_gate(rows: Sequence[IntentRow]) -> str:
    """Return what the run asks of its intents: the win rates to pass, and how many are watched."""
    lines = {row.counted_as: row.line for row in rows}
    gated = [line for line in lines.values() if line is not None]
    if not gated:
        return gettext("watched, not gated")
    low, high = min(gated), max(gated)
    limit = formats.percent(low) if low == high else formats.percent_range(low, high)
    watched = len(lines) - len(gated)
    if not watched:
        return gettext("above %(limit)s") % {"limit": limit}
    text = ngettext(
        "above %(limit)s; %(n)s intent is only watched",
        "above %(limit)s; %(n)s intents are only watched",
        watched,
    )
    return text % {"limit": limit, "n": formats.count(watched)}


def prompt_source(run: EvaluationRun) -> str:
    """Return where the prompts of a run come from: a version, a file, or an earlier run."""
    if run.dataset_version:
        return str(SPLIT_OF_VERSION[run.split]) % {"number": run.dataset_version.number}
    if run.prompt_file or run.has_answers:
        return run.prompt_file or gettext("imported with the answers")
    # Only the prompts of a run with imported answers have neither.
    same = EvaluationRun.objects.filter(
        project=run.project_id, prompts_digest=run.prompts_digest, pk__lt=run.pk
    )
    earlier = same.order_by("pk").first()
    if earlier is None:
        return gettext("some of an earlier run")
    return gettext("those of “%(run)s”") % {"run": earlier.name}


def shared_examples(run: EvaluationRun, terms: RunTerms) -> int:
    """Return how many examples of a run get more votes; before it opens, as far as is known."""
    served = run.comparisons.exclude(state=Comparison.State.WITHDRAWN)
    if run.opened_at:
        return served.filter(votes_needed__gt=terms.votes_per_example).count()
    at_least = min_shared(terms.gates)
    return overlap_size(served.count(), percent=terms.overlap_percent, at_least=at_least)


def criterion_texts(terms: RunTerms) -> list[str]:
    """Return the criteria of a run as text, in the order in which they are asked."""
    lines = terms.gates.criterion_thresholds
    return [
        gettext("%(criterion)s (gate above %(limit)s)")
        % {
            "criterion": criterion_name(criterion.key),
            "limit": formats.percent(lines[criterion.key]),
        }
        if criterion.key in lines
        else criterion_name(criterion.key)
        for criterion in terms.criteria
    ]


def sampling_texts(sampling: Sampling) -> list[str]:
    """Return the sampling settings of a run as text."""
    texts = [gettext("temperature of the provider")]
    if sampling.temperature is not None:
        texts = [gettext("temperature %(value)s") % {"value": sampling.temperature}]
    if sampling.max_tokens is not None:
        shown = {"limit": formats.count(sampling.max_tokens)}
        texts.append(gettext("at most %(limit)s tokens") % shown)
    if sampling.seed is not None:
        texts.append(gettext("seed %(value)s") % {"value": sampling.seed})
    return texts


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


def preview_intents(
    sizes: dict[str, int], settings: GateSettings, assumed: Assumption = USUAL
) -> list[IntentPreview]:
    """Return the intents of a set, the largest first, with the size that each would need."""
    realistic = _realistic_sizes(settings, sizes, assumed)
    needed = {small.subject: small.needed for small in too_small_intents(settings, sizes)}
    ordered = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))
    return [
        IntentPreview(
            name,
            examples,
            needed.get(name, 0),
            settings.threshold_of(name),
            realistic[name],
        )
        for name, examples in ordered
    ]


def _realistic_sizes(
    settings: GateSettings, intents: Iterable[str], assumed: Assumption
) -> dict[str, int | None]:
    """Return the examples with which all gated intents would probably pass, by name."""
    lines = {name: settings.threshold_of(name) for name in intents}
    gated = sum(line is not None for line in lines.values())
    return {
        name: None
        if line is None
        else intent_size(assumed, line, gated=gated, alpha=settings.alpha)
        for name, line in lines.items()
    }


def failures(run: EvaluationRun) -> list[dict[str, Any]]:
    """Return the failed answers grouped by model and error, the most frequent first."""
    return _by_error(Answer.objects.filter(run=run).failed(), limit=20)


def delays(run: EvaluationRun) -> list[dict[str, Any]]:
    """Return the answers that wait for a retry, grouped like the failed ones."""
    waiting = Answer.objects.filter(run=run, state=Answer.State.WAITING, error__isnull=False)
    return _by_error(waiting, limit=5)


def _by_error(answers: QuerySet[Answer], *, limit: int) -> list[dict[str, Any]]:
    groups = answers.order_by().values("error", model=F("model_version__name"))
    largest = groups.annotate(answers=Count("pk")).order_by("-answers")[:limit]
    return [dict(group) for group in largest]


def endpoint_notes(run: EvaluationRun, now: datetime) -> list[str]:
    """Return why the endpoints of a run are not called at present; reads `model.endpoint`."""
    notes = []
    for endpoint in {run.candidate.endpoint, run.baseline.endpoint}:
        if endpoint is None:
            continue
        if endpoint.blocked_reason:
            shown = {"address": endpoint.base_url, "reason": render(endpoint.blocked_reason)}
            notes.append(gettext("%(address)s is not called: %(reason)s") % shown)
        elif endpoint.wait_until is not None and endpoint.wait_until > now:
            seconds = math.ceil((endpoint.wait_until - now).total_seconds())
            text = ngettext(
                "%(address)s limits its calls: %(n)s more second to wait.",
                "%(address)s limits its calls: %(n)s more seconds to wait.",
                seconds,
            )
            notes.append(text % {"address": endpoint.base_url, "n": formats.count(seconds)})
    return sorted(notes)


def unblinded_reviewers(run: EvaluationRun) -> list[str]:
    """Return sentences about reviewers who may recognise one of the two models.

    A revealed run showed it to them; the lead decides whether they vote anyway.
    """
    models = [run.candidate_id, run.baseline_id]
    shared = Q(run__candidate__in=models) | Q(run__baseline__in=models)
    people = run.raters.filter(removed_at__isnull=True).exclude(user=None).values("user")
    earlier = Rater.objects.filter(shared, user__in=people, run__revealed_at__isnull=False)
    found = earlier.exclude(run=run).order_by("run__revealed_at", "name")
    revealed: dict[str, list[str]] = {}
    for revealing, person in found.values_list("run__name", "name"):
        revealed.setdefault(revealing, []).append(person)
    text = gettext(
        "“%(run)s” was revealed to %(reviewers)s, who may recognise one of these models."
    )
    return _unblinded_leads(run, shared_models=models) + [
        text % {"run": revealing, "reviewers": formats.listed(people)}
        for revealing, people in revealed.items()
    ]


def revealed_runs_seen(run: EvaluationRun, user_ids: Sequence[int]) -> dict[int, list[str]]:
    """Return the names of revealed runs that showed a user one of the models, by user id."""
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
    """Return id and label of the reviewers who can be added to an open run.

    The label names revealed runs from which they may know one of the models.

    Active reviewers of the project who are not in the run; no leads, who may know its figures.
    """
    members = Membership.objects.filter(project=run.project, user__is_active=True)
    leads = members.filter(role=Role.LEAD).values("user")
    raters = run.raters.filter(user__isnull=False).values("user")
    reviewers = members.filter(role=Role.REVIEWER).exclude(user__in=leads).exclude(user__in=raters)
    ordered = reviewers.select_related("user").order_by("user__name", "pk")
    users = [membership.user for membership in ordered]
    seen = revealed_runs_seen(run, [user.pk for user in users])
    return [(user.pk, _with_runs_seen(user, seen.get(user.pk, []))) for user in users]


def _with_runs_seen(user: User, runs: Sequence[str]) -> str:
    if not runs:
        return str(user)
    text = gettext("%(reviewer)s (may know one of the models, revealed in %(runs)s)")
    return text % {"reviewer": user, "runs": _quoted(runs)}


def _quoted(names: Iterable[str]) -> str:
    return formats.listed([gettext("“%(name)s”") % {"name": name} for name in names])


def _unblinded_leads(run: EvaluationRun, *, shared_models: list[int]) -> list[str]:
    """Return a sentence about reviewers who, as leads, could read earlier answers by model name."""
    shared = Q(candidate__in=shared_models) | Q(baseline__in=shared_models)
    answered = EvaluationRun.objects.filter(shared, state__in=[RunState.VOTING, RunState.CLOSED])
    earlier = list(answered.exclude(pk=run.pk).order_by("pk").values_list("name", flat=True))
    raters = run.raters.filter(removed_at__isnull=True, user__isnull=False)
    is_lead = Q(user__memberships__project=run.project, user__memberships__role=Role.LEAD)
    leads = raters.filter(is_lead | Q(user__is_superuser=True)).distinct()
    names = list(leads.order_by("name").values_list("name", flat=True))
    if not earlier or not names:
        return []
    text = ngettext(
        "%(leads)s may have read answers of one of these models by name, as a lead, in %(runs)s.",
        "%(leads)s may have read answers of one of these models by name, as leads, in %(runs)s.",
        len(names),
    )
    return [text % {"leads": formats.listed(names), "runs": _quoted(earlier)}]


def unexpected_models(run: EvaluationRun) -> list[str]:
    """Return sentences about answers that came from another model than the registered one."""
    answered = (
        Answer.objects.filter(run=run)
        .exclude(response_model="")
        .order_by()
        .values_list("model_version", "response_model")
        .annotate(answers=Count("pk"))
    )
    models = ModelVersion.objects.in_bulk([run.candidate_id, run.baseline_id])
    return [
        _unexpected(models[key].name, name[:SHOWN_NAME], answers)
        for key, name, answers in answered
        if is_another_model(models[key].model_id, name)
    ]


def _unexpected(model: str, answered: str, answers: int) -> str:
    text = ngettext(
        "%(n)s answer of %(model)s came from a model called %(answered)s. Check the model id.",
        "%(n)s answers of %(model)s came from a model called %(answered)s. Check the model id.",
        answers,
    )
    return text % {"n": formats.count(answers), "model": model, "answered": answered}


def similar_intents(run: EvaluationRun) -> list[str]:
    """Return a sentence for each group of similar intent names that are counted separately."""
    row_of = {name: row.name for row in run.intents.all() for name in row.members}
    groups = lookalikes(row_of)
    return lookalike_messages(
        group for group in groups if len({row_of[name] for name in group}) > 1
    )
