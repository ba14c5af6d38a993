"""The page of a project's system messages."""

from collections.abc import Iterable
from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from datasets.conversations.words import base_language
from datasets.curation.system_messages import system_messages_of
from datasets.removals.actions import latest_removal
from datasets.removals.models import Subject
from datasets.removals.tasks import start
from datasets.system_messages import actions
from datasets.system_messages.current import examples_without
from datasets.system_messages.forms import SystemMessagesForm, field_name
from datasets.system_messages.proposals import proposed_messages
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.models import Project
from reviewapp.people.permissions import Permission


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def system_messages(request: ProjectRequest) -> HttpResponse:
    """Show and change what is put before examples without a system message."""
    project = request.project
    stored = system_messages_of(project)
    proposed = {} if stored else proposed_messages(project)
    form = SystemMessagesForm(
        request.POST or None,
        languages=_languages(project, stored),
        initial={
            "requires_system_message": project.requires_system_message,
            **{field_name(code): text for code, text in (stored or proposed).items()},
        },
    )
    change = partial(actions.change_system_messages, project_id=project.pk, actor=request.user)
    if request.method == "POST":
        started = form.perform(change)
        if not form.errors:
            messages.success(request, _saved_text(is_done=start(started)))
            return redirect("datasets:system_messages", slug=project.slug)
    removal = latest_removal(project, Subject.MISSING_SYSTEM)
    context = {
        "form": form,
        "is_proposal": bool(proposed) and request.method != "POST",
        "missing": examples_without(project),
        "has_texts": bool(stored),
        "removal": removal if removal and not removal.is_over else None,
    }
    page = "datasets/system_messages/system_messages.html"
    return render(request, page, context, status=form.status)


def _saved_text(*, is_done: bool) -> str:
    if is_done:
        return gettext("Saved.")
    return gettext("Saved. Findings that are no longer wanted are being taken away.")


def _languages(project: Project, stored: Iterable[str]) -> list[str]:
    """Return the languages with a text of their own; none where one text is for all."""
    kept = {code for code in stored if code}
    known = {base_language(code) for code in project.languages}
    return sorted(kept | (known if len(known) > 1 else set()))
