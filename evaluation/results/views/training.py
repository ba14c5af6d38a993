"""The training round of a run: gold checks with the agreed answer after each choice."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from evaluation.runs.gold import agreed_choice
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import Rater
from evaluation.runs.reviewer_title import reviewer_title
from evaluation.stats.verdicts import Choice
from evaluation.voting.actions.gold_serving import served_gold
from evaluation.voting.actions.training import answer_training, lease_training, training_left
from evaluation.voting.models import GoldLease
from evaluation.voting.texts import CHOICE_LABELS
from evaluation.voting.views import fragment_of, reviewer_in_run
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission


class TrainingForm(forms.Form):
    """The arguments of `answer_training`."""

    lease = forms.UUIDField()
    choice = forms.ChoiceField(choices=[(choice.value, choice.value) for choice in Choice])


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@project_view(Permission.VOTE)
def training(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Show the next gold check of the round, or the agreed answer to the one just answered."""
    rater = reviewer_in_run(request, run_id)
    if rater.run.state != RunState.VOTING:
        return redirect("evaluation:vote", request.project.slug, run_id)
    if request.method == "POST":
        form = TrainingForm(request.POST)
        if not form.is_valid():
            return redirect("evaluation:training", request.project.slug, run_id)
        lease: UUID = form.cleaned_data["lease"]
        answered = answer_training(
            actor=request.user, lease_id=lease, choice=form.cleaned_data["choice"]
        )
        return _page(request, rater, answered=answered)
    return _page(request, rater)


def _page(
    request: ProjectRequest, rater: Rater, *, answered: GoldLease | None = None
) -> HttpResponse:
    shown = answered or lease_training(rater)
    voted = rater.gold_leases.filter(is_training=True, state=GoldLease.State.VOTED)
    done = voted.count()
    context: dict[str, Any] = {
        "run_id": rater.run_id,
        "title": reviewer_title(rater.run),
        "answered": answered,
        "done": done,
        "total": done + training_left(rater).count(),
        "right": voted.filter(is_right=True).count(),
        "fragment": "",
    }
    if shown is not None:
        context |= {"fragment": fragment_of(served_gold(shown)), "lease_id": shown.public_id}
    if answered is not None:
        check = answered.gold_check
        agreed = agreed_choice(check.expected, left=answered.left)
        context |= {
            "chosen": CHOICE_LABELS[answered.choice],
            "agreed": CHOICE_LABELS[agreed],
            "explanation": check.explanation,
        }
    return render(request, "evaluation/results/training.html", context)
