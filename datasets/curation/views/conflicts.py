"""The edit conflict page: both versions side by side, to be merged into a new revision."""

from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from datasets.conversations.chat import Content
from datasets.conversations.comparison import (
    Choice,
    MergeRow,
    Side,
    merge,
    merge_labels,
    merge_rows,
)
from datasets.curation import actions as examples
from datasets.curation.actions import StaleDraft, content_of
from datasets.curation.editing import edited_messages, row_from_content, row_from_fields
from datasets.curation.forms.examples import ResolutionForm, first_errors
from datasets.curation.models import GoldenExample, Revision
from datasets.curation.views.drafts import draft_content, typed_content
from datasets.curation.views.example_page import go_to_example
from datasets.curation.views.lookup import draft_of, example_or_404, revision_or_404
from datasets.curation.views.places import kept_query
from reviewapp.core.errors import InvalidInput, PermissionDeniedError, StaleRevision
from reviewapp.core.messages import message
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.models import User
from reviewapp.people.permissions import Permission


def edit_conflict(
    request: ProjectRequest, base: Revision, mine: Content, form: ResolutionForm | None = None
) -> HttpResponse:
    """Show the user's changes of `base` beside the latest revision.

    A rejected `form` gives the errors and the sides that were chosen.
    """
    example = base.example
    theirs = revision_or_404(example, example.latest_number)
    if form is None:
        _store_draft(request, base, mine)
    base_content, their_content = content_of(base), content_of(theirs)
    edited = edited_messages(mine.messages)
    rows = merge_rows(base_content.messages, mine.messages, their_content.messages)
    context = {
        "example": example,
        "base": base,
        "theirs": theirs,
        "errors": first_errors(form) if form else [],
        "rows": [
            (row, None if row.mine_index is None else edited[row.mine_index], _side_of(row, form))
            for row in rows
        ],
        "labels": [
            (label, form.label_side(label.name) if form else label.suggested)
            for label in merge_labels(base_content, mine, their_content)
        ],
        "mine": row_from_content(mine),
        "tags": ", ".join(mine.tags),
        "place_query": kept_query(request, example),
    }
    status = form.status if form else 409
    return render(request, "datasets/curation/edit_conflict.html", context, status=status)


@require_POST
@project_view(Permission.CURATE)
def resolve(request: ProjectRequest, example_id: int) -> HttpResponse:
    """Save the merge of both versions as a revision after theirs."""
    example = example_or_404(request, example_id)
    form = ResolutionForm(request.POST)

    def save(their_number: int, **choice: Any) -> Revision:
        theirs = revision_or_404(example, their_number)
        return _save_merge(theirs, _merged(theirs, **choice), request.user)

    try:
        revision = form.perform(save)
    except StaleRevision:
        theirs = revision_or_404(example, form.cleaned_data.pop("their_number"))
        return edit_conflict(request, theirs, _merged(theirs, **form.cleaned_data))
    if revision is None:
        return _show_errors(request, example, form)
    if revision.number == form.cleaned_data["their_number"]:
        done = gettext("Kept revision %(number)s; your changes were discarded.")
    else:
        done = gettext("Saved as revision %(number)s.")
    messages.success(request, done % {"number": revision.number})
    return go_to_example(request, example)


def _merged(
    theirs: Revision, *, content: Content, choices: list[Choice], their_labels: list[str]
) -> Content:
    return merge(content, content_of(theirs), choices=choices, their_labels=their_labels)


def _save_merge(theirs: Revision, merged: Content, user: User) -> Revision:
    """Save a merge after their revision; return theirs if nothing of the user's is left."""
    if merged == content_of(theirs):
        examples.discard_draft(example_id=theirs.example_id, user=user)
        return theirs
    return examples.revise(
        example_id=theirs.example_id,
        base_number=theirs.number,
        content=merged,
        actor=user,
        note=message("curation.merged", number=theirs.number),
    )


def _show_errors(
    request: ProjectRequest, example: GoldenExample, form: ResolutionForm
) -> HttpResponse:
    """Show the conflict again with what was typed; what did not arrive is in the draft.

    Raises:
        InvalidInput: the fields are not those of the page, and there is no draft.
    """
    draft = draft_of(request, example)
    number = form.posted_base or (draft.base_number if draft else example.latest_number)
    base = revision_or_404(example, number)
    try:
        row = row_from_fields(form.fields_posted)
    except InvalidInput:
        row = None
    if row and row["messages"]:
        return edit_conflict(request, base, typed_content(row, content_of(base)), form)
    if draft is None:
        raise InvalidInput(" ".join(first_errors(form)))
    return edit_conflict(request, base, draft_content(draft, content_of(base)), form)


def _side_of(row: MergeRow, form: ResolutionForm | None) -> Side:
    """Return the side that is chosen for a row: the suggested one before anything was chosen."""
    chosen = form and form.sides.get((row.mine_index, row.their_index))
    return chosen or row.suggested


def _store_draft(request: ProjectRequest, base: Revision, mine: Content) -> None:
    """Store the user's changes as a draft too, in case the page is closed."""
    draft = draft_of(request, base.example)
    # A user who saved meanwhile or may no longer edit gets no draft: only the page has the text.
    with suppress(StaleDraft, PermissionDeniedError):
        examples.save_draft(
            example_id=base.example_id,
            user=request.user,
            base_number=base.number,
            version=draft.version + 1 if draft else 1,
            content=row_from_content(mine),
        )
