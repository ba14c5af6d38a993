"""The events of a project in the audit trail."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from reviewapp.core.audit.registry import EventSource
from reviewapp.people.models import ProjectEvent, Role

ACTIONS = {
    "create_project": _("Create project"),
    "change_settings": _("Change settings"),
    "mark_as_demo": _("Mark as demo"),
    "invite_member": _("Invite by link"),
    "revoke_invitation": _("Revoke invitation"),
    "add_member": _("Add member"),
    "remove_member": _("Remove member"),
    "give_one_time_password": _("Give one-time password"),
    "enter_by_single_sign_on": _("Enter by single sign-on"),
    "change_reading_languages": _("Change languages read"),
    "create_token": _("Create token"),
    "revoke_token": _("Revoke token"),
}

ROLE_ACTIONS = {"add_member", "remove_member", "invite_member", "revoke_invitation"}


def _state_label(event: Any, state: str) -> str:
    is_role = event.action in ROLE_ACTIONS and state in Role.values
    return str(Role(state).label) if is_role else state


def _about(event: Any) -> str:
    """Return the import, bulk action or webhook that an event is about; empty for others."""
    if webhook := event.detail.get("webhook"):
        # Translators: the number of a webhook and the host that it calls.
        return gettext("webhook %(number)s, %(host)s") % {
            "number": webhook,
            "host": event.detail["host"],
        }
    if bulk := event.detail.get("bulk"):
        return gettext("bulk action %(number)s") % {"number": bulk}
    number = event.detail.get("batch")
    if not number:
        return ""
    file = event.detail.get("file") or event.after
    # Translators: a file name and the number of its import.
    return gettext("%(file)s, import %(number)s") % {"file": file, "number": number}


def _link(slug: str, event: Any) -> str:
    if number := event.detail.get("batch"):
        return reverse("datasets:import_batch", args=[slug, number])
    if number := event.detail.get("bulk"):
        return reverse("datasets:bulk_action", args=[slug, number])
    if event.detail.get("webhook"):
        return reverse("webhooks", args=[slug])
    return reverse("project_home", args=[slug])


EVENTS = (
    EventSource(
        "project",
        _("Project"),
        ProjectEvent,
        subject="subject",
        link=_link,
        about=_about,
        state_label=_state_label,
    ),
)
