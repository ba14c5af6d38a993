"""Views of the editor: new examples, revisions, drafts, and the check of unsaved text."""

from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from datasets.conversations.chat import Content
from datasets.conversations.diffs import word_diff
from datasets.curation import actions as examples
from datasets.curation.actions import Origin, StaleDraft, content_of
from datasets.curation.actions.visits import end_visit, note_visit
from datasets.curation.editing import apply_editor_step, row_from_fields
from datasets.curation.forms.examples import (
    DraftForm,
    EditorForm,
    RevisionForm,
    WordsForm,
    first_errors,
)
from datasets.curation.models import Revision
from datasets.curation.presence import NO_OTHERS, others_at
from datasets.curation.system_messages import system_messages_of, text_for
from datasets.curation.texts import MANUAL_SOURCE
from datasets.curation.views.conflicts import edit_conflict
from datasets.curation.views.drafts import compare_typed
from datasets.curation.views.editor import typed_editor, with_tools
from datasets.curation.views.example_page import (
    go_to_example,
    label_choices,
    render_example,
)
from datasets.curation.views.lookup import draft_of, example_or_404, revision_or_404
from datasets.curation.views.opened import opened_or_404
from datasets.duplicates.typed import NO_EXAMPLE, Typist
from reviewapp.core.errors import InvalidInput, StaleRevision
from reviewapp.core.forms import ActionForm
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.models import Project
from reviewapp.people.permissions import Permission

MANUAL_ORIGIN = Origin(source=MANUAL_SOURCE)


@require_POST
@project_view(Permission.CURATE)
def save(request: ProjectRequest, example_id: int) -> HttpResponse:
    """Save a new revision; show the edit conflict if there is a newer one."""
    example = example_or_404(request, example_id)
    form = RevisionForm(request.POST)

    def revise(base_number: int, content: Content, note: str) -> Revision:
        base = revision_or_404(example, base_number)
        return examples.revise(
            example_id=example.pk,
            base_number=base.number,
            content=with_tools(content, content_of(base)),
            actor=request.user,
            note=note,
        )

    try:
        revision = form.perform(revise)
    except StaleRevision:
        base = revision_or_404(example, form.cleaned_data["base_number"])
        content = with_tools(form.cleaned_data["content"], content_of(base))
        return edit_conflict(request, base, content)
    if revision is None:
        return _render_typed(request, example_id, form)
    messages.success(
        request, gettext("Saved as revision %(number)s.") % {"number": revision.number}
    )
    return go_to_example(request, example)


@require_POST
@project_view(Permission.CURATE)
def rearrange(request: ProjectRequest, example_id: int) -> HttpResponse:
    """Add, move or remove a message without a script; nothing is stored."""
    return _render_typed(request, example_id)


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.CURATE)
def new_example(request: ProjectRequest) -> HttpResponse:
    """Show the editor of a new example, and create it."""
    if request.method != "POST":
        return _render_new(request, _first_messages(request.project), is_first=True)
    if "step" in request.POST:
        row = apply_editor_step(row_from_fields(request.POST), request.POST["step"])
        return _render_new(request, row)
    form = EditorForm(request.POST)
    create = partial(
        examples.create_example,
        project=request.project,
        actor=request.user,
        origin=MANUAL_ORIGIN,
    )
    example = form.perform(create)
    if example is None:
        return _render_new(request, row_from_fields(request.POST), form)
    messages.success(request, gettext("Created as a draft. Submit it when it is ready."))
    path = reverse("datasets:example", args=[request.project.slug, example.pk])
    return redirect(f"{path}?created")


@require_POST
@project_view(Permission.CURATE)
def keep_draft(request: ProjectRequest, example_id: int) -> HttpResponse:
    """Store unsaved changes; the response is JSON for the script."""
    example = example_or_404(request, example_id)
    form = DraftForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"message": " ".join(first_errors(form))}, status=422)
    try:
        draft = examples.save_draft(
            example_id=example.pk,
            user=request.user,
            content=row_from_fields(request.POST),
            **form.cleaned_data,
        )
    except (StaleDraft, InvalidInput) as error:
        return JsonResponse({"message": str(error)}, status=409)
    at = timezone.localtime(draft.updated_at).strftime("%H:%M")
    return JsonResponse({"version": draft.version, "at": at})


