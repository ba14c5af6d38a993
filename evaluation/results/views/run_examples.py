"""The examples behind the figures of a run: filtered, paged in served order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.db.models import F, Func
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from evaluation.adjudication.models import Adjudication
from evaluation.adjudication.queue import current_outcomes, disputed
from evaluation.results.actions import set_aside
from evaluation.results.example_filter import Outcome, RunExampleFilter
from evaluation.results.forms import BrokenDecisionForm
from evaluation.results.reports.examples import example_page, filtered_examples
from evaluation.results.views.paging import neighbours, position_in
from evaluation.results.views.run import require_figures, run_of
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import Answer, Comparison, EvaluationRun, RunEvent
from evaluation.runs.permissions import answers_denied_reason
from evaluation.stats.verdicts import Contender
from evaluation.voting.models import Lease, Vote
from evaluation.voting.rendering import (
    RenderedAnswers,
    RenderedPrompt,
    render_answers,
    render_prompt,
)
from evaluation.voting.texts import REASON_LABELS
from reviewapp.core.errors import PermissionDeniedError
from reviewapp.core.formats import count
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission

DECISIONS: Final[Mapping[str, Callable[..., Comparison]]] = {
    "put_back": set_aside.restore_comparison,
    "keep_out": set_aside.exclude_comparison,
}
DECISION_MESSAGES: Final = {
    "put_back": _("Comparison %(position)s is put back and served again."),
    "keep_out": _("Comparison %(position)s is kept out."),
}
SET_ASIDE: Final = RunExampleFilter(verdict=Outcome.SET_ASIDE.value)


@dataclass(frozen=True)
class ShownVote:
    """A vote and its reasons, as (candidate or baseline, label)."""

    vote: Vote
    reasons: list[tuple[str, str]]


@dataclass(frozen=True)
class ShownExample:
    """An example as a lead sees it: both answers with their models, votes, reports."""

    comparison: Comparison
    prompt: RenderedPrompt
    baseline: Answer | None
    candidate: Answer | None
    texts: RenderedAnswers
    votes: list[ShownVote]
    outcome: Adjudication | None
    is_disputed: bool
    reports: list[Lease]
    decisions: list[RunEvent]


@require_safe
@project_view(Permission.LEAD)
def run_examples(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Show the counted examples that the query selects, with the models of both answers."""
    run = run_of(request, run_id)
    require_figures(request, run)
    return _page(request, run, RunExampleFilter.from_query(request.GET.dict()))


def _labels(run: EvaluationRun) -> dict[str, list[str]]:
    """Return the languages and tags of a run's prompts, which the filters offer."""
    rows = run.comparisons.order_by()
    languages = rows.exclude(language="").values_list("language", flat=True).distinct()
    tags = rows.values_list(Func(F("tags"), function="unnest"), flat=True).distinct()
    return {"languages": sorted(languages), "tags": sorted(tags)}


def _page(
    request: ProjectRequest,
    run: EvaluationRun,
    example_filter: RunExampleFilter,
    *,
    rejected: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render examples; `rejected` has the position and the form of a decision with an error.

    Raises:
        PermissionDeniedError: the names of the models would unblind a comparison of this reviewer.
    """
    if denied := answers_denied_reason(request.user, run):
        raise PermissionDeniedError(denied)
    page = example_page(
        filtered_examples(run, example_filter),
        # A rejected decision comes first, so that its error is seen.
        after=rejected["position"] - 1 if rejected else position_in(request, "after"),
        before=position_in(request, "before"),
    )
    context = {
        "run": run,
        "example_filter": example_filter,
        "examples": _all_shown(page.examples, run),
        **neighbours(page, example_filter.query),
        "intents": list(run.intents.values_list("name", flat=True)),
        **_labels(run),
        "raters": list(run.raters.order_by("name")),
        "reasons": REASON_LABELS,
        "rejected": rejected or {},
        "may_decide": run.state == RunState.VOTING,
        "is_closed": run.state == RunState.CLOSED,
    }
    return render(request, "evaluation/results/run_examples.html", context, status=status)


def _all_shown(comparisons: list[Comparison], run: EvaluationRun) -> list[ShownExample]:
    keys = [comparison.pk for comparison in comparisons]
    decisions, outcomes = _decisions(run), current_outcomes(keys)
    disputes = set(disputed(run).filter(pk__in=keys).values_list("pk", flat=True))
    return [
        _shown(
            comparison,
            run,
            decisions.get(comparison.pk, []),
            outcomes.get(comparison.pk),
            is_disputed=comparison.pk in disputes,
        )
        for comparison in comparisons
    ]


def _decisions(run: EvaluationRun) -> dict[int, list[RunEvent]]:
    """Return the decisions on comparisons reported as broken, by comparison, oldest first."""
    events = run.events.filter(action__in=DECISIONS).select_related("actor").order_by("pk")
    decisions: dict[int, list[RunEvent]] = {}
    for event in events:
        decisions.setdefault(event.detail["comparison"], []).append(event)
    return decisions


@require_POST
@project_view(Permission.LEAD)
def decide_broken(request: ProjectRequest, run_id: int, position: int) -> HttpResponse:
    """Restore or exclude a comparison that was reported as broken."""
    run = run_of(request, run_id)
    require_figures(request, run)
    comparison = get_object_or_404(run.comparisons, position=position)
    form = BrokenDecisionForm(request.POST)

    def act(decision: str, reason: str) -> Comparison:
        decide = DECISIONS[decision]
        return decide(comparison_id=comparison.pk, actor=request.user, reason=reason)

    if form.perform(act) is None:
        rejected = {"position": position, "form": form}
        return _page(request, run, SET_ASIDE, rejected=rejected, status=form.status)
    done = DECISION_MESSAGES[form.cleaned_data["decision"]]
    messages.success(request, done % {"position": count(position)})
    page = reverse("evaluation:run_examples", args=[request.project.slug, run.pk])
    return redirect(f"{page}?{SET_ASIDE.query}")


def _shown(
    comparison: Comparison,
    run: EvaluationRun,
    decisions: list[RunEvent],
    outcome: Adjudication | None,
    *,
    is_disputed: bool,
) -> ShownExample:
    answers = {answer.model_version_id: answer for answer in comparison.answers.all()}
    baseline, candidate = answers.get(run.baseline_id), answers.get(run.candidate_id)
    return ShownExample(
        comparison=comparison,
        prompt=render_prompt(comparison.prompt),
        baseline=baseline,
        candidate=candidate,
        texts=render_answers(
            baseline.text if baseline else "", candidate.text if candidate else ""
        ),
        votes=[ShownVote(vote, _reasons(vote)) for vote in comparison.votes.all()],
        outcome=outcome,
        is_disputed=is_disputed,
        reports=list(comparison.leases.all()),
        decisions=decisions,
    )


def _reasons(vote: Vote) -> list[tuple[str, str]]:
    """Return (model, label) of each reason; none if the sides are unknown."""
    if vote.left is None:
        return []
    left = Contender(vote.left)
    right = Contender.BASELINE if left is Contender.CANDIDATE else Contender.CANDIDATE
    sides = (("left", left), ("right", right))
    return [
        (model.value, REASON_LABELS.get(code, code))
        for side, model in sides
        for code in vote.reasons.get(side, [])
    ]
