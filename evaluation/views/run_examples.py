"""The examples behind the figures of a run: a filter in the address, pages in served order."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from datasets.http import ProjectRequest, project_view
from datasets.permissions import Power
from evaluation.example_filter import RunExampleFilter
from evaluation.models import Answer, Assignment, Comparison, EvaluationRun, Vote
from evaluation.reasons import LABELS
from evaluation.rendering import Prompt, Sides, render_answers, render_prompt
from evaluation.reports.examples import example_page, examples_behind
from evaluation.stats.verdicts import Contender
from evaluation.views.paging import neighbours, position_in
from evaluation.views.run import require_figures, run_of


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
    texts: Sides
    votes: list[ShownVote]
    reports: list[Assignment]


@require_safe
@project_view(Power.LEAD)
def run_examples(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Show the counted examples that the address asks for, both answers by name."""
    run = run_of(request, run_id)
    require_figures(request, run)
    wanted = RunExampleFilter.from_query(request.GET.dict())
    found = example_page(
        examples_behind(run, wanted),
        after=position_in(request, "after"),
        before=position_in(request, "before"),
    )
    context = {
        "run": run,
        "wanted": wanted,
        "examples": [_shown(one, run) for one in found.examples],
        **neighbours(found, wanted.query),
        "intents": list(run.intents.values_list("name", flat=True)),
        "raters": list(run.raters.order_by("name")),
        "reasons": LABELS,
    }
    return render(request, "evaluation/run_examples.html", context)


def _shown(comparison: Comparison, run: EvaluationRun) -> ShownExample:
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
        reports=list(comparison.assignments.all()),
    )


def _reasons(vote: Vote) -> list[tuple[str, str]]:
    """Return (model, label) of each reason; nothing where nobody knows who stood where."""
    if vote.left is None:
        return []
    left = Contender(vote.left)
    right = Contender.BASELINE if left is Contender.CANDIDATE else Contender.CANDIDATE
    sides = (("left", left), ("right", right))
    return [
        (model.value, LABELS.get(code, code))
        for side, model in sides
        for code in vote.reasons.get(side, [])
    ]
