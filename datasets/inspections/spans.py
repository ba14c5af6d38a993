"""A place in a text that looks like personal data, and which of several that overlap counts."""

import re
from bisect import bisect
from collections.abc import Iterable
from dataclasses import dataclass

# Words right before a number that say that it is no person's.
OBJECT_NOUN = re.compile(
    r"\b(?:order|bestell\w*|auftrag\w*|ordine|pedido|bestelling|commande|invoice|rechnung\w*|"
    r"fattura|factura|factuur|facture|tracking|track|parcel|paket\w*|sendung\w*|pacco|paquete|"
    r"pakket|colis|ticket|case|isbn|ean|sku|item|art(?:ikel|icolo|[ií]culo|icle)\w*|version|"
    r"release|firmware|model+o?|serial|serien\w*|seriale?)\b[^.!?\n]{0,24}$",
    re.IGNORECASE,
)
CONTEXT = 40


@dataclass(frozen=True)
class Span:
    """A hit: where, which finding, how certain (1 guess, 2 by form, 3 by check digits), its name.

    `place` is what a click writes there; `name` reads in "This looks like ...".
    """

    start: int
    end: int
    code: str
    certainty: int
    name: str
    place: str


def without_overlaps(spans: Iterable[Span]) -> list[Span]:
    """Keep of spans that overlap the most certain one, then the longest; sorted by place."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (-s.certainty, s.start - s.end, s.start)):
        # What is kept does not overlap, so only the neighbours can stand in the way.
        at = bisect(kept, span.start, key=_start)
        is_after_left = at == 0 or kept[at - 1].end <= span.start
        is_before_right = at == len(kept) or span.end <= kept[at].start
        if is_after_left and is_before_right:
            kept.insert(at, span)
    return kept


def _start(span: Span) -> int:
    return span.start


def before(text: str, start: int) -> str:
    """Return the words right before a place."""
    return text[max(0, start - CONTEXT) : start]


def follows_object_noun(text: str, start: int) -> bool:
    """Whether the words before a number say that it is an order, a parcel, an article."""
    return OBJECT_NOUN.search(before(text, start)) is not None
