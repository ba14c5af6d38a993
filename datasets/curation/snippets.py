"""The places in the listed examples at which a search found its words."""

from collections.abc import Sequence
from dataclasses import dataclass

from datasets.conversations.diffs import Piece
from datasets.conversations.words import snippet
from datasets.curation.models import GoldenExample, Revision
from datasets.curation.models.text_query import beginnings


@dataclass(frozen=True)
class Snippet:
    """The text around the first hit in an example; the hits are the added pieces."""

    role: str
    pieces: list[Piece]


def with_snippets(examples: Sequence[GoldenExample], query: str) -> Sequence[GoldenExample]:
    """Give each example the attribute `snippet`, or None where no message has a hit."""
    if not query or not examples:
        return examples
    found = beginnings(query)
    revisions = Revision.objects.filter(example__in=[example.pk for example in examples])
    messages = {
        (example_id, number): messages
        for example_id, number, messages in revisions.values_list(
            "example_id", "number", "messages"
        )
    }
    for example in examples:
        role, pieces = snippet(messages[example.pk, example.latest_number], found)
        example.snippet = Snippet(role, pieces) if pieces else None  # type: ignore[attr-defined]
    return examples
