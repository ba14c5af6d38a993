"""Texts of curation in the reader's language: labels, and the sentences of messages."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext_lazy, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from datasets.curation.filters import SortKey
from datasets.curation.lifecycle import Action, State
from reviewapp.core.texts import register, text

STATE_LABELS: Final[Mapping[State, Promise]] = {
    State.DRAFT: pgettext_lazy("state of an example", "Draft"),
    State.IN_REVIEW: pgettext_lazy("state of an example", "In review"),
    State.CHANGES_REQUESTED: pgettext_lazy("state of an example", "Changes requested"),
    State.APPROVED: pgettext_lazy("state of an example", "Approved"),
    State.RETIRED: pgettext_lazy("state of an example", "Retired"),
}

# In the order of the menu.
SORT_LABELS: Final[Mapping[str, Promise]] = {
    "": pgettext_lazy("order of examples", "Number"),
    f"-{SortKey.AGE}": pgettext_lazy("order of examples", "Age, oldest first"),
    SortKey.AGE: pgettext_lazy("order of examples", "Age, newest first"),
    f"-{SortKey.UPDATED}": pgettext_lazy("order of examples", "Change, latest first"),
    SortKey.UPDATED: pgettext_lazy("order of examples", "Change, earliest first"),
    SortKey.DUE: pgettext_lazy("order of examples", "Due date, next first"),
    f"-{SortKey.DUE}": pgettext_lazy("order of examples", "Due date, last first"),
    f"-{SortKey.FINDINGS}": pgettext_lazy("order of examples", "Findings, most first"),
    SortKey.FINDINGS: pgettext_lazy("order of examples", "Findings, fewest first"),
    SortKey.STATE: pgettext_lazy("order of examples", "State, drafts first"),
    f"-{SortKey.STATE}": pgettext_lazy("order of examples", "State, drafts last"),
    SortKey.INTENT: pgettext_lazy("order of examples", "Intent, A to Z"),
    f"-{SortKey.INTENT}": pgettext_lazy("order of examples", "Intent, Z to A"),
    SortKey.LANGUAGE: pgettext_lazy("order of examples", "Language, A to Z"),
    f"-{SortKey.LANGUAGE}": pgettext_lazy("order of examples", "Language, Z to A"),
    f"-{SortKey.MESSAGES}": pgettext_lazy("order of examples", "Messages, most first"),
    SortKey.MESSAGES: pgettext_lazy("order of examples", "Messages, fewest first"),
    f"-{SortKey.TOKENS}": pgettext_lazy("order of examples", "Tokens, most first"),
    SortKey.TOKENS: pgettext_lazy("order of examples", "Tokens, fewest first"),
    SortKey.SOURCE: pgettext_lazy("order of examples", "Source, A to Z"),
    f"-{SortKey.SOURCE}": pgettext_lazy("order of examples", "Source, Z to A"),
    f"-{SortKey.COMMENTS}": pgettext_lazy("order of examples", "Comments, most first"),
    SortKey.COMMENTS: pgettext_lazy("order of examples", "Comments, fewest first"),
    SortKey.AUTHOR: pgettext_lazy("order of examples", "Author, A to Z"),
    f"-{SortKey.AUTHOR}": pgettext_lazy("order of examples", "Author, Z to A"),
    SortKey.REVIEWER: pgettext_lazy("order of examples", "Reviewer, A to Z"),
    f"-{SortKey.REVIEWER}": pgettext_lazy("order of examples", "Reviewer, Z to A"),
    SortKey.ASSIGNEE: pgettext_lazy("order of examples", "Assigned to, A to Z"),
    f"-{SortKey.ASSIGNEE}": pgettext_lazy("order of examples", "Assigned to, Z to A"),
}

ROLE_LABELS: Final[Mapping[str, Promise]] = {
    "system": pgettext_lazy("role in a conversation", "System"),
    "user": pgettext_lazy("role in a conversation", "Customer"),
    "assistant": pgettext_lazy("role in a conversation", "Assistant"),
    "tool": pgettext_lazy("role in a conversation", "Tool"),
    "function": pgettext_lazy("role in a conversation", "Function"),
}

MANUAL_SOURCE: Final = "manual"
"""The source of examples that were written in the editor."""

_INVALID_TRANSITIONS: Final[Mapping[Action, Promise]] = {
    Action.SUBMIT: _(
        "Only drafts and examples with requested changes can be submitted. "
        "This one is “%(state)s”. Reload the page."
    ),
    Action.APPROVE: _(
        "Only examples in review can be approved. This one is “%(state)s”. Reload the page."
    ),
    Action.REQUEST_CHANGES: _(
        "Changes can be requested only in review. This example is “%(state)s”. Reload the page."
    ),
    Action.REOPEN: _("There is nothing to reopen: this example is “%(state)s”. Reload the page."),
    Action.DELETE: _("Approved examples cannot be deleted. This one is “%(state)s”: retire it."),
}


def role_label(role: str) -> str:
    """Return the role of a message as shown to users; unknown roles are shown as they are."""
    return str(ROLE_LABELS.get(role, role))


def source_label(source: str) -> str:
    """Return the source of an example as shown to users."""
    return gettext("written in the editor") if source == MANUAL_SOURCE else source


def _invalid_transition(params: Mapping[str, Any]) -> str:
    sentence = _INVALID_TRANSITIONS[Action(params["action"])]
    return str(sentence) % {"state": STATE_LABELS[State(params["state"])]}


register(
    {
        "curation.invalid_transition": _invalid_transition,
        "curation.retired": text(_("This example is retired. Reopen it first.")),
        "curation.already_retired": text(_("This example is retired already.")),
        "curation.erased": text(_("The text of this example was erased. It cannot change.")),
        "curation.deleted": text(_("This example was deleted. Go back to the list of examples.")),
        "curation.was_approved": text(
            _("It was approved, and what was ever approved cannot be deleted. Retire it.")
        ),
        "curation.others_wrote": text(
            _("Others wrote in this example, so only a lead can delete it.")
        ),
        "curation.unsaved_changes": text(
            _("You have unsaved changes. Save or discard them first.")
        ),
        "curation.blocked_submission": text(
            ngettext_lazy(
                "%(count)s blocking finding is open. Fix it or dismiss it with a reason.",
                "%(count)s blocking findings are open. Fix or dismiss them with a reason.",
                "count",
            )
        ),
        "curation.blocked_approval": text(
            ngettext_lazy(
                "%(count)s blocking finding is open. Request changes or dismiss it.",
                "%(count)s blocking findings are open. Request changes or dismiss them.",
                "count",
            )
        ),
        "curation.own_revision": text(
            _("You wrote a revision of this example, so someone else must review it.")
        ),
        "curation.author_made_account": text(
            _("An author of this example made your account, so someone else must review it.")
        ),
        "curation.no_replacement": text(
            _("No open finding has a replacement. Edit the messages instead.")
        ),
        "curation.nothing_changed": text(
            _("Nothing has changed since revision %(number)s, so there is nothing to save.")
        ),
        "curation.no_messages": text(
            _("An example needs at least one message. Add one and save again.")
        ),
        "curation.empty_conversation": text(
            _("Write at least what the customer says. Empty conversations are not saved.")
        ),
        "curation.same_split": text(_("The example has this split already.")),
        "curation.incomplete_form": text(
            _("Part of this page did not arrive. Reload it; what you typed is kept.")
        ),
        "curation.weight_zero": text(_("weight 0: not trained on")),
        # Translators: a tool message that answers the tool call with this id.
        "curation.answers_call": text(_("answers %(call)s")),
        "curation.message_name": text(_("name: %(name)s")),
        # Translators: the text with which the assistant refused to answer.
        "curation.refusal": text(_("refusal: %(refusal)s")),
        "curation.merged": text(_("Merged with revision %(number)s")),
        "curation.replaced_personal_data": text(_("Replaced personal data with %(replacements)s")),
        "curation.applied_voice": text(_("Replaced text by the rules of findings")),
        "curation.added_system_message": text(_("Put the system message of the project first")),
        "curation.removed_invisible_characters": text(_("Removed invisible characters")),
        "curation.replaced_both": text(
            _("Replaced personal data with %(replacements)s and removed invisible characters")
        ),
    }
)
