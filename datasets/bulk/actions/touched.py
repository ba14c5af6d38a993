"""What was done to imported examples since: only those that nobody has touched are taken back."""

from collections.abc import Collection
from typing import Final

from datasets.comments.models import Thread
from datasets.curation.assignees import ASSIGN_EVENT
from datasets.curation.lifecycle import Action
from datasets.curation.models import EditDraft, ExampleEvent, GoldenExample

UNDO_EVENT: Final = "undo_bulk"
"""The action of the event of an example whose change was undone."""

# Creation, an import that was taken back and restored, and who works on it.
_HARMLESS = (Action.CREATE, Action.DELETE, UNDO_EVENT, ASSIGN_EVENT)


def touched_reasons(examples: Collection[GoldenExample]) -> dict[int, str]:
    """Return the code of what was done to each example that was touched since its import."""
    ids = [example.pk for example in examples]
    threads = Thread.objects.filter(example__in=ids).order_by()
    reasons = dict.fromkeys(threads.values_list("example", flat=True), "bulk.commented")
    events = ExampleEvent.objects.filter(example__in=ids).exclude(action__in=_HARMLESS).order_by()
    reasons |= dict.fromkeys(events.values_list("example", flat=True), "bulk.touched")
    drafts = EditDraft.objects.filter(example__in=ids).order_by()
    reasons |= dict.fromkeys(drafts.values_list("example", flat=True), "bulk.unsaved_changes")
    edited = (example.pk for example in examples if example.latest_number > 1)
    return reasons | dict.fromkeys(edited, "bulk.edited")
