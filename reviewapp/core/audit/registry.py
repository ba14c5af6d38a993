"""The registry of audit events: their tables, and the names of their actions.

Each app registers its own when it starts (its `audit.py`).
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise

from reviewapp.core.audit.models import REASON, AuditEvent
from reviewapp.core.messages import Message
from reviewapp.core.texts import render


def _no_object(_event: Any) -> str:
    return ""


def _plain_state(_event: Any, state: str) -> str:
    return state


def _hides_nothing(_user: Any, _project: Any) -> Q:
    return Q()


def stored_reason(event: Any) -> str:
    """Return the reason of the system in the active language, or the one that a user typed."""
    coded = event.detail.get(REASON)
    return render(Message.from_json(coded)) if isinstance(coded, dict) else str(event.reason)


@dataclass(frozen=True)
class EventSource:
    """A table of events.

    Attributes:
        kind: the code of the table in addresses and exports.
        label: the name of the kind of subject on the page.
        model: the table.
        subject: the field with the object of the event.
        link: returns the address of the subject from the project's slug and an event.
        also_select: further relations that `link` or the texts need.
        name: returns the subject's name on the page; by default the text of the subject.
        about: returns the object of an action, such as the title of a gate; empty for none.
        reason: returns the reason as text.
        state_label: returns the text of an event's state before or after, which may be a code.
        hidden: returns the condition for the events that a reader may not see at present, from the
            reader's user and the project; an empty one hides nothing.
    """

    kind: str
    label: str | Promise
    model: type[AuditEvent]
    subject: str
    link: Callable[[str, Any], str]
    also_select: tuple[str, ...] = ()
    name: Callable[[Any], str] | None = None
    about: Callable[[Any], str] = _no_object
    reason: Callable[[Any], str] = stored_reason
    state_label: Callable[[Any, str], str] = _plain_state
    hidden: Callable[[Any, Any], Q] = _hides_nothing


_SOURCES: dict[str, EventSource] = {}
_ACTIONS: dict[str, str | Promise] = {}


def register_events(*sources: EventSource, actions: Mapping[str, str | Promise]) -> None:
    """Add tables of events to the trail, and the names of an app's actions by their code."""
    _SOURCES.update({source.kind: source for source in sources})
    _ACTIONS.update(actions)


def registered_sources() -> Collection[EventSource]:
    """Return all tables of events, in the order of their registration."""
    return _SOURCES.values()


def action_label(code: str) -> str:
    """Return the name of an action in the active language; the code in words if it is unknown."""
    label = _ACTIONS.get(code)
    return code.replace("_", " ").capitalize() if label is None else str(label)


def actions_named(name: str) -> set[str]:
    """Return the codes of the actions with this name in the active language, and `name` as a code.

    Upper and lower case do not matter.
    """
    wanted = name.strip().casefold()
    return {wanted.replace(" ", "_")} | {
        code for code, label in _ACTIONS.items() if str(label).casefold() == wanted
    }
