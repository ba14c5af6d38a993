"""The events of examples and dataset versions in the audit trail."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from datasets.comments.models import ThreadEvent
from datasets.curation.assignees import ASSIGN_EVENT, with_assignee
from datasets.curation.lifecycle import DELETED, Action, State
from datasets.curation.models import ExampleEvent
from datasets.curation.texts import STATE_LABELS
from datasets.versions.models import VersionEvent
from reviewapp.core.audit.registry import EventSource
from reviewapp.core.erased import shown_text
from reviewapp.core.messages import Message
from reviewapp.core.texts import render


def _reason(event: ExampleEvent) -> str:
    """Return the typed reason, or else what an action changed."""
    note = event.detail.get("note")
    return event.reason or (render(Message.from_json(note)) if note else "")


def _assignee(event: ExampleEvent) -> str:
    """Return the new assignee of an assignment; empty for other events."""
    if event.action != ASSIGN_EVENT:
        return ""
    found: Any = with_assignee(ExampleEvent.objects.filter(pk=event.pk)).get()
    return found.assignee_name or ""


def _example_name(event: ExampleEvent) -> str:
    # Translators: the number of an example and the beginning of its text.
    return gettext("%(number)s, %(text)s") % {
        "number": event.example_id,
        "text": shown_text(str(event.example)),
    }


def _thread_name(event: ThreadEvent) -> str:
    return gettext("Thread on example %(number)s") % {"number": event.thread.example_id}


def _thread_link(slug: str, event: ThreadEvent) -> str:
    page = reverse("datasets:example", args=[slug, event.thread.example_id])
    return f"{page}#thread-{event.thread_id}"


def _file(event: VersionEvent) -> str:
    """Return the name of the file that was exported or redacted; empty for other events."""
    split = event.detail.get("split")
    return f"{split}.jsonl" if split else ""


ACTIONS = {
    Action.CREATE: _("Create"),
    Action.REVISE: _("Revise"),
    Action.SUBMIT: _("Submit"),
    Action.APPROVE: _("Approve"),
    Action.REQUEST_CHANGES: _("Request changes"),
    Action.REOPEN: _("Reopen"),
    Action.RETIRE: _("Retire"),
    Action.DELETE: _("Delete"),
    "report_broken": _("Report broken"),
    "dismiss_finding": _("Dismiss finding"),
    "dismiss_duplicate": _("Dismiss duplicate"),
    "restore_duplicate": _("Restore duplicate"),
    "erase": _("Erase"),
    "erase_rejects": _("Erase rejected rows"),
    "apply_retention": _("Apply retention"),
    "set_split": _("Set split"),
    "assign": _("Assign"),
    "bulk_action": _("Bulk action"),
    "cancel_bulk_action": _("Cancel bulk action"),
    "undo_bulk": _("Undo bulk action"),
    "comment": _("Comment"),
    "reply": _("Reply"),
    "edit_comment": _("Edit comment"),
    "delete_comment": _("Delete comment"),
    "resolve_thread": _("Resolve thread"),
    "reopen_thread": _("Reopen thread"),
    "suggest_edit": _("Suggest edit"),
    "accept_suggestion": _("Accept suggestion"),
    "decline_suggestion": _("Decline suggestion"),
    "create_intent": _("Create intent"),
    "create_policy": _("Create policy"),
    "set_coverage_target": _("Set coverage target"),
    "save_voice": _("Save house voice"),
    "inspect_voice": _("Inspect by house voice"),
    "save_text_block": _("Save text block"),
    "remove_text_block": _("Remove text block"),
    "save_system_messages": _("Save system messages"),
    "take_away_missing_system": _("Take findings of missing system messages away"),
    "take_away_names": _("Take suggested names away"),
    "edit_policy": _("Edit policy"),
    "save_view": _("Save view"),
    "rename_view": _("Rename view"),
    "delete_view": _("Delete view"),
    "set_default_view": _("Set default view"),
    "import_file": _("Import file"),
    "look_at_file": _("Look at file"),
    "discard_file": _("Discard file"),
    "map_columns": _("Map columns"),
    "correct_rows": _("Correct rejected rows"),
    "cancel_import": _("Cancel import"),
    "freeze": _("Freeze"),
    "retire_test_split": _("Retire test split"),
    "export": _("Export"),
    "redact_file": _("Redact file"),
    "set_training_price": _("Set training price"),
}


def _example_state(_event: Any, state: str) -> str:
    if state == DELETED:
        return pgettext("state of an example", "Deleted")
    return str(STATE_LABELS[State(state)]) if state in set(State) else state


EVENTS = (
    EventSource(
        "example",
        _("Example"),
        ExampleEvent,
        subject="example",
        name=_example_name,
        link=lambda slug, event: reverse("datasets:example", args=[slug, event.example_id]),
        about=_assignee,
        reason=_reason,
        state_label=_example_state,
    ),
    EventSource(
        "thread",
        _("Thread"),
        ThreadEvent,
        subject="thread",
        name=_thread_name,
        link=_thread_link,
        also_select=("thread__example",),
    ),
    EventSource(
        "version",
        _("Dataset version"),
        VersionEvent,
        subject="version",
        link=lambda slug, event: reverse("datasets:version", args=[slug, event.version.number]),
        also_select=("version__project",),
        about=_file,
    ),
)
