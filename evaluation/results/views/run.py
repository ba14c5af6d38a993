"""The page of a run for leads: decision, win rates, gates, evidence; its files and forms."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from evaluation.adjudication.queue import disputed
from evaluation.gates import DecisionReason
from evaluation.judge.as_json import judge_as_json, judge_table
from evaluation.judge.report import judge_line
from evaluation.promotion.eligibility import aliases_of, promotion_blocked_reason
from evaluation.promotion.models import AliasName, Promotion
from evaluation.results import criteria_display
from evaluation.results import display as run_display
from evaluation.results.actions import raters
from evaluation.results.forms import AddReviewersForm, RemoveRaterForm, WithdrawUnreadForm
from evaluation.results.gate_table import build_gate_groups
from evaluation.results.remedies import RemedyLink, remedy_links
from evaluation.results.reports import RunReport, build_report, report_as_json
from evaluation.results.reports.blockers import held_back
from evaluation.results.reports.demand import voting_demand
from evaluation.results.reports.examples import reasons_given
from evaluation.results.reports.gold import flagged_raters
from evaluation.results.reports.habits import rater_habits
from evaluation.results.reports.overlap import overlap_for_agreement
from evaluation.results.reports.wording import (
    decision_label,
    decision_lines,
    run_notes,
)
from evaluation.results.table import table_of
from evaluation.runs.actions.withdrawal import withdraw_unread
from evaluation.runs.lifecycle import RunState, run_actions_in
from evaluation.runs.models import EvaluationRun
from evaluation.runs.permissions import figures_denied_reason
from evaluation.runs.setup_summary import unblinded_reviewers
from reviewapp.core.errors import PermissionDeniedError
from reviewapp.core.formats import count, listed
from reviewapp.core.spreadsheets import csv_response
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission

RELATED = ("project", "candidate", "baseline", "dataset_version")
SETUP_STATES = {RunState.DRAFT, RunState.GENERATING}


def run_of(request: ProjectRequest, run_id: int) -> EvaluationRun:
    """Return the run of this address."""
    runs = EvaluationRun.objects.select_related(*RELATED)
    return get_object_or_404(runs, pk=run_id, project=request.project)


def require_figures(request: ProjectRequest, run: EvaluationRun) -> None:
    """Require that the user may see the run's figures.

    Raises:
        PermissionDeniedError: a lead who still votes in it.
    """
    if refusal := figures_denied_reason(request.user, run):
        raise PermissionDeniedError(refusal)


@require_safe
@project_view(Permission.LEAD)
def run(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Show a run's figures and gates, with one part of the evidence, chosen by `show`."""
    found = run_of(request, run_id)
    if found.state in SETUP_STATES:
        return redirect("evaluation:run_setup", request.project.slug, found.pk)
    if refusal := figures_denied_reason(request.user, found):
        context = {"run": found, "refusal": refusal}
        return render(request, "evaluation/results/run_not_shown.html", context, status=403)
    report = build_report(found)
    wanted = request.GET.get("show", "")
    show = wanted if wanted in EVIDENCE else "when"
    context = _summary(report) | EVIDENCE[show](report) | {"show": show, "asked": show == wanted}
    return render(request, "evaluation/results/run.html", context)


def _summary(report: RunReport) -> dict[str, Any]:
    """Return what is shown above the evidence."""
    is_open = report.run.state == RunState.VOTING
    served = aliases_of(report.run.candidate)
    in_production = any(alias.name == AliasName.PRODUCTION for alias in served)
    return {
        "report": report,
        "run": report.run,
        "is_worse": report.decision_reason in {DecisionReason.GOT_WORSE, DecisionReason.OVER_LIMIT},
        "decision": report.decision.value,
        "decision_label": decision_label(report),
        "step": report.next_step,
        "remedies": _remedies(report, in_production=in_production),
        "served": served,
        "pending": Promotion.objects.filter(run=report.run)
        .pending()
        .select_related("requested_by"),
        "in_production": in_production,
        "decisions": decision_lines(report),
        "notes": run_notes(report, with_broken=False),
        "promotion_blocked_reason": promotion_blocked_reason(report),
        "left": run_display.examples_left(report),
        "held": held_back(report.run, left=report.overall.counted.left) if is_open else None,
        "withdraw_form": WithdrawUnreadForm(),
        "broken": report.set_aside,
        "overall": run_display.build_overall_row(report),
        "intents": run_display.build_intent_rows(report),
        "criteria": criteria_display.build_criterion_rows(report),
        "groups": build_gate_groups(
            (result.as_json() for result in report.gates),
            report.settings,
            is_closed=not is_open,
        ),
        "judge": judge_line(report),
        "has_disputes": disputed(report.run).exists(),
        "demand": voting_demand(report) if is_open and not report.run.all_votes else None,
        "removed": [counts.rater for counts in report.voting if counts.rater.removed_at],
        "may": {action.value for action in run_actions_in(RunState(report.run.state))},
    }


