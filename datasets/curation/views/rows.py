"""The rows of the queue: what the template shows of each, each text and address once for a page."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from datasets.comments.unread import TalkCount
from datasets.conversations.diffs import Change
from datasets.curation.columns import Column
from datasets.curation.presence import Present
from datasets.curation.snippets import Snippet
from datasets.curation.texts import role_label
from datasets.curation.views.cells import cells_of
from reviewapp.core.erased import shown_text
from reviewapp.people.http import ProjectRequest


@dataclass(frozen=True)
class Hit:
    """The text of a message around a hit of the search: its pieces, and whether each is a hit."""

    role: str | Promise
    pieces: list[tuple[str, bool]]


@dataclass(frozen=True)
class QueueRow:
    """A row of the queue.

    Attributes:
        number: the id, as an address has it.
        label: what the box that selects the example is called.
        talk, unread: how many threads are open, and how many of them have something new.
        others: who else edits the example, and who has it open.
        cells: the `<td>` elements of the columns.
    """

    number: str
    label: str
    url: str
    text: str
    talk: str
    unread: str
    others: list[str]
    hit: Hit | None
    cells: SafeString


def rows_of(
    request: ProjectRequest,
    examples: Sequence[Any],
    columns: Iterable[Column],
    query: str,
) -> list[QueueRow]:
    """Return the rows of a page; the query of its filter is that of their links.

    The examples have the notes of the queue: `talk`, `present`, and `snippet` of a search.
    """
    begin, _, end = reverse("datasets:example", args=[request.project.slug, 0]).rpartition("0")
    end += f"?{query}" if query else ""
    label = gettext("Select example %(number)s")
    cells = cells_of(request, examples, columns)
    return [
        QueueRow(
            number=str(example.pk),
            label=label % {"number": example.pk},
            url=f"{begin}{example.pk}{end}",
            text=shown_text(str(example)),
            talk=_talk(example.talk) if example.talk else "",
            unread=_unread(example.talk) if example.talk else "",
            others=[*_others(example.present)],
            hit=_hit(getattr(example, "snippet", None)),
            cells=own,
        )
        for example, own in zip(examples, cells, strict=True)
    ]


def _talk(talk: TalkCount) -> str:
    return ngettext("%(n)s open thread", "%(n)s open threads", talk.open) % {"n": talk.open}


def _unread(talk: TalkCount) -> str:
    if not talk.unread:
        return ""
    return ngettext("%(n)s unread", "%(n)s unread", talk.unread) % {"n": talk.unread}


def _others(present: Present) -> Iterator[str]:
    """Yield who else edits the example, and who has it open."""
    if present.editing:
        yield gettext("Editing now: %(editors)s") % {"editors": present.editing}
    if present.opened:
        yield gettext("Has it open: %(members)s") % {"members": present.opened}


def _hit(found: Snippet | None) -> Hit | None:
    if found is None:
        return None
    pieces = [(piece.text, piece.change == Change.ADDED) for piece in found.pieces]
    return Hit(role_label(found.role), pieces)
