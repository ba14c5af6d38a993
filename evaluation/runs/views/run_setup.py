"""The set-up page of a run: terms, intents, progress of its answers, and actions."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evaluation.batches.actions.starting import batch_models, start_with_batches
from evaluation.batches.tasks import BATCHES
from evaluation.gates import GateSettings
from evaluation.gates.planning import Assumption
from evaluation.gates.texts import limit_lines
from evaluation.results.actions.run_actions import RUN_ACTION_HANDLERS
from evaluation.results.remedies import new_run_address
from evaluation.runs.actions import generation, run_setup, runs
from evaluation.runs.actions.identical import count_identical
from evaluation.runs.actions.run_copy import copy_run
from evaluation.runs.answer_review import answers_to_review, needs_decision
from evaluation.runs.forms.planning import AssumptionForm, assumption_of
from evaluation.runs.forms.run_setup import GenerationForm, IntentGroupsForm, RunActionForm
from evaluation.runs.forms.terms import TermsForm
from evaluation.runs.generation_forecast import forecast_generation
from evaluation.runs.lifecycle import RunAction, RunState, run_actions_in
from evaluation.runs.models import EvaluationRun
from evaluation.runs.permissions import figures_denied_reason
from evaluation.runs.planning_summary import VotingTerms, forecast_of_run
from evaluation.runs.reading import short_languages
from evaluation.runs.repeats import run_number
from evaluation.runs.reviewer_title import reviewer_title
from evaluation.runs.setup_summary import (
    IntentRow,
    criterion_texts,
    delays,
    endpoint_notes,
    failures,
    intent_rows,
    intents_gate,
    prompt_source,
    sampling_texts,
    shared_examples,
    similar_intents,
    unblinded_reviewers,
    unexpected_models,
)
from evaluation.runs.small_intents import (
    merge_small_intents,
    small_intents,
    watch_small_intents,
)
from evaluation.runs.stored_answers import reused_in, reuses_by_default
from evaluation.runs.tasks import ANSWERS
from evaluation.runs.terms import IntentTerms, RunTerms, Sampling
from evaluation.runs.trained_matches import trained_matches_of
from evaluation.runs.withdrawal_choices import withdrawal_choices
from reviewapp.core import formats
from reviewapp.core.errors import DomainError, InvalidInput
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.models import User
from reviewapp.people.permissions import Permission

# htmx stops polling at this status.
STOP_POLLING = 286
SETUP_STATES = {RunState.DRAFT, RunState.GENERATING}
RELATED = ("candidate__endpoint", "baseline__endpoint", "dataset_version", "project")


def _run(request: ProjectRequest, run_id: int) -> EvaluationRun:
    return get_object_or_404(
        EvaluationRun.objects.select_related(*RELATED), pk=run_id, project=request.project
    )


@require_safe
@project_view(Permission.LEAD)
def setup(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Show the set-up of a run and the progress of its answers."""
    return _page(request, _run(request, run_id))


