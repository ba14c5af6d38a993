"""The voting screen. Every write answers a script with JSON and a plain form with a redirect.

What leaves these views about a comparison is `_comparison.html` and nothing else: an opaque id, the
prompt, and two texts (docs/blinding.md).
"""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe

from datasets.curation.models import Policy
from evaluation.runs.models import Rater
from evaluation.runs.reviewer_title import reviewer_title
from evaluation.voting.actions import leases, reviewer_actions
from evaluation.voting.actions.claims import ServedComparison
from evaluation.voting.actions.reviewer_actions import vote_before
from evaluation.voting.actions.training import is_training_due
from evaluation.voting.criteria import asked_criteria
from evaluation.voting.feedback import BAD, GOOD, VoteFeedback
from evaluation.voting.forms import BrokenForm, CastForm, KnownLeasesForm, LeaseForm, ReasonsForm
from evaluation.voting.limits import undo_time
from evaluation.voting.progress import (
    no_comparison_reason,
    open_runs_of,
    revealed_to,
    reviewer_progress,
    summary_of,
)
from evaluation.voting.rendering import render_answers, render_prompt
from evaluation.voting.texts import NO_COMPARISON, REASON_LABELS
from evaluation.voting.undoable import max_undo_time, undo_seconds_left
from reviewapp.core.errors import InvalidInput
from reviewapp.core.markdown import render_markdown
from reviewapp.people.http import ProjectRequest, project_view, wants_json
from reviewapp.people.permissions import Permission

FREE_TEXT_FIELDS = ("note", "rationale")


@require_safe
@project_view(Permission.VOTE)
def voting(request: ProjectRequest) -> HttpResponse:
    """List the runs that wait for this reviewer's votes."""
    return render(
        request,
        "evaluation/voting/voting.html",
        {"open_runs": _open_runs(request), "revealed": _revealed(request)},
    )


