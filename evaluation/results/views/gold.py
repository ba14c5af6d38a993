"""The gold checks of a project, for leads: write one, take one from a closed run, retire one."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from datasets.curation.models import Policy
from evaluation.results.reports.gold import gold_rows
from evaluation.results.views.run import run_of
from evaluation.runs.actions import gold_checks
from evaluation.runs.gold import gold_denied_reason
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import Comparison, EvaluationRun, GoldAnswer, GoldCheck
from evaluation.voting.rendering import render_answers, render_prompt
from reviewapp.core.errors import PermissionDeniedError
from reviewapp.core.forms import ActionForm
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.models import Project
from reviewapp.people.permissions import Permission

_TEXT: dict[str, Any] = {
    "max_length": gold_checks.MAX_TEXT_LENGTH,
    "widget": forms.Textarea(attrs={"rows": 3, "data-autogrow": True, "dir": "auto"}),
}


class AgreedForm(ActionForm):
    """The agreed answer and its reason: the arguments of `gold_checks.add_compared`."""

    expected = forms.ChoiceField(
        label=_("Agreed answer"), choices=GoldAnswer.choices, widget=forms.RadioSelect
    )
    explanation = forms.CharField(
        label=_("Why"),
        max_length=gold_checks.MAX_EXPLANATION_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2, "data-autogrow": True, "dir": "auto"}),
        help_text=_("Reviewers read it after their choice in a training round."),
    )


class WrittenForm(AgreedForm):
    """The arguments of `gold_checks.add_written`."""

    question = forms.CharField(label=_("Customer message"), **_TEXT)
    first = forms.CharField(label=_("First answer"), **_TEXT)
    second = forms.CharField(label=_("Second answer"), **_TEXT)
    policies = forms.MultipleChoiceField(
        label=_("Policies"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose what a comparison like this names, or reviewers may recognise it."),
    )

    field_order = ("question", "first", "second", "policies", "expected", "explanation")

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        policies = Policy.objects.filter(project=project).order_by("title")
        self.fields["policies"].choices = policies.values_list("slug", "title")  # type: ignore[attr-defined]


def _require_allowed(request: ProjectRequest) -> None:
    if reason := gold_denied_reason(request.user, request.project):
        raise PermissionDeniedError(reason)


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def gold(request: ProjectRequest) -> HttpResponse:
    """List the gold checks of the project, and write a new one."""
    _require_allowed(request)
    form = WrittenForm(request.POST or None, project=request.project)
    add = partial(gold_checks.add_written, project=request.project, actor=request.user)
    if request.method == "POST" and form.perform(add) is not None:
        messages.success(request, gettext("Added. Runs that open from now on can use it."))
        return redirect("evaluation:gold", request.project.slug)
    closed = EvaluationRun.objects.filter(project=request.project, state=RunState.CLOSED)
    context = {
        "form": form,
        "rows": gold_rows(request.project),
        "closed_run": closed.exclude(opened_at=None).order_by("-pk").first(),
    }
    return render(request, "evaluation/results/gold.html", context, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def gold_from_run(request: ProjectRequest, run_id: int, position: int) -> HttpResponse:
    """Show a comparison of a closed run, to take it as a gold check."""
    _require_allowed(request)
    run = run_of(request, run_id)
    comparison = get_object_or_404(Comparison.objects.filter(run=run), position=position)
    form = AgreedForm(request.POST or None)
    add = partial(gold_checks.add_compared, comparison_id=comparison.pk, actor=request.user)
    if request.method == "POST" and form.perform(add) is not None:
        messages.success(request, gettext("Added. Runs that open from now on can use it."))
        return redirect("evaluation:gold", request.project.slug)
    answers = dict(comparison.answers.values_list("model_version_id", "text"))
    texts = [answers.get(model, "") for model in (run.candidate_id, run.baseline_id)]
    context = {
        "form": form,
        "run": run,
        "comparison": comparison,
        "prompt": render_prompt(comparison.prompt),
        "texts": render_answers(*texts),
    }
    return render(request, "evaluation/results/gold_from_run.html", context, status=form.status)


@require_POST
@project_view(Permission.LEAD)
def retire_gold(request: ProjectRequest, gold_check_id: int) -> HttpResponse:
    """Retire a gold check."""
    check = get_object_or_404(GoldCheck, pk=gold_check_id, project=request.project)
    gold_checks.retire(gold_check_id=check.pk, actor=request.user)
    messages.success(request, gettext("Retired. It counts in no accuracy any more."))
    return redirect("evaluation:gold", request.project.slug)
