"""Pages of the house voice: the rules with their findings, one rule with its trial, a file."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from datasets.curation.views.lookup import query_number
from datasets.inspections.voice_rules import VoiceKind, VoiceRule
from datasets.voice import actions
from datasets.voice.current import (
    current_ruleset,
    examples_with_findings,
    latest_inspection,
    rules_in,
    rules_of,
)
from datasets.voice.documents import checked, document_of
from datasets.voice.forms import VoiceFileForm, VoiceRuleForm
from datasets.voice.models import VoiceInspection
from datasets.voice.tasks import start
from datasets.voice.texts import KINDS, MEANINGS
from datasets.voice.trial import Trial, try_rule
from reviewapp.core.errors import DomainError
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission


@require_safe
@project_view(Permission.VIEW)
def voice(request: ProjectRequest) -> HttpResponse:
    """Show the rules, each with the number of examples that contradict it."""
    return _list(request, VoiceFileForm())


def _list(request: ProjectRequest, form: VoiceFileForm) -> HttpResponse:
    ruleset = current_ruleset(request.project)
    counts = examples_with_findings(request.project)
    context = {
        "rules": [(rule, KINDS[rule.kind], counts.get(rule.code, 0)) for rule in rules_in(ruleset)],
        "ruleset": ruleset,
        "inspection": latest_inspection(request.project),
        "kinds": [(kind.value, KINDS[kind], MEANINGS[kind]) for kind in VoiceKind],
        "may_lead": Permission.LEAD in request.permissions,
        "may_curate": Permission.CURATE in request.permissions,
        "form": form,
        "seen": ruleset.number if ruleset else 0,
    }
    return render(request, "datasets/voice/voice.html", context, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def new_rule(request: ProjectRequest, kind: str) -> HttpResponse:
    """Write a rule of a kind, try it, and save it."""
    if kind not in {*map(str, VoiceKind)}:
        raise Http404("No such kind of rule.")
    taken = frozenset(rule.key for rule in rules_of(request.project))
    form = VoiceRuleForm(
        request.POST or None, project=request.project, kind=VoiceKind(kind), taken=taken
    )
    return _rule_page(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def edit_rule(request: ProjectRequest, key: str) -> HttpResponse:
    """Change a rule, try it, and save it."""
    rule = next((rule for rule in rules_of(request.project) if rule.key == key), None)
    if rule is None:
        raise Http404("No such rule.")
    form = VoiceRuleForm(request.POST or None, project=request.project, kind=rule.kind, rule=rule)
    return _rule_page(request, form)


def _rule_page(request: ProjectRequest, form: VoiceRuleForm) -> HttpResponse:
    trial = None
    if "try" in request.POST:
        trial = form.perform(partial(_trial, request))
    elif request.method == "POST":
        save = partial(
            actions.save_rule, project=request.project, seen=_seen(request), actor=request.user
        )
        if inspection := form.perform(save):
            return _saved(request, inspection, gettext("Rule saved."))
    ruleset = current_ruleset(request.project)
    context: dict[str, Any] = {
        "form": form,
        "rule": form.rule,
        "kind": KINDS[form.kind],
        "meaning": MEANINGS[form.kind],
        "trial": trial,
        "seen": request.POST.get("seen") or (ruleset.number if ruleset else 0),
    }
    return render(request, "datasets/voice/voice_rule.html", context, status=form.status)


def _trial(request: ProjectRequest, rule: VoiceRule) -> Trial:
    return try_rule(request.project, checked(rule), request.user)


@require_POST
@project_view(Permission.LEAD)
def remove_rule(request: ProjectRequest, key: str) -> HttpResponse:
    """Remove a rule and its findings."""
    try:
        removed = actions.remove_rule(
            project=request.project, key=key, seen=_seen(request), actor=request.user
        )
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("datasets:voice", slug=request.project.slug)
    return _saved(request, removed, gettext("Rule removed."))


@require_POST
@project_view(Permission.LEAD)
def import_rules(request: ProjectRequest) -> HttpResponse:
    """Replace all rules by those of a file."""
    form = VoiceFileForm(request.POST, request.FILES)
    replace_all = partial(
        actions.import_rules, project=request.project, seen=_seen(request), actor=request.user
    )
    if inspection := form.perform(replace_all):
        return _saved(request, inspection, gettext("Rules imported."))
    return _list(request, form)


@require_safe
@project_view(Permission.VIEW)
def export_rules(request: ProjectRequest) -> HttpResponse:
    """Return the rules as a file that an import reads."""
    response = JsonResponse(
        document_of(rules_of(request.project)),
        json_dumps_params={"indent": 2, "ensure_ascii": False},
    )
    name = f"{request.project.slug}-voice.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
@project_view(Permission.LEAD)
def repeat_inspection(request: ProjectRequest) -> HttpResponse:
    """Inspect all examples by the rules once more."""
    again = actions.repeat_inspection(project=request.project, actor=request.user)
    return _saved(request, again, gettext("All examples are inspected again."))


@require_safe
@project_view(Permission.VIEW)
def progress(request: ProjectRequest) -> HttpResponse:
    """Return the progress of the inspection; reload the whole page when it is over."""
    inspection = latest_inspection(request.project)
    if inspection is None or inspection.is_over:
        return HttpResponseClientRefresh()
    context = {"inspection": inspection, "slug": request.project.slug}
    return render(request, "datasets/voice/_progress.html", context)


def _saved(request: ProjectRequest, inspection: VoiceInspection | None, text: str) -> HttpResponse:
    start(inspection)
    if inspection is not None:
        messages.success(request, text)
    return redirect("datasets:voice", slug=request.project.slug)


def _seen(request: ProjectRequest) -> int:
    return query_number(request.POST, "seen") or 0
