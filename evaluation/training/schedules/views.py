"""The pages of schedules: list, one schedule with what came of its dates, preview of dates."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evaluation.training.schedules.actions import dates, setting
from evaluation.training.schedules.forms import RuleForm, ScheduleForm, initial_of
from evaluation.training.schedules.models import (
    Outcome,
    ScheduledTraining,
    ScheduleState,
    TrainingSchedule,
)
from evaluation.training.schedules.recurrence import Rule
from evaluation.training.schedules.terms import next_dates
from evaluation.training.schedules.wording import rule_in_words
from evaluation.training.windows.calendar import zone_name_of
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission

SHOWN_DATES = 24
ACTS = ("pause", "resume", "delete")


@require_safe
@project_view(Permission.LEAD)
def schedules(request: ProjectRequest) -> HttpResponse:
    """List the schedules with their next dates and what came of the last one."""
    found = _schedules(request).select_related("owner")
    prepared = ScheduledTraining.objects.filter(
        schedule__project=request.project, outcome=Outcome.PREPARED
    )
    context = {
        "schedules": [
            {
                "schedule": schedule,
                "rule": rule_in_words(schedule.rule),
                "dates": next_dates(request.project, schedule.rule) if schedule.next_at else [],
                "last": schedule.dates.select_related("version", "training").first(),
            }
            for schedule in found
        ],
        "prepared": prepared.select_related("schedule", "version").order_by("-due_at"),
        "zone": zone_name_of(request.project),
    }
    return render(request, "evaluation/training/schedules/schedules.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def new(request: ProjectRequest) -> HttpResponse:
    """Create a schedule."""
    form = ScheduleForm(request.POST or None, project=request.project)
    if request.method == "POST":
        made = form.perform(
            lambda **_: setting.create_schedule(
                project=request.project, terms=form.terms(), actor=request.user
            )
        )
        if made is not None:
            messages.success(request, gettext("The schedule is active."))
            return redirect("evaluation:training_schedules", request.project.slug)
    return _form_page(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def schedule(request: ProjectRequest, schedule_id: int) -> HttpResponse:
    """Show what came of the dates of a schedule, and change it."""
    found = get_object_or_404(_schedules(request), pk=schedule_id)
    form = ScheduleForm(request.POST or None, project=request.project, initial=initial_of(found))
    if request.method == "POST":
        changed = form.perform(
            lambda **_: setting.change_schedule(
                schedule_id=found.pk, terms=form.terms(), actor=request.user
            )
        )
        if changed is not None:
            messages.success(request, gettext("The schedule is saved."))
            return redirect("evaluation:training_schedules", request.project.slug)
    return _form_page(request, form, found)


def _form_page(
    request: ProjectRequest, form: ScheduleForm, found: TrainingSchedule | None = None
) -> HttpResponse:
    past = found.dates.select_related("version", "training")[:SHOWN_DATES] if found else []
    context = {"form": form, "schedule": found, "past": past, **_dates(request, _rule(form))}
    template = "evaluation/training/schedules/schedule.html"
    return render(request, template, context, status=form.status)


@require_safe
@project_view(Permission.LEAD)
def preview(request: ProjectRequest) -> HttpResponse:
    """Show the next dates of the rule that is entered."""
    form = RuleForm(request.GET)
    rule = form.rule() if form.is_valid() else None
    template = "evaluation/training/schedules/_dates.html"
    return render(request, template, _dates(request, rule))


def _rule(form: RuleForm) -> Rule | None:
    """Return the rule of a form, also of one that is not sent yet."""
    entered = RuleForm({name: form[name].value() for name in RuleForm.base_fields})
    return entered.rule() if entered.is_valid() else None


def _dates(request: ProjectRequest, rule: Rule | None) -> dict[str, Any]:
    return {
        "rule": rule_in_words(rule) if rule else "",
        "dates": next_dates(request.project, rule) if rule else [],
        "zone": zone_name_of(request.project),
    }


@require_POST
@project_view(Permission.LEAD)
def act(request: ProjectRequest, schedule_id: int) -> HttpResponse:
    """Pause, resume or delete a schedule."""
    found = get_object_or_404(_schedules(request), pk=schedule_id)
    asked = request.POST.get("act", "")
    if asked not in ACTS:
        raise Http404
    setting.act_on_schedule(schedule_id=found.pk, act=asked, actor=request.user)
    return redirect("evaluation:training_schedules", request.project.slug)


@require_POST
@project_view(Permission.LEAD)
def dismiss(request: ProjectRequest, scheduled_id: int) -> HttpResponse:
    """Dismiss a training that a schedule prepared."""
    dates.dismiss_prepared(project=request.project, scheduled_id=scheduled_id, actor=request.user)
    messages.success(request, gettext("Dismissed. The version stays."))
    return redirect("evaluation:training_schedules", request.project.slug)


def _schedules(request: ProjectRequest) -> Any:
    found = TrainingSchedule.objects.filter(project=request.project)
    return found.exclude(state=ScheduleState.DELETED)