@require_safe
@never_cache
@gzip_page
@project_view(Permission.VOTE)
def vote(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Show the comparison to vote on, with the next one behind it; or why there is none."""
    rater = reviewer_in_run(request, run_id)
    if is_training_due(rater):
        return redirect("evaluation:training", request.project.slug, run_id)
    served = leases.lease_comparisons(run_id=run_id, actor=request.user)
    progress = reviewer_progress(rater)
    context = {"run_id": run_id, "title": reviewer_title(rater.run), "progress": progress}
    if not served:
        nothing = no_comparison_reason(rater, done=progress.done, left=progress.left)
        context["why"] = NO_COMPARISON[nothing]
        others = [open_run for open_run in _open_runs(request) if open_run["run_id"] != run_id]
        context |= {"nothing": nothing, "summary": summary_of(rater), "open_runs": others}
        context["is_revealed"] = rater.run in revealed_to(request.user, request.project)
        return render(request, "evaluation/voting/vote_done.html", context)
    context |= {
        "shown": served[0].public_id,
        "fragments": [fragment_of(comparison) for comparison in served],
        "policies": _policies(request, served),
        "has_golden_examples": _has_golden_examples(rater),
        **_vote_before(rater, request.GET.get("after", "")),
        "reasons": {"good": _reasons(GOOD), "bad": _reasons(BAD)},
        "criteria": asked_criteria(rater.run),
    }
    return render(request, "evaluation/voting/vote.html", context)


def _reasons(codes: Iterable[str]) -> list[dict[str, Any]]:
    return [{"code": code, "label": REASON_LABELS[code]} for code in codes]


def _open_runs(request: ProjectRequest) -> list[dict[str, Any]]:
    return [
        {
            "run_id": open_run.run.pk,
            "title": reviewer_title(open_run.run),
            "paused": open_run.run.paused,
            "progress": open_run.progress,
            "nothing": open_run.nothing,
            "is_training_due": is_training_due(open_run.rater),
        }
        for open_run in open_runs_of(request.user, request.project)
    ]


def _revealed(request: ProjectRequest) -> list[dict[str, Any]]:
    runs = revealed_to(request.user, request.project)
    return [{"run_id": run.pk, "title": reviewer_title(run)} for run in runs]


def reviewer_in_run(request: ProjectRequest, run_id: int) -> Rater:
    """Return this member as a reviewer of a run of the project.

    Raises:
        PermissionDeniedError: they have none.
        Http404: the run is of another project.
    """
    rater = leases.reviewer_of_run(run_id=run_id, actor=request.user)
    if rater.run.project_id != request.project.pk:
        raise Http404("No such run in this project.")
    return rater


def fragment_of(served: ServedComparison) -> str:
    """Return the HTML of a comparison: all that leaves the server about it."""
    prompt = render_prompt(served.prompt)
    context = {
        "id": served.public_id,
        "policies": served.policies,
        "prompt": prompt,
        "answers": render_answers(served.left, served.right),
    }
    return render_to_string("evaluation/voting/_comparison.html", context)


def _policies(request: ProjectRequest, served: Iterable[ServedComparison]) -> list[dict[str, str]]:
    """The project's policies: any of them may be named by a comparison that comes later."""
    return [
        {"slug": policy.slug, "title": policy.title, "html": render_markdown(policy.body)}
        for policy in Policy.objects.filter(project=request.project)
    ]


def _has_golden_examples(rater: Rater) -> bool:
    """Whether the prompts come from golden examples: all of a run's do, or none."""
    revisions = rater.run.comparisons.order_by("position").values_list("revision", flat=True)
    return revisions.first() is not None


def _vote_before(rater: Rater, lease_id: str) -> dict[str, Any]:
    """The vote whose reasons may follow, its two answers and the seconds to undo, for the page.

    It is the vote that can still be undone, or the one that a browser without scripts just cast.
    """
    try:
        wanted = UUID(lease_id)
    except ValueError:
        wanted = None
    after, pair = vote_before(rater, wanted)
    seconds = max_undo_time().total_seconds()
    undo_seconds = {
        "next": seconds,
        "alone": undo_time().total_seconds(),
        "left": undo_seconds_left(after) if after else 0,
        "minutes": round(seconds / 60),
    }
    return {"after": after, "pair": pair, "undo": undo_seconds}


def _back(request: ProjectRequest, run_id: int, done: str = "", **query: object) -> HttpResponse:
    """Go on with the page, for a browser without scripts; it shows what was done."""
    if done:
        messages.success(request, done)
    address = reverse("evaluation:vote", args=[request.project.slug, run_id])
    return redirect(f"{address}?{urlencode(query)}" if query else address)


def _malformed(request: ProjectRequest, run_id: int, form: Form) -> HttpResponse:
    """Return what is wrong with the reviewer's own words; the page sends everything else."""
    sentence = " ".join(
        str(error)
        for name, errors in form.errors.items()
        if name in FREE_TEXT_FIELDS
        for error in errors
    )
    if wants_json(request):
        feedback = sentence or gettext(
            "This page is too old or was changed. Reload it, then try again."
        )
        return JsonResponse({"error": feedback}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if sentence:
        raise InvalidInput(sentence)
    return _back(request, run_id)


def _next(served: Iterable[ServedComparison], known: frozenset[UUID]) -> list[dict[str, str]]:
    """What the browser does not have yet."""
    return [
        {"id": str(comparison.public_id), "html": fragment_of(comparison)}
        for comparison in served
        if comparison.public_id not in known
    ]


@require_POST
@gzip_page
@project_view(Permission.VOTE)
def cast(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Store a vote and answer with the comparison after the next."""
    form = CastForm(request.POST)
    if not form.is_valid():
        return _malformed(request, run_id, form)
    data = form.cleaned_data
    served = reviewer_actions.cast_and_lease(
        actor=request.user,
        lease_id=data["lease"],
        choice=data["choice"],
        on_criteria=form.on_criteria(),
    )
    if not wants_json(request):
        return _back(request, run_id, after=data["lease"])
    return JsonResponse({"next": _next(served, data["known"])})


@require_POST
@gzip_page
@project_view(Permission.VOTE)
def lease(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Answer with the comparisons that this reviewer holds and their browser lacks."""
    form = KnownLeasesForm(request.POST)
    if not form.is_valid():
        return _malformed(request, run_id, form)
    served = leases.lease_comparisons(run_id=run_id, actor=request.user)
    return JsonResponse({"next": _next(served, form.cleaned_data["known"])})


@require_POST
@gzip_page
@project_view(Permission.VOTE)
def skip(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Put a comparison at the end of this reviewer's queue and go on."""
    form = LeaseForm(request.POST)
    if not form.is_valid():
        return _malformed(request, run_id, form)
    reviewer_actions.skip(actor=request.user, lease_id=form.cleaned_data["lease"])
    return _go_on(request, run_id, form, gettext("Skipped. It comes again at the end."))


@require_POST
@gzip_page
@project_view(Permission.VOTE)
def broken(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Set a broken example aside and go on."""
    form = BrokenForm(request.POST)
    if not form.is_valid():
        return _malformed(request, run_id, form)
    data = form.cleaned_data
    reviewer_actions.report_broken(actor=request.user, lease_id=data["lease"], note=data["note"])
    done = gettext(
        "Reported and set aside for all reviewers. If this was a mistake, a lead can put it back."
    )
    return _go_on(request, run_id, form, done)


def _go_on(request: ProjectRequest, run_id: int, form: LeaseForm, done: str) -> HttpResponse:
    if not wants_json(request):
        return _back(request, run_id, done)
    served = leases.lease_comparisons(run_id=run_id, actor=request.user)
    return JsonResponse({"next": _next(served, form.cleaned_data["known"])})


@require_POST
@gzip_page
@project_view(Permission.VOTE)
def undo(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Undo a vote or a skip; its comparison comes first in the answer."""
    form = LeaseForm(request.POST)
    if not form.is_valid():
        return _malformed(request, run_id, form)
    served, earlier = reviewer_actions.undo(actor=request.user, lease_id=form.cleaned_data["lease"])
    if not wants_json(request):
        return _back(request, run_id, gettext("Undone. The comparison is on the screen again."))
    return JsonResponse({"next": _next([served], frozenset()), "earlier": earlier})


@require_POST
@project_view(Permission.VOTE)
def reasons(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Keep why this reviewer chose as they did."""
    form = ReasonsForm(request.POST)
    if not form.is_valid():
        return _malformed(request, run_id, form)
    data = form.cleaned_data
    feedback = VoteFeedback(
        {side: data[side] for side in ("left", "right")}, data["rationale"], data["recognised"]
    )
    reviewer_actions.set_feedback(actor=request.user, lease_id=data["lease"], feedback=feedback)
    if not wants_json(request):
        return _back(request, run_id, gettext("Your reasons are stored."))
    return JsonResponse({})


@require_safe
@project_view(Permission.VOTE)
def progress(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Return the progress of this reviewer."""
    found = reviewer_progress(reviewer_in_run(request, run_id))
    return JsonResponse({"done": found.done, "total": found.total, "minutes": found.minutes_left})


@require_POST
@project_view(Permission.VOTE)
def pause(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Give back what this reviewer holds, so that others need not wait for it."""
    leases.release_leases(run_id=run_id, actor=request.user)
    return redirect("evaluation:voting", slug=request.project.slug)
