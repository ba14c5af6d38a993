"""Two people edited the same example: both texts side by side, and nothing is lost."""

from contextlib import suppress

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from datasets.conversations.chat import Content
from datasets.conversations.comparison import merge, merge_labels, merge_rows
from datasets.curation import actions as examples
from datasets.curation.actions import StaleDraft, content_of
from datasets.curation.editing import edited_messages, row_from_content
from datasets.curation.forms.examples import ResolutionForm, first_errors
from datasets.curation.models import Revision
from datasets.curation.views.example_page import go_to_example
from datasets.curation.views.lookup import draft_of, example_or_404, revision_or_404
from reviewapp.core.errors import InvalidInput, PermissionDeniedError, StaleRevision
from reviewapp.core.messages import message
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission


def edit_conflict(request: ProjectRequest, base: Revision, mine: Content) -> HttpResponse:
    """Show what the person typed over `base` beside the revision that stands now."""
    example = base.example
    theirs = revision_or_404(example, example.latest_number)
    _keep(request, base, mine)
    stood, their_content = content_of(base), content_of(theirs)
    edited = edited_messages(mine.messages)
    rows = merge_rows(stood.messages, mine.messages, their_content.messages)
    context = {
        "example": example,
        "base": base,
        "theirs": theirs,
        "rows": [(row, None if row.mine_index is None else edited[row.mine_index]) for row in rows],
        "labels": merge_labels(stood, mine, their_content),
        "mine": row_from_content(mine),
        "tags": ", ".join(mine.tags),
    }
    return render(request, "datasets/curation/edit_conflict.html", context, status=409)


@require_POST
@project_view(Permission.CURATE)
def resolve(request: ProjectRequest, example_id: int) -> HttpResponse:
    """Save what the person chose, message by message, as a revision over theirs."""
    example = example_or_404(request, example_id)
    form = ResolutionForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(" ".join(first_errors(form)))
    theirs = revision_or_404(example, form.cleaned_data["their_number"])
    content = merge(
        form.cleaned_data["content"],
        content_of(theirs),
        choices=form.cleaned_data["choices"],
        their_labels=form.cleaned_data["their_labels"],
    )
    if content == content_of(theirs):
        examples.discard_draft(example_id=example.pk, user=request.user)
        messages.info(request, f"Kept revision {theirs.number}; your changes were discarded.")
        return go_to_example(request, example)
    try:
        examples.revise(
            example_id=example.pk,
            base_number=theirs.number,
            content=content,
            actor=request.user,
            note=message("curation.merged", number=theirs.number),
        )
    except StaleRevision:
        return edit_conflict(request, theirs, content)
    messages.success(request, f"Saved as revision {theirs.number + 1}.")
    return go_to_example(request, example)


def _keep(request: ProjectRequest, base: Revision, mine: Content) -> None:
    """Keep what was typed as a draft too, in case this page is closed."""
    draft = draft_of(request, base.example)
    # Where the person has saved meanwhile or may not edit any more, this page alone holds it.
    with suppress(StaleDraft, PermissionDeniedError):
        examples.save_draft(
            example_id=base.example_id,
            user=request.user,
            base_number=base.number,
            version=draft.version + 1 if draft else 1,
            content=row_from_content(mine),
        )
