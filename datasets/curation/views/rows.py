"""The rows of the queue. Their HTML is made in Python, each text and address once for a page."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.urls import reverse
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
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


def rows_of(
    request: ProjectRequest,
    examples: Sequence[Any],
    columns: Iterable[Column],
    query: str,
) -> SafeString:
    """Return the rows of a page as `<tr>` elements; the query of its filter is that of their links.

    The examples have the notes of the queue: `talk`, `present`, and `snippet` of a search.
    """
    begin, _, end = reverse("datasets:example", args=[request.project.slug, 0]).rpartition("0")
    begin, end = escape(begin), escape(end + (f"?{query}" if query else ""))
    label = escape(gettext("Select example %(number)s"))
    cells = cells_of(request, examples, columns)
    rows = "".join(
        f'<tr id="example-{example.pk}">'
        '<td class="pick"><label class="pick-label"><input type="checkbox" name="example"'
        f' value="{example.pk}" aria-label="{label % {"number": example.pk}}"></label></td>'
        f'<td class="clip" dir="auto"><a href="{begin}{example.pk}{end}">'
        f"{escape(shown_text(str(example)))}</a>{_notes(example)}</td>{own}</tr>\n"
        for example, own in zip(examples, cells, strict=True)
    )
    return mark_safe(rows)  # noqa: S308 - all parts are escaped.


def _notes(example: Any) -> str:
    """Return what stands below the text of an example."""
    found: Snippet | None = getattr(example, "snippet", None)
    return "".join(
        (
            _talk(example.talk) if example.talk else "",
            *_others(example.present),
            _snippet(found) if found else "",
        )
    )


def _talk(talk: TalkCount) -> SafeString:
    """Return how many threads are open, and how many of them have something new."""
    text = ngettext("%(n)s open thread", "%(n)s open threads", talk.open) % {"n": talk.open}
    unread = ngettext("%(n)s unread", "%(n)s unread", talk.unread) % {"n": talk.unread}
    new = format_html(' <strong class="talk-new">{}</strong>', unread) if talk.unread else ""
    return format_html('<span class="small soft row-talk">{}{}</span>', text, new)


def _others(present: Present) -> Iterator[SafeString]:
    """Yield who else edits the example, and who has it open."""
    if present.editing:
        yield _note(gettext("Editing now: %(editors)s") % {"editors": present.editing})
    if present.opened:
        yield _note(gettext("Has it open: %(members)s") % {"members": present.opened})


def _note(text: str) -> SafeString:
    return format_html('<span class="small row-talk">{}</span>', text)


def _snippet(found: Snippet) -> SafeString:
    """Return the role and the text of a message around a hit, with the hits marked."""
    pieces = (
        format_html("<mark>{}</mark>", piece.text) if piece.change == Change.ADDED else piece.text
        for piece in found.pieces
    )
    return format_html(
        '<span class="snippet small soft">{}: <span dir="auto">{}</span></span>',
        role_label(found.role),
        format_html_join("", "{}", ((piece,) for piece in pieces)),
    )
