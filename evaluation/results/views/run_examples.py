"""The examples behind the figures of a run: a filter in the address, pages in served order."""

from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

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
from evaluation.voting.rendering import Prompt, RenderedAnswers, render_answers, render_prompt
from evaluation.voting.texts import REASON_LABELS
from reviewapp.core.errors import PermissionDeniedError
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission

DECISIONS: Final = {"put_back": set_aside.put_back, "keep_out": set_aside.keep_out}
DECISION_MESSAGES: Final = {"put_back": "put back, it is served again", "keep_out": "kept out"}
SET_ASIDE: Final = RunExampleFilter(verdict=Outcome.SET_ASIDE.value)


@dataclass(frozen=True)
class ShownVote:
    """A vote with its reasons resolved: which model's answer each was about."""

    vote: Vote
    reasons: list[tuple[str, str]]


@dataclass(frozen=True)
class ShownExample:
    """An example with everything a lead may see: both answers by name, votes, reports."""

    comparison: Comparison
    prompt: Prompt
    baseline: Answer | None
    candidate: Answer | None
    texts: RenderedAnswers
    votes: list[ShownVote]
    reports: list[Lease]
    decisions: list[RunEvent]


@require_safe
@project_view(Permission.LEAD)
def run_examples(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Show the counted examples that the address asks for, both answers by name."""
    run = run_of(request, run_id)
    require_figures(request, run)
    return _page(request, run, RunExampleFilter.from_query(request.GET.dict()))


def _page(
    request: ProjectRequest,
    run: EvaluationRun,
    wanted: RunExampleFilter,
    *,
    refused: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Show examples; `refused` is a decision about one of them that was not accepted.

    Raises:
        PermissionDeniedError: the answers' names would tell this person who wrote what they vote
        on.
    """
    if refusal := answers_denied_reason(request.user, run):
        raise PermissionDeniedError(refusal)
    decided = _decisions(run)
    found = example_page(
        filtered_examples(run, wanted),
        after=position_in(request, "after"),
        before=position_in(request, "before"),
    )
    context = {
        "run": run,
        "wanted": wanted,
        "examples": [_shown(one, run, decided.get(one.pk, [])) for one in found.examples],
        **neighbours(found, wanted.query),
        "intents": list(run.intents.values_list("name", flat=True)),
        "raters": list(run.raters.order_by("name")),
        "reasons": REASON_LABELS,
        "refused": refused or {},
        "may_decide": run.state == RunState.VOTING,
    }
    return render(request, "evaluation/results/run_examples.html", context, status=status)


def _decisions(run: EvaluationRun) -> dict[int, list[RunEvent]]:
    """Return what leads decided about examples reported as broken, by comparison, oldest first."""
    events = run.events.filter(action__in=DECISIONS).select_related("actor").order_by("pk")
    found: dict[int, list[RunEvent]] = {}
    for event in events:
        found.setdefault(event.detail["comparison"], []).append(event)
    return found


@require_POST
@project_view(Permission.LEAD)
def decide_broken(request: ProjectRequest, run_id: int, position: int) -> HttpResponse:
    """Put an example that was reported as broken back, or keep it out."""
    run = run_of(request, run_id)
    require_figures(request, run)
    comparison = get_object_or_404(run.comparisons, position=position)
    form = BrokenDecisionForm(request.POST)

    def act(decision: str, reason: str) -> Comparison:
        decide = DECISIONS[decision]
        return decide(comparison_id=comparison.pk, actor=request.user, reason=reason)

    if form.perform(act) is None:
        refused = {"position": position, "form": form}
        return _page(request, run, SET_ASIDE, refused=refused, status=form.status)
    done = DECISION_MESSAGES[form.cleaned_data["decision"]]
    messages.success(request, f"Comparison {position}: {done}.")
    page = reverse("evaluation:run_examples", args=[request.project.slug, run.pk])
    return redirect(f"{page}?{SET_ASIDE.query}")


def _shown(comparison: Comparison, run: EvaluationRun, decided: list[RunEvent]) -> ShownExample:
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
        reports=list(comparison.leases.all()),
        decisions=decided,
    )


def _reasons(vote: Vote) -> list[tuple[str, str]]:
    """Return (model, label) of each reason; nothing where nobody knows who stood where."""
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
