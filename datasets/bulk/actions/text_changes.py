"""The word diffs of what a bulk action writes, for its preview."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from datasets.bulk.actions.targets import findings_to_replace
from datasets.bulk.models import BulkAction, BulkItem, BulkKind, Outcome
from datasets.bulk.replacing import Replacement, changed_places
from datasets.conversations.chat import Content
from datasets.conversations.diffs import Piece, word_diff
from datasets.curation.actions import content_of
from datasets.curation.actions.findings import replaced_content
from datasets.curation.models import GoldenExample
from datasets.curation.system_messages import system_messages_of
from datasets.curation.visibility import readable_by
from reviewapp.people.models import User

SHOWN_CHANGES = 20


@dataclass(frozen=True)
class TextChange:
    """The word diffs of the messages of one example, and of its policies."""

    example_id: int
    messages: list[list[Piece]]


def text_changes(action: BulkAction, reader: User) -> list[TextChange]:
    """Return the changes of the first examples that the reader may read; none of other kinds."""
    if action.kind not in {BulkKind.REPLACE_TEXT, BulkKind.REPLACE_FINDINGS} or not action.params:
        return []
    readable = GoldenExample.objects.filter(readable_by(reader, action.project), erased_at=None)
    changing = action.items.filter(
        outcome__in=[Outcome.READY, Outcome.CHANGED], example__in=readable
    )
    shown = [*changing.select_related("revision__intent").order_by("example_id")[:SHOWN_CHANGES]]
    changed = _changed(action, shown)
    return [TextChange(item.example_id, _pieces(*changed[item.pk])) for item in shown]


def _changed(action: BulkAction, items: Sequence[BulkItem]) -> dict[int, tuple[Content, Content]]:
    """Return the content of each item before and after, by its id."""
    before = {item.pk: content_of(item.revision) for item in items}
    if action.kind == BulkKind.REPLACE_TEXT:
        replacement = Replacement.from_params(action.params)
        return {pk: (content, replacement.apply(content)) for pk, content in before.items()}
    texts, choice = system_messages_of(action.project), action.params.get("choice", "")
    findings = findings_to_replace(action, items)
    return {
        item.pk: (
            before[item.pk],
            replaced_content(before[item.pk], findings[item.revision_id], texts, choice),
        )
        for item in items
    }


def _pieces(before: Content, after: Content) -> list[list[Piece]]:
    places = changed_places(before, after)
    if before.policies != after.policies:
        places.append(word_diff(_policies(before), _policies(after)))
    return places


def _policies(content: Content) -> str:
    return gettext("Policies: %(names)s") % {"names": ", ".join(content.policies)}
