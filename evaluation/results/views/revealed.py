"""After the vote: a lead has revealed a closed run, and its reviewers see what they compared."""

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evaluation.results.reports.examples import example_page
from evaluation.results.reports.revealed import own_examples, own_verdicts
from evaluation.results.views.paging import neighbours, position_in
from evaluation.runs.models import Answer, Comparison, EvaluationRun
from evaluation.runs.permissions import answers_denied_reason
from evaluation.runs.reviewer_title import reviewer_title
from evaluation.stats.verdicts import Contender
from evaluation.voting.blinding import choice_of, other
from evaluation.voting.rendering import RenderedPrompt, render_prompt
from evaluation.voting.views import reviewer_in_run
from reviewapp.core.errors import InvalidTransition
from reviewapp.core.markdown import render_markdown
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission


@dataclass(frozen=True)
class Shown:
    """One answer with its name: on which side it stood, whose it was, and whether it was chosen."""

    place: str
    contender: Contender
    answer: Answer | None
    html: str
    is_chosen: bool


@dataclass(frozen=True)
class OwnExample:
    """An example as this reviewer saw it, with the names that were hidden then."""

    comparison: Comparison
    prompt: RenderedPrompt
    sides: list[Shown]
    choice: str


@require_safe
@project_view(Permission.VOTE)
def revealed(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Show a reviewer their own votes, each answer under its model's name."""
    rater = reviewer_in_run(request, run_id)
    run = rater.run
    if run.revealed_at is None:
        raise Http404("Nobody sees which model wrote what until the lead reveals it.")
    if refusal := answers_denied_reason(request.user, run):
        raise InvalidTransition(refusal)
    found = example_page(
        own_examples(rater),
        after=position_in(request, "after"),
        before=position_in(request, "before"),
    )
    context = {
        "title": reviewer_title(run),
        "candidate": run.candidate.name,
        "baseline": run.baseline.name,
        "verdicts": own_verdicts(rater),
        "examples": [_shown(example, run) for example in found.examples],
        **neighbours(found),
    }
    return render(request, "evaluation/results/revealed.html", context)


def _shown(comparison: Comparison, run: EvaluationRun) -> OwnExample:
    (vote,) = comparison.votes.all()
    # A vote that came as a verdict from elsewhere may not say where its answers stood.
    left = Contender(vote.left or Contender.BASELINE)
    choice = choice_of(vote.verdict, left=left)
    models = {Contender.CANDIDATE: run.candidate_id, Contender.BASELINE: run.baseline_id}
    answers = {answer.model_version_id: answer for answer in comparison.answers.all()}
    found = {who: answers.get(key) for who, key in models.items()}
    texts = {who: answer.text if answer else "" for who, answer in found.items()}
    sides = (("left", left), ("right", other(left)))
    return OwnExample(
        comparison=comparison,
        prompt=render_prompt(comparison.prompt),
        sides=[
            Shown(place, who, found[who], render_markdown(texts[who]), choice == place)
            for place, who in sides
        ],
        choice=choice,
    )
