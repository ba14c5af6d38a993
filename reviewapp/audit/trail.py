"""The audit trail of a project: the events of every table, newest first.

Each feature stores its events in a table of its own and registers it (core/audit/registry.py). A
page reads from each table, by its index, as many rows as it shows, and merges them, so that its
cost does not depend on the length of the trail.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from heapq import merge
from itertools import islice
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from reviewapp.core.audit.registry import (
    EventSource,
    action_label,
    actions_named,
    registered_sources,
)
from reviewapp.people.models import Project, User

SYSTEM = "system"
"""The actor of an event without a user, in exports and filters."""


@dataclass(frozen=True)
class Entry:
    """One line of the trail."""

    source: EventSource
    event: Any
    subject: str
    url: str

    @property
    def kind(self) -> str:
        """The code of the table of the event."""
        return self.source.kind

    @property
    def key(self) -> tuple[datetime, str, int]:
        """The sort key of the trail: time, then table, then row; unique for each entry."""
        return (self.event.at, self.kind, self.event.pk)

    @property
    def what(self) -> str:
        """The action as text: "Freeze", "Gate changed: Returns above 40 %", "Add rater: Ann"."""
        about = self.source.about(self.event)
        action = action_label(self.event.action)
        if not about:
            return action
        # Translators: an action and its object, such as "Add reviewer: Ann".
        return gettext("%(action)s: %(object)s") % {"action": action, "object": about}

    @property
    def subject_label(self) -> str:
        """The subject with its kind: "Run: Tone of replies"."""
        if not self.subject:
            return str(self.source.label)
        name = self.source.name(self.event) if self.source.name else self.subject
        # Translators: a kind of thing and its name, such as "Run: Tone of replies".
        return gettext("%(kind)s: %(name)s") % {"kind": self.source.label, "name": name}

    @property
    def before(self) -> str:
        """The state before the event as text; empty for none."""
        return self._state_label(self.event.before)

    @property
    def after(self) -> str:
        """The state after the event as text; empty for none."""
        return self._state_label(self.event.after)

    @property
    def reason(self) -> str:
        """The reason of the event as text."""
        return self.source.reason(self.event)

    def _state_label(self, state: str) -> str:
        return self.source.state_label(self.event, state) if state else ""

    @property
    def cursor(self) -> str:
        """The key as text, for the address of the next page."""
        return f"{self.event.at.isoformat()}|{self.kind}|{self.event.pk}"


@dataclass(frozen=True)
class Filters:
    """The filters of the trail; empty fields match everything.

    Attributes:
        reader: the user; events that they may not see at present are left out.
        kind: the code of a table.
        action: the code or the name of an action.
        actor: a part of a name or email address, or the system.
        since: the first day, in UTC.
        until: the last day, in UTC.
    """

    reader: User
    kind: str = ""
    action: str = ""
    actor: str = ""
    since: date | None = None
    until: date | None = None


def _rows(source: EventSource, project: Project, filters: Filters) -> QuerySet[Any]:
    rows = source.model._default_manager.filter(project=project)
    rows = rows.select_related(source.subject, "actor", *source.also_select)
    if filters.action:
        rows = rows.filter(action__in=actions_named(filters.action))
    if filters.actor:
        rows = rows.filter(_is_by(filters.actor.strip()))
    if filters.since:
        rows = rows.filter(at__date__gte=filters.since)
    if filters.until:
        rows = rows.filter(at__date__lte=filters.until)
    if hidden := source.hidden(filters.reader, project):
        rows = rows.exclude(hidden)
    return rows.order_by("-at", "-pk")


def _is_by(name: str) -> Q:
    """Return the condition for events of an actor: part of a name or address, or the system."""
    if name.casefold() in {SYSTEM, gettext("system").casefold()}:
        return Q(actor=None)
    actors = User.objects.filter(Q(email__icontains=name) | Q(name__icontains=name))
    return Q(actor__in=actors)


def _before(cursor: tuple[datetime, str, int], kind: str) -> Q:
    at, cursor_kind, pk = cursor
    if kind < cursor_kind:
        return Q(at__lte=at)
    if kind > cursor_kind:
        return Q(at__lt=at)
    return Q(at__lt=at) | Q(at=at, pk__lt=pk)


def parse_cursor(text: str) -> tuple[datetime, str, int] | None:
    """Return the sort key in a page's address; None for the first page or an invalid key."""
    parts = text.split("|")
    try:
        at, kind, pk = parts
        return datetime.fromisoformat(at), kind, int(pk)
    except ValueError:
        return None


def _streams(
    project: Project, filters: Filters, after: tuple[datetime, str, int] | None
) -> Iterator[tuple[EventSource, QuerySet[Any]]]:
    for source in registered_sources():
        if filters.kind in {"", source.kind}:
            rows = _rows(source, project, filters)
            yield source, rows if after is None else rows.filter(_before(after, source.kind))


def _entries(source: EventSource, slug: str, events: Iterable[Any]) -> Iterator[Entry]:
    for event in events:
        subject = str(getattr(event, source.subject) or "")
        yield Entry(source, event, subject, source.link(slug, event))


def all_entries(project: Project, filters: Filters) -> Iterator[Entry]:
    """Yield the whole trail, newest first, in constant memory."""
    streams = [
        _entries(source, project.slug, rows.iterator(chunk_size=500))
        for source, rows in _streams(project, filters, None)
    ]
    yield from merge(*streams, key=lambda entry: entry.key, reverse=True)


def page(
    project: Project, filters: Filters, *, after: tuple[datetime, str, int] | None, size: int
) -> list[Entry]:
    """Return up to `size` entries that follow the cursor `after`."""
    streams = [
        _entries(source, project.slug, rows[:size])
        for source, rows in _streams(project, filters, after)
    ]
    return list(islice(merge(*streams, key=lambda entry: entry.key, reverse=True), size))


def hides_events(reader: User, project: Project) -> bool:
    """Return whether some events of the project are hidden from this user at present."""
    return any(source.hidden(reader, project) for source in registered_sources())
