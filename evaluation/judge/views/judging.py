"""The page of the judges of a run: forecast, start, progress, and what the judge says."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evaluation.judge.actions import judging
from evaluation.judge.doubts import doubts_about
from evaluation.judge.examples import ExampleKind, judged_examples
from evaluation.judge.forms import CapsForm, JudgeForm
from evaluation.judge.models import JudgeRun, JudgeState
from evaluation.judge.progress import failure_groups, judge_progress
from evaluation.judge.report import build_judge_report, shown_judge
from evaluation.judge.tasks import JUDGEMENTS
from evaluation.results.reports import build_report
from evaluation.runs.models import EvaluationRun
from evaluation.runs.permissions import figures_denied_reason
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.models import User
from reviewapp.people.permissions import Permission

# htmx stops polling at this status.
STOP_POLLING = 286
RELATED = ("project", "candidate__endpoint", "baseline__endpoint")


def _run(request: ProjectRequest, run_id: int) -> EvaluationRun:
    runs = EvaluationRun.objects.select_related(*RELATED)
    return get_object_or_404(runs, pk=run_id, project=request.project)


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def judge(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Show the judges of a run; forecast the cost of a further one, then start it."""
    run = _run(request, run_id)
    if request.method != "POST":
        return _page(request, run)
    form = JudgeForm(request.POST, run=run)
    forecast = None
    if form.is_valid() and request.POST.get("forecast_for") != form.asked_for():
        forecast = _forecast(run, form)
    elif started := form.perform(lambda **_fields: _start(request, run, form)):
        JUDGEMENTS.send_due()
        text = gettext("%(model)s is asked about every comparison now.")
        messages.success(request, text % {"model": started.model_version.name})
        return redirect("evaluation:judge", request.project.slug, run.pk)
    return _page(request, run, form=form, forecast=forecast, status=form.status)


@require_safe
@project_view(Permission.LEAD)
def judge_forecast(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Return the forecast for what the form holds now, after each change of it; starts nothing."""
    run = _run(request, run_id)
    form = JudgeForm(request.GET, run=run)
    forecast = _forecast(run, form) if form.is_valid() else None
    return render(request, "evaluation/judge/_judge_forecast.html", forecast or {})


def _forecast(run: EvaluationRun, form: JudgeForm) -> dict[str, Any] | None:
    """Return what the chosen judge costs at most, and what there is to doubt about it."""

    def forecast(**_fields: object) -> dict[str, Any]:
        found, model = judging.forecast_judging(run, form.plan())
        return {
            "forecast": found,
            "forecast_for": form.asked_for(),
            "forecast_model": model,
            "doubts": doubts_about(model, run),
        }

    return form.perform(forecast)


def _start(request: ProjectRequest, run: EvaluationRun, form: JudgeForm) -> JudgeRun:
    return judging.start_judging(run_id=run.pk, plan=form.plan(), actor=request.user)


def _page(
    request: ProjectRequest,
    run: EvaluationRun,
    *,
    form: JudgeForm | None = None,
    forecast: dict[str, Any] | None = None,
    caps_form: CapsForm | None = None,
    status: int = 200,
) -> HttpResponse:
    judge_runs = list(
        run.judge_runs.select_related("model_version__endpoint", "rubric").order_by("-pk")
    )
    wanted = request.GET.get("judge", "")
    shown = shown_judge(run.pk, int(wanted) if wanted.isdecimal() else None)
    if shown is None and wanted:
        raise Http404
    shown = shown or next(iter(judge_runs), None)
    is_active = any(judge_run.is_active for judge_run in judge_runs)
    context = {
        "run": run,
        "judge_runs": judge_runs,
        "shown": shown,
        "form": form or JudgeForm(run=run),
        "may_start": not is_active and judging.judging_denied_reason(run) is None,
        "denied": None if is_active else judging.judging_denied_reason(run),
        "figures_denied": figures_denied_reason(request.user, run),
        **(forecast or {}),
    }
    if shown is not None:
        context |= _shown(run, shown, caps_form)
        if not context["figures_denied"]:
            context["judge"] = build_judge_report(build_report(run), shown)
            disagreeing = judged_examples(shown, ExampleKind.DISAGREES)
            context["disagreements"] = disagreeing.count()
    return render(request, "evaluation/judge/judge.html", context, status=status)


def _shown(run: EvaluationRun, shown: JudgeRun, caps_form: CapsForm | None) -> dict[str, Any]:
    initial = {"usd_cap": shown.usd_cap, "token_cap": shown.token_cap}
    return {
        "progress": judge_progress(shown),
        "failures": failure_groups(shown),
        "shown_doubts": doubts_about(shown.model_version, run),
        "caps_form": caps_form or CapsForm(initial=initial, prefix="resume"),
        "is_polling": shown.state == JudgeState.RUNNING,
        "may_retry": judging.may_retry(shown),
    }


@require_safe
@project_view(Permission.LEAD)
def judge_progress_part(request: ProjectRequest, run_id: int, judge_id: int) -> HttpResponse:
    """Return the progress bar for a poll; reload the page when the judge has ended."""
    shown = get_object_or_404(JudgeRun, pk=judge_id, run=_run(request, run_id))
    is_polling = shown.state == JudgeState.RUNNING
    context = {"shown": shown, "progress": judge_progress(shown), "is_polling": is_polling}
    response = render(request, "evaluation/judge/_judge_progress.html", context)
    if not is_polling:
        response.status_code = STOP_POLLING
        response["HX-Refresh"] = "true"
    return response


@require_POST
@project_view(Permission.LEAD)
def act_on_judge(request: ProjectRequest, run_id: int, judge_id: int) -> HttpResponse:
    """Cancel a judge, or ask again for what failed."""
    run = _run(request, run_id)
    shown = get_object_or_404(JudgeRun, pk=judge_id, run=run)
    handler = ACTIONS.get(request.POST.get("act", ""))
    if handler is None:
        raise Http404
    handler(shown.pk, request.user)
    JUDGEMENTS.send_due()
    return redirect("evaluation:judge", request.project.slug, run.pk)


ACTIONS: dict[str, Callable[[int, User], object]] = {
    "cancel": lambda pk, actor: judging.cancel_judging(judge_run_id=pk, actor=actor),
    "retry": lambda pk, actor: judging.retry_failed_judgements(judge_run_id=pk, actor=actor),
}


@require_POST
@project_view(Permission.LEAD)
def resume_judge(request: ProjectRequest, run_id: int, judge_id: int) -> HttpResponse:
    """Continue a stopped judge, with the caps that the form gives."""
    run = _run(request, run_id)
    shown = get_object_or_404(JudgeRun, pk=judge_id, run=run)
    form = CapsForm(request.POST, prefix="resume")

    def resume(**_fields: object) -> JudgeRun:
        return judging.resume_judging(judge_run_id=shown.pk, caps=form.caps(), actor=request.user)

    if form.perform(resume) is None:
        return _page(request, run, caps_form=form, status=form.status)
    JUDGEMENTS.send_due()
    return redirect("evaluation:judge", request.project.slug, run.pk)
