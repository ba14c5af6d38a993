"""A place in a text that looks like personal data, and the choice among overlapping places."""

import re
from bisect import bisect
from collections.abc import Iterable
from dataclasses import dataclass

# Words before a number that show that it does not belong to a person.
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
    """A place that looks like personal data.

    Attributes:
        code: of the finding.
        certainty: 1 guess, 2 by form, 3 by check digits.
        kind: a key of `texts.PERSONAL_DATA`.
        placeholder: the text that replaces it.
    """

    start: int
    end: int
    code: str
    certainty: int
    kind: str
    placeholder: str


def without_overlaps(spans: Iterable[Span]) -> list[Span]:
    """Return the most certain, then longest, of overlapping spans; sorted by place."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (-s.certainty, s.start - s.end, s.start)):
        # The spans kept so far do not overlap, so only the neighbours need to be compared.
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
    """Return whether the words before a number name an order, a parcel or an article."""
    return OBJECT_NOUN.search(before(text, start)) is not None
