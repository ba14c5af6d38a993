"""Texts of bulk actions: why an example is left out, what an action changed, and group reasons."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

from datasets.bulk.models import BulkAction, BulkKind
from datasets.curation.lifecycle import Action, State
from datasets.curation.texts import STATE_LABELS
from reviewapp.core import formats
from reviewapp.core.messages import Message
from reviewapp.core.texts import register, render, text

TITLES: Final[Mapping[BulkKind, Promise]] = {
    BulkKind.SUBMIT: _("Submit examples for review"),
    BulkKind.APPROVE: _("Approve examples"),
    BulkKind.REQUEST_CHANGES: _("Request changes of examples"),
    BulkKind.LABEL: _("Change labels of examples"),
    BulkKind.ASSIGN: _("Assign examples"),
    BulkKind.SPLIT: _("Set the split of examples"),
    BulkKind.REPLACE_FINDINGS: _("Replace findings of examples"),
    BulkKind.REPLACE_TEXT: _("Find and replace in examples"),
    BulkKind.REOPEN: _("Reopen examples"),
    BulkKind.RETIRE: _("Retire examples"),
    BulkKind.DELETE: _("Delete examples"),
    BulkKind.TAKE_BACK: _("Take back an import"),
    BulkKind.IMPORT_LABELS: _("Labels that an import changed"),
    BulkKind.UNDO: _("Undo a bulk action"),
}

_BLOCKED: Final = _("Blocking findings are open. Fix or dismiss them first.")
_GROUPS: Final[Mapping[str, Promise]] = {
    "curation.blocked_submission": _BLOCKED,
    "curation.blocked_approval": _BLOCKED,
    "curation.own_revision": _("You wrote a revision, so someone else must review it."),
    "curation.author_made_account": _(
        "An author made your account, so someone else must review it."
    ),
    "curation.nothing_changed": _("It is so already."),
    "curation.was_approved": _("It was approved. What was ever approved cannot be deleted."),
    "curation.others_wrote": _("Others wrote in it, so only a lead can delete it."),
    "curation.same_split": _("It has this split already."),
    "curation.no_replacement": _("It has no such open finding."),
}


_CHANGE: Final = ngettext_lazy("Change %(shown)s example", "Change %(shown)s examples", "n")
_CONFIRM: Final[Mapping[str, Promise]] = {
    BulkKind.SUBMIT: ngettext_lazy("Submit %(shown)s example", "Submit %(shown)s examples", "n"),
    BulkKind.APPROVE: ngettext_lazy("Approve %(shown)s example", "Approve %(shown)s examples", "n"),
    BulkKind.REQUEST_CHANGES: ngettext_lazy(
        "Request changes of %(shown)s example", "Request changes of %(shown)s examples", "n"
    ),
    BulkKind.LABEL: ngettext_lazy(
        "Change labels of %(shown)s example", "Change labels of %(shown)s examples", "n"
    ),
    BulkKind.ASSIGN: ngettext_lazy("Assign %(shown)s example", "Assign %(shown)s examples", "n"),
    BulkKind.SPLIT: ngettext_lazy(
        "Set the split of %(shown)s example", "Set the split of %(shown)s examples", "n"
    ),
    BulkKind.REPLACE_FINDINGS: ngettext_lazy(
        "Replace findings in %(shown)s example", "Replace findings in %(shown)s examples", "n"
    ),
    BulkKind.REPLACE_TEXT: ngettext_lazy(
        "Replace text in %(shown)s example", "Replace text in %(shown)s examples", "n"
    ),
    BulkKind.REOPEN: ngettext_lazy("Reopen %(shown)s example", "Reopen %(shown)s examples", "n"),
    BulkKind.RETIRE: ngettext_lazy("Retire %(shown)s example", "Retire %(shown)s examples", "n"),
    BulkKind.DELETE: ngettext_lazy("Delete %(shown)s example", "Delete %(shown)s examples", "n"),
    BulkKind.TAKE_BACK: ngettext_lazy("Delete %(shown)s example", "Delete %(shown)s examples", "n"),
    BulkKind.UNDO: ngettext_lazy("Restore %(shown)s example", "Restore %(shown)s examples", "n"),
}


def confirm_label(action: BulkAction, count: int) -> str:
    """Return the text of the button that confirms a bulk action on so many examples."""
    label = _CHANGE if action.params.get("unassign") else _CONFIRM.get(action.kind, _CHANGE)
    return str(label % {"n": count, "shown": formats.count(count)})


def group_reason(reason: Message) -> str:
    """Return why several examples are left out: without what differs between them."""
    if reason.code == "curation.invalid_transition":
        is_deletion = reason.params["action"] == Action.DELETE
        return str(_GROUPS["curation.was_approved"]) if is_deletion else _wrong_state(reason.params)
    group = _GROUPS.get(reason.code)
    return render(reason) if group is None else str(group)


def _wrong_state(params: Mapping[str, Any]) -> str:
    label = STATE_LABELS[State(params["state"])]
    return str(_("Its state does not allow this: %(state)s.")) % {"state": label}


register(
    {
        "bulk.hidden": text(
            _("You compare it blind in an open run. It can change when the run is closed.")
        ),
        "bulk.changed_meanwhile": text(_("It was changed after you selected it.")),
        "bulk.changed_since": text(_("It was changed after the bulk action.")),
        "bulk.edited": text(_("It was edited after the import.")),
        "bulk.unsaved_changes": text(_("A member has unsaved changes of it.")),
        "bulk.commented": text(_("A member commented on it after the import.")),
        "bulk.touched": text(_("It was submitted, retired or changed otherwise after the import.")),
        "bulk.recreated": text(
            _("Its conversation was imported or written again after it was deleted.")
        ),
        "bulk.nothing_to_change": text(_("It is so already.")),
        "bulk.assigned_already": text(_("It is assigned to someone already.")),
        "bulk.nobody_reads": text(_("No chosen member reads its language.")),
        "bulk.no_system_message": text(
            _("It has a system message, or the project has none for its language.")
        ),
        "bulk.not_found": text(_("The text to find is not in it.")),
        "bulk.expression_too_slow": text(
            _("The expression takes too long in it. Write a simpler one.")
        ),
        "bulk.invalid_expression": text(
            _("This is not a valid regular expression (%(error)s). Correct it.")
        ),
        "bulk.text_replaced": text(
            pgettext_lazy("note of a revision", "Text replaced by a bulk action")
        ),
        "bulk.not_allowed": text(_("You may not change it.")),
        "bulk.not_possible": text(_("It cannot be changed. Open it to see why.")),
        "bulk.labels_changed": text(
            pgettext_lazy("note of a revision", "Labels changed by a bulk action")
        ),
        "bulk.restored": text(
            pgettext_lazy("note of a revision", "Bulk action undone: as in revision %(number)s")
        ),
    }
)