@require_POST
@project_view(Permission.CURATE)
def presence(request: ProjectRequest, example_id: int) -> HttpResponse:
    """Note that the user has an example open, and show who else is there; its page asks often."""
    example = example_or_404(request, example_id)
    note_visit(example_id=example.pk, user=request.user)
    others = others_at([example.pk], request.user, request.permissions)
    present = others.get(example.pk, NO_OTHERS)
    context = {"example": example, "slug": request.project.slug, "present": present}
    return render(request, "datasets/curation/_presence.html", context)


@require_POST
@project_view(Permission.CURATE)
def leave(request: ProjectRequest, example_id: int) -> HttpResponse:
    """Note that the user has left the page of an example; the script sends it."""
    example = example_or_404(request, example_id)
    end_visit(example_id=example.pk, user=request.user)
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@require_POST
@project_view(Permission.CURATE)
def discard_draft(request: ProjectRequest, example_id: int) -> HttpResponse:
    """Delete unsaved changes and show the saved revision."""
    example = example_or_404(request, example_id)
    examples.discard_draft(example_id=example.pk, user=request.user)
    messages.info(request, gettext("Unsaved changes discarded."))
    return go_to_example(request, example)


@require_POST
@project_view(Permission.CURATE)
def draft_differences(request: ProjectRequest, example_id: int) -> HttpResponse:
    """Show the differences of the posted text from the draft, or else from the saved revision."""
    example = example_or_404(request, example_id)
    revision = revision_or_404(example, example.latest_number)
    draft = draft_of(request, example)
    comparison = compare_typed(row_from_fields(request.POST), revision, draft)
    return render(request, "datasets/curation/_differences.html", {"comparison": comparison})


@require_POST
@project_view(Permission.CURATE)
def check(request: ProjectRequest, example_id: int | None = None) -> HttpResponse:
    """Count tokens of unsaved text and inspect it, without storing it."""
    base = None
    if example_id is not None:
        example = example_or_404(request, example_id)
        base = content_of(revision_or_404(example, example.latest_number))
    typist = Typist(request.user, example_id or NO_EXAMPLE)
    editor = typed_editor(row_from_fields(request.POST), request.project, typist, base=base)
    return render(request, "datasets/curation/_check.html", {"editor": editor, "is_live": True})


@require_POST
@project_view(Permission.CURATE)
def word_changes(request: ProjectRequest) -> HttpResponse:
    """Show the changes between two texts, word by word."""
    form = WordsForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(" ".join(first_errors(form)))
    before, after = (form.cleaned_data[name].replace("\r\n", "\n") for name in ("before", "after"))
    return render(request, "datasets/curation/_pieces.html", {"pieces": word_diff(before, after)})


def _render_typed(
    request: ProjectRequest, example_id: int, form: ActionForm | None = None
) -> HttpResponse:
    """Show the page with what was typed, after a step of the editor or an error."""
    opened = opened_or_404(request, example_id)
    editor = typed_editor(
        apply_editor_step(row_from_fields(request.POST), request.POST.get("step", "")),
        request.project,
        Typist(request.user, example_id),
        base=content_of(opened.revision),
        note=request.POST.get("note", ""),
    )
    return render_example(request, opened, editor, form=form)


def _render_new(
    request: ProjectRequest,
    row: dict[str, Any],
    form: ActionForm | None = None,
    *,
    is_first: bool = False,
) -> HttpResponse:
    editor = typed_editor(row, request.project, Typist(request.user))
    if is_first:
        # The empty messages of the first page are not findings yet.
        editor = replace(
            editor, findings=[], not_inspected_reason=gettext("Findings appear here as you type.")
        )
    errors = first_errors(form) if form else []
    context = {"editor": editor, "errors": errors, **label_choices(request.project, editor)}
    status = form.status if form else 200
    return render(request, "datasets/curation/new_example.html", context, status=status)


def _first_messages(project: Project) -> dict[str, Any]:
    """Return a row with the system message of the project, or of its newest example, and two turns.

    The turns are empty.
    """
    language = project.languages[0] if len(project.languages) == 1 else ""
    system = text_for(system_messages_of(project), language)
    newest = None if system else project.examples.order_by("-pk").first()
    if newest is not None:
        first = newest.latest_revision.messages[0]
        system = first["content"] if first["role"] == "system" else ""
    turns = [("system", system), ("user", ""), ("assistant", "")]
    return {
        "messages": [{"role": role, "content": text} for role, text in turns],
        "intent": "",
        "language": language,
        "tags": [],
        "policies": [],
    }
