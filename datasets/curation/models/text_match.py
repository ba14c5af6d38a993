"""Which examples a text finds."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Model, Q, QuerySet

from datasets.curation.models.text_query import text_query

# A search that finds at most this many examples is continued by their ids. One that finds more
# meets the next match soon when it walks the examples in order.
MAX_ID_LIST: Final = 1000


@dataclass(frozen=True)
class TextMatch:
    """The condition of the examples that a text finds.

    Attributes:
        first: one id more than `MAX_ID_LIST`, if it finds that many; else empty.
    """

    condition: Q
    first: Sequence[int] = ()

    @property
    def is_frequent(self) -> bool:
        """Whether it finds many examples."""
        return bool(self.first)


def match_text(examples: QuerySet[Model], text: str) -> TextMatch:
    """Return the condition for examples with this id, or with all words of a text in any message.

    An id is the example number, with or without #, or the external id. An external id or
    #number that exists finds nothing else. A word may be cut short or inflected; words in
    quotes, or joined by punctuation, must follow each other. An empty text finds everything.

    Queries the database: PostgreSQL cannot estimate how rare a prefix is, and walks all examples
    in order for a rare one unless it gets their ids.
    """
    text = text.strip()
    if not text:
        return TextMatch(Q())
    number = re.fullmatch(r"#?([0-9]{1,18})", text, re.ASCII)
    exact = Q(external_id=text)
    if number and text.startswith("#"):
        exact |= Q(pk=int(number[1]))
    if ids := [*examples.filter(exact).order_by().values_list("pk", flat=True)[:MAX_ID_LIST]]:
        return TextMatch(Q(pk__in=ids))
    query = text_query(text)
    if query is None:
        return TextMatch(Q(pk__in=[]))
    found = examples.filter(text__vector=query).order_by()
    ids = [*found.values_list("pk", flat=True)[: MAX_ID_LIST + 1]]
    pk = int(number[1]) if number else 0
    if len(ids) <= MAX_ID_LIST:
        return TextMatch(Q(pk__in=[*ids, pk]))
    # Both are looked up in one table, so that its indexes answer; an erased example has no text.
    condition = Q(text__vector=query) | Q(text__example=pk) if pk else Q(text__vector=query)
    if pk and examples.filter(pk=pk, text=None).exists():
        condition |= Q(pk=pk)
    return TextMatch(condition, ids)
