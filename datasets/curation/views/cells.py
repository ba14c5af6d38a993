"""The cells of the queue besides the example itself. Python writes their HTML, column by column.

A page has 400 cells, most with the value of another one: each value is shown once for a page.
Written by a template, they take a third of Python's time of a page (docs/benchmarks.md).
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Final

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince
from django.utils.translation import gettext, ngettext, pgettext

from datasets.assignments.display import assignee_names, is_overdue
from datasets.curation.columns import Column, registered_cells
from datasets.curation.lifecycle import State
from datasets.curation.models import GoldenExample
from datasets.curation.texts import STATE_LABELS, source_label
from reviewapp.core import formats
from reviewapp.core.time_elements import day
from reviewapp.people.http import ProjectRequest


@dataclass(frozen=True)
class _Shown:
    """How a column without a reader is shown: what decides its cell, and the cell of it."""

    key: Callable[[GoldenExample], Hashable]
    cell: Callable[[Any], str]


def cells_of(
    request: ProjectRequest, examples: Sequence[GoldenExample], columns: Iterable[Column]
) -> list[SafeString]:
    """Return the cells of each example as `<td>` elements."""
    registered = registered_cells(examples, columns, request.user, request.project)
    written = [
        _column(column, examples, _shown_from(registered[column.code]))
        if column.code in registered
        else _column(column, examples, _SHOWN[column.code])
        if column.code in _SHOWN
        else _column(column, examples, _assignees(examples))
        for column in columns
    ]
    # Each cell is escaped by `_column`.
    rows = [mark_safe("".join(cells)) for cells in zip(*written, strict=True)]  # noqa: S308
    return rows or [SafeString()] * len(examples)


def _shown_from(texts: Mapping[int, str]) -> _Shown:
    return _Shown(lambda example: texts.get(example.pk, ""), lambda text: text)


def _column(column: Column, examples: Sequence[GoldenExample], shown: _Shown) -> list[str]:
    """Return the cells of one column."""
    start = _start(column)
    written: dict[Hashable, str] = {}
    cells = []
    for example in examples:
        key = shown.key(example)
        cell = written.get(key)
        if cell is None:
            cell = written[key] = f"{start}{conditional_escape(shown.cell(key))}</td>"
        cells.append(cell)
    return cells


def _start(column: Column) -> SafeString:
    """Return the beginning of a column's cells; narrow pages show its name before each."""
    if not column.classes:
        return format_html('<td data-label="{}">', column.label)
    return format_html('<td class="{}" data-label="{}">', column.classes, column.label)


def _badge(kind: str, label: object) -> SafeString:
    return format_html('<span class="badge badge-{}">{}</span>', kind, label)


def _assignees(examples: Sequence[GoldenExample]) -> _Shown:
    names = assignee_names([example.pk for example in examples])
    return _Shown(
        lambda example: (names.get(example.pk), example.due_on, is_overdue(example)), _assignee
    )


def _assignee(found: tuple[str | None, Any, bool]) -> str:
    """Return who has an example, until when, and whether that is past."""
    name, due_on, is_late = found
    if name is None or due_on is None:
        return name or ""
    return format_html(
        '{} {} <span class="small soft">{}</span>',
        name,
        _badge("alarm", pgettext("an example", "Overdue")) if is_late else "",
        gettext("due %(day)s") % {"day": formats.day(due_on)},
    )


def _findings(counts: tuple[int, int]) -> str:
    """Return how many findings block an example, or else how many are open."""
    blocking, is_open = counts
    if blocking:
        text = ngettext("%(n)s blocking", "%(n)s blocking", blocking) % {"n": blocking}
        return _badge("blocking", text)
    if is_open:
        return _badge("finding", ngettext("%(n)s open", "%(n)s open", is_open) % {"n": is_open})
    return ""


def _age(value: datetime) -> SafeString:
    """Return a `<time>` element such as "3 weeks"; its tooltip has the moment."""
    iso = value.astimezone(UTC).isoformat()
    shown = timesince(value, depth=1)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', iso, formats.moment(value), shown
    )


# The columns without a reader (`register_column`), but for the assignee.
_SHOWN: Final[Mapping[str, _Shown]] = {
    "intent": _Shown(attrgetter("intent_name"), str),
    "language": _Shown(attrgetter("language"), str),
    "state": _Shown(attrgetter("state"), lambda state: _badge(state, STATE_LABELS[State(state)])),
    "findings": _Shown(attrgetter("blocking_findings", "open_findings"), _findings),
    "messages": _Shown(attrgetter("message_count"), str),
    "tokens": _Shown(attrgetter("tokens"), str),
    "updated": _Shown(attrgetter("updated_at"), day),
    "age": _Shown(attrgetter("created_at"), _age),
    "source": _Shown(attrgetter("source"), source_label),
}
