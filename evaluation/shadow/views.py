"""The pages of shadow checks: archetypes and checks, settings, one check with its answers."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from datasets.conversations import chat
from datasets.curation.models import GoldenExample
from evaluation.shadow.actions import archetypes, checks, ratings
from evaluation.shadow.archetypes import archetype_rows, settings_of
from evaluation.shadow.forms import RatingForm, ShadowCheckForm, ShadowSettingsForm
from evaluation.shadow.models import CheckState, ShadowAnswer, ShadowCheck, ShadowRating
from evaluation.shadow.outcomes import readable_summaries, summaries_of
from evaluation.shadow.requests import golden_text, messages_of
from evaluation.shadow.rules import ShadowRules
from evaluation.shadow.sampling import MAX_ARCHETYPES, MIN_ARCHETYPES, PROPOSED
from evaluation.shadow.tasks import SHADOW_ANSWERS
from evaluation.shadow.texts import SIGNALS
from evaluation.voting.rendering import RenderedPrompt, render_prompt
from reviewapp.core.markdown import render_markdown
from reviewapp.core.messages import Message
from reviewapp.core.texts import render as render_message
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission

# htmx stops polling at this status.
STOP_POLLING = 286


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def shadow(request: ProjectRequest) -> HttpResponse:
    """Show the archetypes and the checks; forecast the cost of a check, then start it."""
    project = request.project
    if request.method != "POST":
        asked = request.GET.get("model", "")
        form = ShadowCheckForm(project=project, initial={"model_id": asked})
        return _page(request, form)
    form = ShadowCheckForm(request.POST, project=project)
    prepared = form.perform(lambda model_id, usd_cap: checks.prepare_check(project, model_id))
    if prepared is not None and request.POST.get("forecast_for") == form.asked_for():
        started = form.perform(
            lambda model_id, usd_cap: checks.start_check(
                project=project, model_id=model_id, usd_cap=usd_cap, actor=request.user
            )
        )
        if started:
            SHADOW_ANSWERS.send_due()
            return redirect("evaluation:shadow_check", project.slug, started.pk)
        prepared = None
    return _page(request, form, prepared)


def _page(
    request: ProjectRequest, form: ShadowCheckForm, prepared: checks.Prepared | None = None
) -> HttpResponse:
    rows = archetype_rows(request.project)
    context = {
        "rows": [
            (row, chat.preview(row.revision.messages) if row.revision else "") for row in rows
        ],
        "is_few": len(rows) < MIN_ARCHETYPES,
        "is_full": len(rows) >= PROPOSED,
        "wanted": (MIN_ARCHETYPES, MAX_ARCHETYPES),
        "form": form,
        "prepared": prepared,
        "forecast_for": form.asked_for() if prepared else "",
        "summaries": readable_summaries(request.project, request.user),
    }
    return render(request, "evaluation/shadow/shadow.html", context, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def shadow_settings(request: ProjectRequest) -> HttpResponse:
    """Show and change what the answers of the project have to keep."""
    current = settings_of(request.project)
    initial = {
        "system_prompt": current.system_prompt,
        "citation_pattern": current.citation_pattern,
        "forbidden_words": "\n".join(current.forbidden_words),
        "style_rules": current.style_rules,
        "max_words": current.max_words,
        "checks_tuned_models": current.checks_tuned_models,
    }
    form = ShadowSettingsForm(request.POST or None, initial=initial)

    def change(**entered: Any) -> object:
        return archetypes.change_shadow_settings(
            project=request.project,
            rules=form.rules(),
            checks_tuned_models=entered["checks_tuned_models"],
            actor=request.user,
        )

    if request.method == "POST" and form.perform(change) is not None:
        messages.success(request, gettext("Saved. It holds for checks that start from now on."))
        return redirect("evaluation:shadow", request.project.slug)
    template = "evaluation/shadow/shadow_settings.html"
    return render(request, template, {"form": form}, status=form.status)


@require_POST
@project_view(Permission.LEAD)
def propose(request: ProjectRequest) -> HttpResponse:
    """Fill the set with approved examples of all intents and languages."""
    added = archetypes.propose_archetypes(project=request.project, actor=request.user)
    text = ngettext("%(n)s prompt was added.", "%(n)s prompts were added.", len(added))
    messages.success(request, text % {"n": len(added)})
    return redirect("evaluation:shadow", request.project.slug)


@require_POST
@project_view(Permission.LEAD)
def change_archetype(request: ProjectRequest, example_id: int) -> HttpResponse:
    """Add an example to the set, take it out, or move it."""
    example = get_object_or_404(GoldenExample, pk=example_id, project=request.project)
    project, actor, act = request.project, request.user, request.POST.get("act", "")
    if act == "add":
        archetypes.add_archetype(project=project, example_id=example.pk, actor=actor)
        messages.success(request, gettext("It is an archetype for shadow checks now."))
    elif act == "remove":
        archetypes.remove_archetype(project=project, example_id=example.pk, actor=actor)
    elif act in {"up", "down"}:
        archetypes.move_archetype(
            project=project, example_id=example.pk, is_up=act == "up", actor=actor
        )
    else:
        raise Http404
    if request.POST.get("back") == "example":
        return redirect("datasets:example", project.slug, example.pk)
    return redirect(f"{reverse('evaluation:shadow', args=[project.slug])}#archetypes")


@dataclass(frozen=True)
class SignalRow:
    """A signal as the page shows it."""

    title: str | Promise
    is_noticed: bool
    text: str


@dataclass(frozen=True)
class AnswerRow:
    """A prompt with both answers as HTML; `rating` is what the reader said last."""

    answer: ShadowAnswer
    prompt: RenderedPrompt
    golden: str
    text: str
    signals: list[SignalRow]
    rating: ShadowRating | None


@require_safe
@project_view(Permission.LEAD)
def shadow_check(request: ProjectRequest, check_id: int) -> HttpResponse:
    """Show the answers of a check beside the golden ones, with signals and questions."""
    found = _check(request, check_id)
    ratings.require_readable(request.user, found)
    return _check_page(request, found)


def _check_page(
    request: ProjectRequest, found: ShadowCheck, form: RatingForm | None = None
) -> HttpResponse:
    (summary,) = summaries_of([found])
    rows = _answer_rows(request, found)
    open_rows = [row for row in rows if row.rating is None and row.answer.text]
    context = {
        "check": found,
        "summary": summary,
        "rows": rows,
        "next": open_rows[0].answer.position if open_rows else None,
        "errors": form.non_field_errors() if form else [],
        "is_polling": found.state == CheckState.RUNNING,
        "may_resume": found.state == CheckState.STOPPED
        or (found.state == CheckState.DONE and summary.failed > 0),
    }
    status = form.status if form else 200
    return render(request, "evaluation/shadow/shadow_check.html", context, status=status)


def _answer_rows(request: ProjectRequest, found: ShadowCheck) -> list[AnswerRow]:
    answers = found.answers.select_related("revision__example", "revision__intent")
    own: dict[int, ShadowRating] = {}
    for rating in ShadowRating.objects.filter(
        answer__shadow_check=found, rated_by=request.user
    ).order_by("pk"):
        own[rating.answer_id] = rating
    rules = ShadowRules.from_json(found.rules)
    return [
        AnswerRow(
            answer=answer,
            prompt=render_prompt(messages_of(answer.revision, rules)),
            golden=render_markdown(golden_text(answer.revision)),
            text=render_markdown(answer.text),
            signals=[_signal_row(signal) for signal in answer.signals],
            rating=own.get(answer.pk),
        )
        for answer in answers
    ]


def _signal_row(stored: dict[str, Any]) -> SignalRow:
    return SignalRow(
        title=SIGNALS[stored["signal"]],
        is_noticed=stored["state"] == "noticed",
        text=render_message(Message.from_json(stored["reason"])),
    )


@require_safe
@project_view(Permission.LEAD)
def shadow_progress(request: ProjectRequest, check_id: int) -> HttpResponse:
    """Return the progress of a check for a poll; reload the page when it has ended."""
    found = _check(request, check_id)
    (summary,) = summaries_of([found])
    is_polling = found.state == CheckState.RUNNING
    context = {"check": found, "summary": summary, "is_polling": is_polling}
    response = render(request, "evaluation/shadow/_progress.html", context)
    if not is_polling:
        response.status_code = STOP_POLLING
        response["HX-Refresh"] = "true"
    return response


@require_POST
@project_view(Permission.LEAD)
def act_on_check(request: ProjectRequest, check_id: int) -> HttpResponse:
    """Cancel a check, or ask again for what is missing."""
    found = _check(request, check_id)
    act = request.POST.get("act", "")
    if act == "cancel":
        checks.cancel_check(check_id=found.pk, actor=request.user)
    elif act == "resume":
        checks.resume_check(check_id=found.pk, actor=request.user)
        SHADOW_ANSWERS.send_due()
    else:
        raise Http404
    return redirect("evaluation:shadow_check", request.project.slug, found.pk)


@require_POST
@project_view(Permission.LEAD)
def rate(request: ProjectRequest, check_id: int, position: int) -> HttpResponse:
    """Store what the user says about one answer, and go on to the next."""
    found = _check(request, check_id)
    answer = get_object_or_404(found.answers, position=position)
    form = RatingForm(request.POST)

    def store(**answers: bool) -> ShadowRating:
        return ratings.rate_answer(answer_id=answer.pk, actor=request.user, **answers)

    if form.perform(store) is None:
        return _check_page(request, found, form)
    page = reverse("evaluation:shadow_check", args=[request.project.slug, found.pk])
    return redirect(f"{page}#prompt-{_next(request, found, position)}")


def _next(request: ProjectRequest, found: ShadowCheck, position: int) -> int:
    """Return the first answer that the user has not rated yet; this one if there is none."""
    rated = ShadowRating.objects.filter(answer__shadow_check=found, rated_by=request.user)
    left = found.answers.filter(state=ShadowAnswer.State.DONE, erased_at=None)
    following = left.exclude(pk__in=rated.values("answer")).first()
    return following.position if following else position


def _check(request: ProjectRequest, check_id: int) -> ShadowCheck:
    found = ShadowCheck.objects.select_related("project", "model_version", "started_by")
    return get_object_or_404(found, pk=check_id, project=request.project)
