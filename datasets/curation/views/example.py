"""The page of an example, and the comparison of two of its revisions."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from datasets.conversations.comparison import label_changes, message_changes
from datasets.curation.actions import content_of
from datasets.curation.views.conflicts import edit_conflict
from datasets.curation.views.deleted import deleted_page
from datasets.curation.views.drafts import draft_content
from datasets.curation.views.editor import saved_editor, typed_editor
from datasets.curation.views.example_page import render_example
from datasets.curation.views.lookup import example_or_404, query_number, revision_or_404
from datasets.curation.views.opened import opened_or_404
from datasets.duplicates.typed import Typist
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission


@require_safe
@project_view(Permission.VIEW)
def example(request: ProjectRequest, example_id: int) -> HttpResponse:
    """Show an example; with ?draft=keep the user's unsaved changes."""
    try:
        opened = opened_or_404(request, example_id)
    except Http404:
        if page := deleted_page(request, example_id):
            return page
        raise
    draft, content = opened.draft, content_of(opened.revision)
    if draft is None or request.GET.get("draft") != "keep":
        editor = saved_editor(opened.revision, content, request.permissions)
        return render_example(request, opened, editor)
    if draft.base_number != opened.revision.number:
        base = revision_or_404(opened.example, draft.base_number)
        return edit_conflict(request, base, draft_content(draft, content_of(base)))
    typist = Typist(request.user, opened.example.pk)
    editor = typed_editor(draft.content, request.project, typist, base=content)
    return render_example(request, opened, editor)


@require_safe
@project_view(Permission.VIEW)
def changes(request: ProjectRequest, example_id: int) -> HttpResponse:
    """Show the changes between two revisions, word by word."""
    found = example_or_404(request, example_id)
    to = revision_or_404(found, query_number(request.GET, "to") or found.latest_number)
    earlier = revision_or_404(found, query_number(request.GET, "from") or max(1, to.number - 1))
    before, after = content_of(earlier), content_of(to)
    context = {
        "example": found,
        "earlier": earlier,
        "later": to,
        "messages_changed": message_changes(before.messages, after.messages),
        "labels_changed": label_changes(before, after),
        "tools_changed": before.tools != after.tools,
        "revisions": found.revisions.select_related("author").defer("messages", "tools"),
    }
    return render(request, "datasets/curation/changes.html", context)