def _page(
    request: ProjectRequest,
    run: EvaluationRun,
    arrangement: IntentGroupsForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    assumed, assumption_form = assumption_of(request.GET.dict())
    rows = intent_rows(run, assumed)
    state = RunState(run.state)
    progress = generation.answer_progress(run)
    terms = run_setup.current_terms(run)
    context = {
        "run": run,
        **_terms(run, terms),
        "intents_gate": intents_gate(rows),
        "number": run_number(run),
        "raters": run.raters.filter(removed_at__isnull=True),
        "unblinded_reviewers": unblinded_reviewers(run),
        "trained": trained_matches_of(run),
        "opening_errors": runs.opening_errors(run) if state in SETUP_STATES else [],
        "similar_intents": similar_intents(run) if state in SETUP_STATES else [],
        "short_languages": [language.message() for language in short_languages(run)],
        "arrangement": arrangement
        or IntentGroupsForm(rows=rows, is_watch_only=_is_watch_only(run)),
        **_small(run, rows, terms.gates),
        "may": {action.value for action in run_actions_in(state, has_answers=run.has_answers)},
        "progress": progress,
        "is_polling": _is_polling(run, progress),
        "created": run.events.filter(action="create_run").first(),
        "stop_reason": generation.stop_reason(run),
    }
    if progress.total:
        context |= _answers(run, request.user)
    if state in SETUP_STATES:
        context |= {**_generation(run), **_plan(run, assumed, assumption_form)}
    return render(request, "evaluation/runs/run_setup.html", context, status=status)


def _terms(run: EvaluationRun, terms: RunTerms) -> dict[str, Any]:
    """Return the part of the context about the terms, as texts."""
    return {
        "terms": terms,
        "limits": limit_lines(terms.gates.operational),
        "shared": shared_examples(run, terms),
        "criteria": criterion_texts(terms),
        "prompt_source": prompt_source(run),
        "reviewer_title": reviewer_title(run),
        "sampling": [] if run.has_answers else sampling_texts(Sampling.from_json(run.sampling)),
    }


def _small(
    run: EvaluationRun, rows: Sequence[IntentRow], settings: GateSettings
) -> dict[str, object]:
    """Return the part of the context about intents that are too small for a gate."""
    return {"small": small_intents(rows, settings), "larger_set": new_run_address(run)}


def _plan(run: EvaluationRun, assumed: Assumption, form: AssumptionForm) -> dict[str, Any]:
    """Return the part of the context about how the run would end."""
    terms = VotingTerms(
        raters=run.raters.filter(removed_at__isnull=True).count(),
        votes_per_example=run.votes_per_example,
        overlap_percent=run.overlap_percent,
        overlap_votes=run.overlap_votes,
    )
    return {
        "forecast": forecast_of_run(run, terms, assumed),
        "form": form,
        "short_languages": [language.message() for language in short_languages(run)],
    }


def _generation(run: EvaluationRun) -> dict[str, Any]:
    """Return the part of the context about what generating the answers of a draft would take."""
    if run.state != RunState.DRAFT or run.has_answers:
        return {}
    forecast = forecast_generation(run)
    saved = forecast.saved_usd
    form = GenerationForm(
        initial={"reuse_answers": reuses_by_default(run)},
        reusable=forecast.reusable,
        saved=f"${formats.decimal(saved, 4)}" if saved else "",
        by_batch=[model.name for model in batch_models(run)],
    )
    return {
        "generation": forecast,
        "generation_form": form,
        "can_batch": bool(batch_models(run)),
    }


@require_safe
@project_view(Permission.LEAD)
def plan(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Return how the run would end at what is assumed, for a change of the form."""
    run = _run(request, run_id)
    if run.state not in SETUP_STATES:
        return redirect("evaluation:run", request.project.slug, run.pk)
    assumed, form = assumption_of(request.GET.dict())
    context = {"run": run, **_plan(run, assumed, form)}
    return render(request, "evaluation/runs/_plan.html", context)


def _answers(run: EvaluationRun, user: User) -> dict[str, Any]:
    """Return the part of the context about answers, once some were requested."""
    is_reviewed = run.state in SETUP_STATES
    to_review = answers_to_review(run) if is_reviewed else []
    return {
        "failures": failures(run),
        "delays": delays(run),
        "endpoint_notes": endpoint_notes(run, timezone.now()),
        "unexpected_models": unexpected_models(run),
        "to_review": to_review,
        "batches": run.batches.select_related("model_version").order_by("pk"),
        "reused": [] if figures_denied_reason(user, run) else reused_in(run),
        "identical": count_identical(run),
        "withdrawals": withdrawal_choices(run) if is_reviewed else [],
        "has_marks": any(model.has_marks for model in to_review),
    }


def _is_watch_only(run: EvaluationRun) -> bool:
    return GateSettings.from_json(run.gate_settings).t_intent is None


def _is_polling(run: EvaluationRun, progress: generation.AnswerProgress) -> bool:
    if run.state != RunState.GENERATING or run.paused:
        return False
    if progress.finished < progress.total:
        return True
    # A finished run opens by itself, unless it waits for the lead.
    return not progress.failed and not needs_decision(run)


@require_safe
@project_view(Permission.LEAD)
def progress(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Return the progress bar for a poll; reload the page when the state has changed."""
    run = _run(request, run_id)
    counted = generation.answer_progress(run)
    is_polling = _is_polling(run, counted)
    context = {"run": run, "progress": counted, "is_polling": is_polling}
    response = render(request, "evaluation/runs/_run_progress.html", context)
    if not is_polling:
        response.status_code = STOP_POLLING
        response["HX-Refresh"] = "true"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def terms(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Change the terms of a run before it opens."""
    run = _run(request, run_id)
    now = run_setup.current_terms(run)
    initial = TermsForm.initial_of(now)
    if RunAction.CHANGE_TERMS not in run_actions_in(RunState(run.state)):
        messages.info(request, gettext("The terms are fixed since the run opened."))
        return redirect("evaluation:run_setup", request.project.slug, run.pk)
    knows = run.created_by_id if run.has_answers else None
    form = TermsForm(request.POST or None, project=request.project, knows=knows, initial=initial)
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            _change(run, form.cleaned_data["terms"], list(now.intents), request.user)
        except DomainError as error:
            form.add_error(None, str(error))
            status = 409
        else:
            messages.success(request, gettext("Saved. The terms are fixed when the run opens."))
            return redirect("evaluation:run_setup", request.project.slug, run.pk)
    return render(
        request, "evaluation/runs/run_terms.html", {"form": form, "run": run}, status=status
    )


def _change(
    run: EvaluationRun, changed: RunTerms, intents: list[IntentTerms], actor: User
) -> EvaluationRun:
    """Store these terms with these intents."""
    names = RunTerms.__dataclass_fields__
    kept: dict[str, Any] = {name: getattr(changed, name) for name in names}
    terms = RunTerms(**kept | {"intents": tuple(intents)})
    return run_setup.change_terms(run_id=run.pk, terms=terms, actor=actor)


@require_POST
@project_view(Permission.LEAD)
def group_intents(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Store the groups of the intents, as entered or as one of the two buttons proposes."""
    run = _run(request, run_id)
    rows = intent_rows(run)
    form = IntentGroupsForm(request.POST, rows=rows, is_watch_only=_is_watch_only(run))
    proposal = request.POST.get("small", "")
    try:
        if proposal == "merge":
            settings = GateSettings.from_json(run.gate_settings)
            intents = merge_small_intents(rows, settings)
        elif proposal == "watch":
            intents = watch_small_intents(rows)
        elif form.is_valid():
            intents = list(form.intents())
        else:
            return _page(request, run, form, status=422)
        _change(run, run_setup.current_terms(run), intents, request.user)
    except InvalidInput as error:
        form.add_error(None, str(error))
        return _page(request, run, form, status=409)
    messages.success(request, gettext("The intents are grouped."))
    return redirect("evaluation:run_setup", request.project.slug, run.pk)


@require_POST
@project_view(Permission.LEAD)
def copy(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Set up the same answers again, and show the set-up at its intents."""
    made = copy_run(run_id=_run(request, run_id).pk, actor=request.user)
    messages.success(request, gettext("The same answers are set up again, in a new order."))
    address = reverse("evaluation:run_setup", args=[request.project.slug, made.pk])
    return redirect(f"{address}#intents")


@require_POST
@project_view(Permission.LEAD)
def act(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Perform an action on the run, then show its page."""
    run = _run(request, run_id)
    form = RunActionForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(gettext("Unknown action. Reload the page."))
    action = RunAction(form.cleaned_data["act"])
    if action not in RUN_ACTION_HANDLERS:
        raise InvalidInput(gettext("This action has its own page."))
    if action == RunAction.START_GENERATION:
        _start_generation(request, run)
    else:
        RUN_ACTION_HANDLERS[action](run.pk, request.user, form.cleaned_data["reason"])
    ANSWERS.send_due()
    run.refresh_from_db()
    page = "evaluation:run_setup" if run.state in SETUP_STATES else "evaluation:run"
    return redirect(page, request.project.slug, run.pk)


def _start_generation(request: ProjectRequest, run: EvaluationRun) -> None:
    form = GenerationForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(gettext("Unknown choice. Reload the page."))
    reuse = form.cleaned_data["reuse_answers"]
    if form.cleaned_data["by_batch"]:
        fallback = form.cleaned_data["fallback"]
        start_with_batches(
            run_id=run.pk, actor=request.user, reuse_answers=reuse, fallback=fallback
        )
        BATCHES.send_due()
    else:
        generation.start_generation(run_id=run.pk, actor=request.user, reuse_answers=reuse)
