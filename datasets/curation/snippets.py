"""The places in the listed examples at which a search found its words."""

from collections.abc import Sequence
from dataclasses import dataclass

from datasets.conversations.diffs import Piece
from datasets.conversations.words import CONFIGS, Sought, base_language, snippet
from datasets.curation.models import GoldenExample, Revision
from datasets.curation.models.text_query import sought_in


@dataclass(frozen=True)
class Snippet:
    """The text around the best hit in an example; the hits are the added pieces."""

    role: str
    pieces: list[Piece]


def with_snippets(examples: Sequence[GoldenExample], query: str) -> Sequence[GoldenExample]:
    """Give each example the attribute `snippet`, or None where no message has a hit."""
    if not query or not examples:
        return examples
    sought = sought_in(query)
    revisions = Revision.objects.filter(example__in=[example.pk for example in examples])
    messages = {
        (example_id, number): messages
        for example_id, number, messages in revisions.values_list(
            "example_id", "number", "messages"
        )
    }
    for example in examples:
        latest = messages[example.pk, example.latest_number]
        role, pieces = snippet(latest, _with_meaning(sought, example.language))
        example.snippet = Snippet(role, pieces) if pieces else None  # type: ignore[attr-defined]
    return examples


def _with_meaning(sought: Sequence[Sought], language: str) -> Sequence[Sought]:
    """Return what is sought without words such as "the", unless it has no others.

    Where the language of the text is unknown, those of every language are left out.
    """
    base = base_language(language)
    kept = [
        part
        for part in sought
        if not (base in part.without_meaning_in if base in CONFIGS else part.without_meaning_in)
    ]
    return kept or sought
