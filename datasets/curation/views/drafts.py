"""Unsaved changes as content, and their differences from what is stored."""

from dataclasses import dataclass, replace

from datasets.conversations import chat
from datasets.conversations.chat import Content
from datasets.conversations.comparison import (
    LabelChange,
    MessageChange,
    label_changes,
    message_changes,
)
from datasets.conversations.diffs import Change
from datasets.curation.actions import content_of
from datasets.curation.editing import Row
from datasets.curation.models import EditDraft, Revision
from datasets.curation.views.editor import with_tools
from reviewapp.core.errors import InvalidInput


@dataclass(frozen=True)
class WordingComparison:
    """The messages and labels that differ between two versions of an example.

    `number` is that of the revision that both are based on.
    """

    number: int
    messages: list[MessageChange]
    labels: list[LabelChange]


def draft_content(draft: EditDraft, base: Content) -> Content:
    """Return the content of a draft, with the tools of its base."""
    return typed_content(draft.content, base)


def typed_content(row: Row, base: Content) -> Content:
    """Return what was typed, based on `base`, as content.

    Messages that could not be stored are returned unchanged, so that they can be shown.
    """
    try:
        return with_tools(chat.normalise(row), base)
    except InvalidInput:
        return replace(base, **row)


def compare_draft(draft: EditDraft, revision: Revision) -> WordingComparison:
    """Return the differences between a draft and a revision."""
    stored = content_of(revision)
    return _compare(stored, draft_content(draft, stored), revision.number)


def compare_typed(row: Row, revision: Revision, draft: EditDraft | None) -> WordingComparison:
    """Return the differences between what was typed and the draft, or else a revision."""
    stored = content_of(revision)
    known = stored if draft is None else draft_content(draft, stored)
    return _compare(known, typed_content(row, stored), revision.number)


def _compare(before: Content, after: Content, number: int) -> WordingComparison:
    changes = message_changes(before.messages, after.messages)
    return WordingComparison(
        number=number,
        messages=[change for change in changes if change.change != Change.SAME],
        labels=label_changes(before, after),
    )
