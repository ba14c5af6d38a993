"""Queries of the full-text search: the words of a text, and their stems in every language."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from django.contrib.postgres.search import SearchQuery
from django.db import connection

from datasets.conversations.words import CONFIGS, Sought, Term, terms_of

# A query does not say its language, so each word is looked up with its stem in all of them. Where
# it has none, it is a word without meaning there.
_STEMS = """
SELECT word,
    coalesce(array_agg(DISTINCT stem.lexeme) FILTER (WHERE stem.lexeme IS NOT NULL), '{}'),
    coalesce(array_agg(DISTINCT config::text) FILTER (WHERE stem.lexeme IS NULL), '{}')
FROM unnest(%s::text[]) word
CROSS JOIN unnest(%s::regconfig[]) config
LEFT JOIN LATERAL unnest(to_tsvector(config, word)) stem ON true
GROUP BY word
"""
_LANGUAGES: Final = {config: language for language, config in CONFIGS.items()}


class _Stems(NamedTuple):
    """The stems of a word, and the configurations in which it has none."""

    stems: list[str]
    without: list[str]


_NONE: Final = _Stems([], [])
# A search asks twice, for its hits and for their marks, and a word has the same stems each time.
_KNOWN_STEMS: Final[dict[str, _Stems]] = {}
MAX_KNOWN_STEMS: Final = 10_000


def text_query(text: str) -> SearchQuery | None:
    """Return the query for all words and phrases of a text; None if it has no word.

    Asks the database for the stems of the words.
    """
    terms = terms_of(text)
    if not terms:
        return None
    stems = _stems(_single_words(terms))
    parts = [_part(term, stems.get(term.words[0], _NONE).stems) for term in terms]
    return SearchQuery(" & ".join(parts), search_type="raw", config="simple")


def sought_in(text: str) -> list[Sought]:
    """Return what a text finds, for its highlighting."""
    terms = terms_of(text)
    stems = _stems(_single_words(terms))
    return [_sought(term, stems.get(" ".join(term.words), _NONE)) for term in terms]


def _sought(term: Term, found: _Stems) -> Sought:
    languages = frozenset(_LANGUAGES[config] for config in found.without)
    return Sought(term.words, tuple(found.stems), term.is_exact, languages)


def _single_words(terms: Iterable[Term]) -> set[str]:
    return {term.words[0] for term in terms if len(term.words) == 1 and not term.is_exact}


def _part(term: Term, stems: Sequence[str]) -> str:
    phrase = " <-> ".join(term.words)
    if term.is_exact:
        return f"({phrase})"
    # The stems of a single word; none of them is looked up where words follow each other.
    others = [stem for stem in stems if stem != phrase] if len(term.words) == 1 else []
    return "(" + " | ".join([f"{phrase}:*", *others]) + ")"


def _stems(words: Iterable[str]) -> dict[str, _Stems]:
    wanted = set(words)
    # Read once: another thread may empty the store meanwhile.
    found = {word: stems for word in wanted if (stems := _KNOWN_STEMS.get(word)) is not None}
    if missing := sorted(wanted - found.keys()):
        with connection.cursor() as cursor:
            cursor.execute(_STEMS, [missing, sorted(CONFIGS.values())])
            new = {word: _Stems(*stems) for word, *stems in cursor.fetchall()}
        if len(_KNOWN_STEMS) + len(new) > MAX_KNOWN_STEMS:
            _KNOWN_STEMS.clear()
        _KNOWN_STEMS.update(new)
        found |= new
    return found
