"""The audit trail of a project as one stream: the events of every aggregate, newest first.

Each aggregate keeps its events in a table of its own. A page reads as many rows as it shows from
each table by its index and merges them, so that it costs the same however long the trail is.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from heapq import merge
from itertools import islice
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from datasets.curation.models import ExampleEvent
from datasets.versions.models import VersionEvent
from evaluation.gates import DecisionReason, Gate, GateSettings
from evaluation.promotion.models import PromotionEvent
from evaluation.registry.models import ModelEvent
from evaluation.results.reports.wording import gate_title, reason_words
from evaluation.runs.models import RunEvent
from evaluation.voting.models import VoteEvent
from reviewapp.audit.models import AuditEvent
from reviewapp.people.models import Project, ProjectEvent, User

SYSTEM = "system"
FIGURES = ("gate_changed", "decision_changed")
"""Actions of events that tell what a run's votes came to."""


@dataclass(frozen=True)
class Source:
    """One table of events: how its rows are named and where they lead."""

    kind: str
    model: type[AuditEvent]
    related: str
    link: Callable[[str, Any], str]


def _project_link(slug: str, _event: Any) -> str:
    return reverse("project_home", args=[slug])


SOURCES: dict[str, Source] = {
    source.kind: source
    for source in (
        Source("project", ProjectEvent, "subject", _project_link),
        Source(
            "example",
            ExampleEvent,
            "example",
            lambda slug, event: reverse("datasets:example", args=[slug, event.example_id]),
        ),
        Source(
            "version",
            VersionEvent,
            "version",
            lambda slug, event: reverse("datasets:version", args=[slug, event.version.number]),
        ),
        Source(
            "model",
            ModelEvent,
            "model_version",
            lambda slug, event: reverse("evaluation:model", args=[slug, event.model_version_id]),
        ),
        Source(
            "run",
            RunEvent,
            "run",
            lambda slug, event: reverse("evaluation:run", args=[slug, event.run_id]),
        ),
        Source(
            "vote",
            VoteEvent,
            "run",
            lambda slug, event: reverse("evaluation:run_examples", args=[slug, event.run_id]),
        ),
        Source(
            "promotion",
            PromotionEvent,
            "promotion",
            lambda slug, event: reverse("evaluation:promotion", args=[slug, event.promotion_id]),
        ),
    )
}


@dataclass(frozen=True)
class Entry:
    """One line of the trail."""

    kind: str
    event: Any
    subject: str
    url: str

    @property
    def key(self) -> tuple[datetime, str, int]:
        """What orders the trail: time, then table, then row. No two entries share it."""
        return (self.event.at, self.kind, self.event.pk)

    @property
    def what(self) -> str:
        """The action in words: "Freeze", "Gate changed: Returns above 40 %", "Add rater: Ann"."""
        words = str(self.event.action).replace("_", " ").capitalize()
        about = self._gate or self._rater
        return f"{words}: {about}" if about else words

    @property
    def before(self) -> str:
        """The state before the event, a code of the gates in words."""
        return self._in_words(self.event.before)

    @property
    def after(self) -> str:
        """The state after the event, a code of the gates in words."""
        return self._in_words(self.event.after)

    @property
    def reason(self) -> str:
        """The reason of the event, that of a decision as the run's page words it."""
        reason = str(self.event.reason)
        if self.event.action == "decision_changed" and reason in set(DecisionReason):
            return reason_words(DecisionReason(reason))
        return reason

    def _in_words(self, code: str) -> str:
        return code.replace("_", " ") if self.event.action in FIGURES else code

    @property
    def _rater(self) -> str:
        """The name of the rater whom an event added or removed."""
        is_about_rater = self.event.action in {"add_rater", "remove_rater"}
        return str(self.event.detail.get("rater", "")) if is_about_rater else ""

    @property
    def _gate(self) -> str:
        """The title of the gate that a gate event is about, as the run's page has it."""
        detail = self.event.detail
        if self.event.action not in FIGURES or detail.get("gate") not in set(Gate):
            return ""
        settings = GateSettings.from_json(self.event.run.gate_settings)
        return gate_title(Gate(detail["gate"]), detail.get("subject", ""), settings)

    @property
    def cursor(self) -> str:
        """The key as text, for the address of the next page."""
        return f"{self.event.at.isoformat()}|{self.kind}|{self.event.pk}"


@dataclass(frozen=True)
class Filters:
    """What of the trail is asked for; empty fields ask for everything.

    `action` is a code or its words as `Entry.what` writes them; `hidden_runs` are the ids of runs
    whose gates and votes the person who asks may not see.
    """

    kind: str = ""
    action: str = ""
    actor: str = ""
    since: date | None = None
    until: date | None = None
    hidden_runs: Sequence[int] = ()


def _rows(source: Source, project: Project, filters: Filters) -> QuerySet[Any]:
    related = [source.related, "actor"]
    if source.kind == "version":
        related.append("version__project")
    rows = source.model._default_manager.filter(project=project).select_related(*related)
    if filters.action:
        rows = rows.filter(action=filters.action.strip().lower().replace(" ", "_"))
    if filters.actor:
        rows = rows.filter(_is_by(filters.actor.strip()))
    if filters.since:
        rows = rows.filter(at__date__gte=filters.since)
    if filters.until:
        rows = rows.filter(at__date__lte=filters.until)
    if filters.hidden_runs and source.kind == "run":
        rows = rows.exclude(action__in=FIGURES, run__in=filters.hidden_runs)
    if filters.hidden_runs and source.kind == "vote":
        rows = rows.exclude(run__in=filters.hidden_runs)
    return rows.order_by("-at", "-pk")


def _is_by(who: str) -> Q:
    """Whose events are asked for: a part of a name or address, or the system's own."""
    if who.casefold() == SYSTEM:
        return Q(actor=None)
    people = User.objects.filter(Q(email__icontains=who) | Q(name__icontains=who))
    return Q(actor__in=people)


def _before(cursor: tuple[datetime, str, int], kind: str) -> Q:
    at, cursor_kind, pk = cursor
    if kind < cursor_kind:
        return Q(at__lte=at)
    if kind > cursor_kind:
        return Q(at__lt=at)
    return Q(at__lt=at) | Q(at=at, pk__lt=pk)


def parse_cursor(text: str) -> tuple[datetime, str, int] | None:
    """Return the key in a page's address; None for the first page or a mangled address."""
    parts = text.split("|")
    try:
        at, kind, pk = parts
        return datetime.fromisoformat(at), kind, int(pk)
    except ValueError:
        return None


def _streams(
    project: Project, filters: Filters, after: tuple[datetime, str, int] | None
) -> Iterator[tuple[Source, QuerySet[Any]]]:
    for source in SOURCES.values():
        if filters.kind in {"", source.kind}:
            rows = _rows(source, project, filters)
            yield source, rows if after is None else rows.filter(_before(after, source.kind))


def _entries(source: Source, slug: str, events: Iterable[Any]) -> Iterator[Entry]:
    for event in events:
        subject = str(getattr(event, source.related) or "")
        yield Entry(source.kind, event, subject, source.link(slug, event))


def everything(project: Project, filters: Filters) -> Iterator[Entry]:
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
