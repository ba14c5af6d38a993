"""The word diffs of a find and replace, for its preview."""

from dataclasses import dataclass

from datasets.bulk.models import BulkAction, BulkKind, Outcome
from datasets.bulk.replacing import Replacement, changed_places
from datasets.conversations.diffs import Piece
from datasets.curation.actions import content_of
from datasets.curation.models import GoldenExample
from datasets.curation.visibility import readable_by
from reviewapp.people.models import User

SHOWN_CHANGES = 20


@dataclass(frozen=True)
class TextChange:
    """The word diffs of the messages of one example."""

    example_id: int
    messages: list[list[Piece]]


def text_changes(action: BulkAction, reader: User) -> list[TextChange]:
    """Return the changes of the first examples of a find and replace that the reader may read."""
    if action.kind != BulkKind.REPLACE_TEXT or not action.params:
        return []
    replacement = Replacement.from_params(action.params)
    readable = GoldenExample.objects.filter(readable_by(reader, action.project), erased_at=None)
    changing = action.items.filter(
        outcome__in=[Outcome.READY, Outcome.CHANGED], example__in=readable
    )
    changes = []
    shown = changing.select_related("revision__intent").order_by("example_id")
    for item in shown[:SHOWN_CHANGES]:
        before = content_of(item.revision)
        places = changed_places(before, replacement.apply(before))
        changes.append(TextChange(item.example_id, places))
    return changes