def _remedies(report: RunReport, *, in_production: bool) -> list[RemedyLink]:
    return remedy_links(
        report.run,
        report.next_step,
        in_production=in_production,
        overlap_percent=overlap_for_agreement(report),
    )


def _when(report: RunReport) -> dict[str, Any]:
    return {
        "languages": run_display.build_slice_rows(report.languages, "language"),
        "tags": run_display.build_slice_rows(report.tags, "tag"),
    }


def _why(report: RunReport) -> dict[str, Any]:
    return {"reasons": reasons_given(report.run)}


def _how(report: RunReport) -> dict[str, Any]:
    measures = report.measures
    found = {"candidate": measures.candidate, "baseline": measures.baseline}
    return {"models": found, "ratios": run_display.build_metric_cards(measures.operations)}


def _raters(report: RunReport) -> dict[str, Any]:
    return {
        "form": RemoveRaterForm(run=report.run),
        "add_form": AddReviewersForm(run=report.run),
        "unblinded_reviewers": unblinded_reviewers(report.run),
        "flagged_raters": flagged_raters(report.run),
        "habits": rater_habits(report),
    }


EVIDENCE: dict[str, Callable[[RunReport], dict[str, Any]]] = {
    "when": _when,
    "why": _why,
    "how": _how,
    "raters": _raters,
}


@require_safe
@project_view(Permission.LEAD)
def figures_json(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Return the output of `win_rates --json` as a file."""
    found = run_of(request, run_id)
    require_figures(request, found)
    report = build_report(found)
    response = JsonResponse(
        report_as_json(report) | judge_as_json(report), json_dumps_params={"indent": 1}
    )
    response["Content-Disposition"] = f'attachment; filename="run-{found.pk}.json"'
    return response


@require_safe
@project_view(Permission.LEAD)
def figures_csv(request: ProjectRequest, run_id: int) -> HttpResponseBase:
    """Return win rates, gates and votes as a CSV file, one line each."""
    found = run_of(request, run_id)
    require_figures(request, found)
    # Programs read the file, so it is in one language for everyone.
    with translation.override(settings.LANGUAGE_CODE):
        report = build_report(found)
        rows = [*table_of(report), *judge_table(report)]
    return csv_response(f"run-{found.pk}.csv", rows)


@require_POST
@project_view(Permission.LEAD)
def add_reviewers(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Add reviewers to an open run."""
    found = run_of(request, run_id)
    require_figures(request, found)
    form = AddReviewersForm(request.POST, run=found)
    if not form.is_valid():
        return _raters_page(request, found, add_form=form)
    people = form.cleaned_data["user_ids"]
    added = raters.add_reviewers(run_id=found.pk, user_ids=people, actor=request.user)
    names = listed([rater.name for rater in added])
    if added:
        messages.success(
            request,
            ngettext(
                "Added to the run: %(names)s. They can vote now.",
                "Added to the run: %(names)s. They can vote now.",
                len(added),
            )
            % {"names": names},
        )
    page = reverse("evaluation:run", args=[request.project.slug, found.pk])
    return redirect(f"{page}?show=raters#evidence")


def _raters_page(
    request: ProjectRequest, run: EvaluationRun, **forms: AddReviewersForm | RemoveRaterForm
) -> HttpResponse:
    """Render the raters with a form that was not accepted, its fields filled."""
    report = build_report(run)
    context = _summary(report) | _raters(report) | {"show": "raters", **forms}
    return render(request, "evaluation/results/run.html", context, status=422)


@require_POST
@project_view(Permission.LEAD)
def remove_rater(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Remove a rater by a rule."""
    found = run_of(request, run_id)
    require_figures(request, found)
    form = RemoveRaterForm(request.POST, run=found)
    if not form.is_valid():
        return _raters_page(request, found, form=form)
    rater = raters.remove_rater(actor=request.user, **form.cleaned_data)
    messages.success(
        request,
        gettext("%(rater)s is removed. All figures are without their votes.")
        % {"rater": rater.name},
    )
    return redirect("evaluation:run", request.project.slug, found.pk)


@require_POST
@project_view(Permission.LEAD)
def withdraw_unread_examples(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Withdraw the unserved examples in a language that too few reviewers read."""
    found = run_of(request, run_id)
    require_figures(request, found)
    form = WithdrawUnreadForm(request.POST)

    def act(language: str, reason: str) -> int:
        return withdraw_unread(
            run_id=found.pk, language=language, actor=request.user, reason=reason
        )

    withdrawn = form.perform(act)
    if withdrawn is None:
        report = build_report(found)
        context = _summary(report) | _when(report) | {"show": "when", "withdraw_form": form}
        return render(request, "evaluation/results/run.html", context, status=form.status)
    sentence = ngettext(
        "%(n)s example is withdrawn from the run.",
        "%(n)s examples are withdrawn from the run.",
        withdrawn,
    )
    messages.success(request, sentence % {"n": count(withdrawn)})
    return redirect("evaluation:run", request.project.slug, found.pk)
