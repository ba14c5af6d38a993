"""The tables of audit events. Each feature registers its own when its app starts."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from reviewapp.core.audit.models import REASON, AuditEvent
from reviewapp.core.messages import Message
from reviewapp.core.texts import render


def _nothing(_event: Any) -> str:
    return ""


def _hides_nothing(_user: Any, _project: Any) -> Q:
    return Q()


def _stored_reason(event: Any) -> str:
    """Return the reason of the system in the active language, or the one that a user typed."""
    coded = event.detail.get(REASON)
    return render(Message.from_json(coded)) if isinstance(coded, dict) else str(event.reason)


@dataclass(frozen=True)
class EventSource:
    """One table of events: its name in the trail, and the links of its rows.

    Attributes:
        kind: the name of the table in the trail and its export.
        model: the table.
        subject: the field with the object of the event.
        link: returns the address of the subject from the project's slug and an event.
        also_select: further relations that `link` or the texts need.
        about: returns the object of an action, such as the title of a gate; empty for none.
        reason: returns the reason as text.
        coded_states: the actions whose states before and after are codes, to be shown as text.
        hidden: returns the condition for the events that a reader may not see at present, from the
            reader's user and the project; an empty one hides nothing.
    """

    kind: str
    model: type[AuditEvent]
    subject: str
    link: Callable[[str, Any], str]
    also_select: tuple[str, ...] = ()
    about: Callable[[Any], str] = _nothing
    reason: Callable[[Any], str] = _stored_reason
    coded_states: Collection[str] = ()
    hidden: Callable[[Any, Any], Q] = _hides_nothing


_SOURCES: dict[str, EventSource] = {}


def register_events(*sources: EventSource) -> None:
    """Add these tables of events to the trail."""
    _SOURCES.update({source.kind: source for source in sources})


def registered_sources() -> Collection[EventSource]:
    """Return all tables of events, in the order of their registration."""
    return _SOURCES.values()
