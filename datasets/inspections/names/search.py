"""The names and addresses in the messages of one example, as places of personal data."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from datasets.conversations.chat import Content
from datasets.inspections.findings import Inspected, InspectionSettings
from datasets.inspections.names import model
from datasets.inspections.names.known import known_names
from datasets.inspections.names.places import WORD, places_in
from datasets.inspections.spans import Span

MAX_CHARACTERS: Final = 10_000
"""Of an example; the model needs some milliseconds for each 480."""
NAME_CODES: Final = {"name": "personal_name", "address": "personal_address"}
PLACEHOLDERS: Final = {"name": "[NAME]", "address": "[ADDRESS]"}
SEARCHED_ROLES: Final = frozenset({"user", "assistant"})
GUESS: Final = 1


class NameSearch:
    """Searches the messages of an example one by one; `is_cut` once it has read too many."""

    def __init__(self, inspected: Inspected) -> None:
        """Prepare it; without the model, or if the project wants none, it finds nothing."""
        self.is_cut = False
        self._left = MAX_CHARACTERS
        settings = inspected.settings
        self._model = model.load_model() if settings.finds_names else None
        self._shop = frozenset(_shop_words(inspected)) if self._model else frozenset()
        self._known = known_names(settings.known_names)

    def spans(self, turn: Mapping[str, Any]) -> list[Span]:
        """Return the names and addresses in what customer or assistant say."""
        text = turn["content"]
        if self._model is None or not text or turn["role"] not in SEARCHED_ROLES:
            return []
        self.is_cut = self.is_cut or len(text) > self._left
        text = text[: self._left]
        self._left -= len(text)
        known = self._known.places_in(text)
        return [
            Span(
                place.start,
                place.end,
                NAME_CODES[place.kind],
                GUESS,
                place.kind,
                PLACEHOLDERS[place.kind],
            )
            for place in places_in(text, self._model.marks(text), self._shop)
            if not known.cover(place.start, place.end)
        ]


def read_ahead(contents: Iterable[Content], settings: InspectionSettings) -> None:
    """Have the messages of several examples read at once, before they are searched.

    What it does not meet again is read anew then.
    """
    loaded = model.load_model() if settings.finds_names else None
    if loaded is not None:
        loaded.read_ahead(text for content in contents for text in _searched(content))


def _searched(content: Content) -> Iterator[str]:
    left = MAX_CHARACTERS
    for turn in content.messages:
        text = (turn["content"] or "")[:left] if turn["role"] in SEARCHED_ROLES else ""
        left -= len(text)
        if text:
            yield text


def _shop_words(inspected: Inspected) -> Iterator[str]:
    """Yield the names that are the shop's own: of the project, and those in system messages."""
    texts = [
        turn["content"] or "" for turn in inspected.content.messages if turn["role"] == "system"
    ]
    for text in (inspected.settings.project_name, *texts):
        for match in WORD.finditer(text[:MAX_CHARACTERS]):
            if match[0][0].isupper():
                yield match[0].casefold()
