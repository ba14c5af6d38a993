"""The rows of the queue. Their HTML is made in Python, each text and address once for a page.

A page has 400 cells: with tags for each of them, templates took most of its time
(docs/benchmarks.md).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext, ngettext, pgettext

from datasets.assignments.display import is_overdue
from datasets.conversations.diffs import Change
from datasets.curation.columns import Column, registered_cells
from datasets.curation.lifecycle import State
from datasets.curation.models import GoldenExample
from datasets.curation.snippets import Snippet
from datasets.curation.texts import STATE_LABELS, role_label, source_label
from reviewapp.core import formats
from reviewapp.core.erased import shown_text
from reviewapp.core.time_elements import day
from reviewapp.people.http import ProjectRequest


@dataclass(frozen=True)
class Row:
    """An example in the queue.

    Attributes:
        select_label: the name of its check box.
        snippet: where a search found its words; empty without one.
        cells: the columns besides the example itself, as `<td>` elements.
    """

    example: GoldenExample
    url: str
    text: str
    select_label: str
    snippet: SafeString | str
    cells: SafeString


def rows_of(
    request: ProjectRequest,
    examples: Sequence[GoldenExample],
    columns: Iterable[Column],
    query: str,
) -> list[Row]:
    """Return the rows of a page; the query of its filter is that of their links too."""
    begin, _, end = reverse("datasets:example", args=[request.project.slug, 0]).rpartition("0")
    end += f"?{query}" if query else ""
    label = gettext("Select example %(number)s")
    cells = _cells(request, examples, columns)
    return [
        Row(
            example,
            url=f"{begin}{example.pk}{end}",
            text=shown_text(str(example)),
            select_label=label % {"number": example.pk},
            snippet=_snippet(getattr(example, "snippet", None)),
            cells=own,
        )
        for example, own in zip(examples, cells, strict=True)
    ]


def _snippet(found: Snippet | None) -> SafeString | str:
    """Return the role and the text of a message around a hit, with the hits marked."""
    if found is None:
        return ""
    pieces = (
        format_html("<mark>{}</mark>", piece.text) if piece.change == Change.ADDED else piece.text
        for piece in found.pieces
    )
    return format_html(
        '{}: <span dir="auto">{}</span>',
        role_label(found.role),
        format_html_join("", "{}", ((piece,) for piece in pieces)),
    )


def _cells(
    request: ProjectRequest, examples: Sequence[GoldenExample], columns: Iterable[Column]
) -> list[SafeString]:
    """Return the cells of each example."""
    registered = registered_cells(examples, columns, request.user, request.project)
    starts = {column.code: _start(column) for column in columns}

    def text(code: str, example: GoldenExample) -> str:
        if code in _CELLS:
            return _CELLS[code](example)
        return registered[code].get(example.pk, "")

    return [
        format_html_join(
            "", "{}{}</td>", ((start, text(code, example)) for code, start in starts.items())
        )
        for example in examples
    ]


def _start(column: Column) -> SafeString:
    """Return the beginning of a column's cells; narrow pages show its name before each."""
    if not column.classes:
        return format_html('<td data-label="{}">', column.label)
    return format_html('<td class="{}" data-label="{}">', column.classes, column.label)


def _badge(kind: str, label: object) -> SafeString:
    return format_html('<span class="badge badge-{}">{}</span>', kind, label)


def _assignee(example: GoldenExample) -> str:
    """Return who has the example, until when, and whether that is past."""
    assignment = getattr(example, "assignment", None)
    if assignment is None:
        return ""
    if assignment.due_on is None:
        return str(assignment.assignee)
    return format_html(
        '{} {} <span class="small soft">{}</span>',
        assignment.assignee,
        _badge("alarm", pgettext("an example", "Overdue")) if is_overdue(example) else "",
        gettext("due %(day)s") % {"day": formats.day(assignment.due_on)},
    )


def _findings(example: GoldenExample) -> str:
    """Return how many findings block the example, or else how many are open."""
    if count := example.blocking_findings:
        return _badge(
            "blocking", ngettext("%(n)s blocking", "%(n)s blocking", count) % {"n": count}
        )
    if count := example.open_findings:
        return _badge("finding", ngettext("%(n)s open", "%(n)s open", count) % {"n": count})
    return ""


def _age(value: datetime) -> SafeString:
    """Return a `<time>` element such as "3 weeks"; its tooltip has the moment."""
    iso = value.astimezone(UTC).isoformat()
    shown = timesince(value, depth=1)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', iso, formats.moment(value), shown
    )


# The columns without a reader (`register_column`).
_CELLS: Final[Mapping[str, Callable[[GoldenExample], str]]] = {
    "intent": lambda example: example.intent_name,
    "language": lambda example: example.language,
    "state": lambda example: _badge(example.state, STATE_LABELS[State(example.state)]),
    "assignee": _assignee,
    "findings": _findings,
    "messages": lambda example: str(example.message_count),
    "tokens": lambda example: str(example.tokens),
    "updated": lambda example: day(example.updated_at),
    "age": lambda example: _age(example.created_at),
    "source": lambda example: source_label(example.source),
}
