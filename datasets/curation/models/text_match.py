"""Which examples a text finds."""

import re
from dataclasses import dataclass
from typing import Final

from django.apps import apps
from django.db.models import Model, Q, QuerySet

from datasets.curation.models.text_query import text_query

# A search that finds at most this many examples is continued by their ids. One that finds more
# meets the next match soon when it walks the examples in order.
MAX_ID_LIST: Final = 1000
# A subquery with a limit is planned and run by itself.
_ALL: Final = 2**62


@dataclass(frozen=True)
class TextMatch:
    """The examples that a text finds, as two conditions that mean the same.

    Attributes:
        walked: for the next examples in an order, whose texts are read one after the other.
        counted: for counts of all of them, whose texts are read from the index at once. The
            database chooses the other way for these too, which takes ten times as long.
    """

    walked: Q
    counted: Q

    @property
    def is_frequent(self) -> bool:
        """Whether so many examples match that the two conditions differ."""
        return self.counted is not self.walked


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
        return _only(Q())
    number = re.fullmatch(r"#?([0-9]{1,18})", text, re.ASCII)
    exact = Q(external_id=text)
    if number and text.startswith("#"):
        exact |= Q(pk=int(number[1]))
    if ids := [*examples.filter(exact).order_by().values_list("pk", flat=True)[:MAX_ID_LIST]]:
        return _only(Q(pk__in=ids))
    query = text_query(text)
    if query is None:
        return _only(Q(pk__in=[]))
    found = examples.filter(text__vector=query).order_by()
    ids = [*found.values_list("pk", flat=True)[: MAX_ID_LIST + 1]]
    numbers = Q(pk__in=[int(number[1])] if number else [])
    if len(ids) <= MAX_ID_LIST:
        return _only(Q(pk__in=ids) | numbers)
    texts = apps.get_model("datasets", "ExampleText")._base_manager.filter(vector=query)
    counted = Q(pk__in=texts.values("pk")[:_ALL])
    if number:
        return TextMatch(Q(pk__in=found.values("pk")) | numbers, counted | numbers)
    return TextMatch(Q(text__vector=query), counted)


def _only(condition: Q) -> TextMatch:
    return TextMatch(condition, condition)
