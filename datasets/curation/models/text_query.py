"""Queries of the full-text search: the words of a text, and their stems in every language."""

from collections.abc import Iterable, Sequence

from django.contrib.postgres.search import SearchQuery
from django.db import connection

from datasets.conversations.words import CONFIGS, Term, terms_of

# A query does not say its language, so each word is looked up with its stem in all of them.
_STEMS = """
SELECT word, array_agg(DISTINCT stem.lexeme)
FROM unnest(%s::text[]) word, unnest(%s::regconfig[]) config,
    LATERAL unnest(to_tsvector(config, word)) stem
GROUP BY word
"""


def text_query(text: str) -> SearchQuery | None:
    """Return the query for all words and phrases of a text; None if it has no word.

    Asks the database for the stems of the words.
    """
    terms = terms_of(text)
    if not terms:
        return None
    stems = _stems(_single_words(terms))
    parts = [
        _part(term, stems.get(term.words[0], ()) if len(term.words) == 1 else ()) for term in terms
    ]
    return SearchQuery(" & ".join(parts), search_type="raw", config="simple")


def beginnings(text: str) -> set[str]:
    """Return the beginnings of the words that a text finds, for their highlighting."""
    terms = terms_of(text)
    stems = _stems(_single_words(terms))
    return {word for term in terms for word in term.words} | {
        stem for found in stems.values() for stem in found
    }


def _single_words(terms: Iterable[Term]) -> set[str]:
    return {term.words[0] for term in terms if len(term.words) == 1 and not term.is_exact}


def _part(term: Term, stems: Sequence[str]) -> str:
    phrase = " <-> ".join(term.words)
    if term.is_exact:
        return f"({phrase})"
    # The stems of a single word; none of them is looked up where words follow each other.
    others = [stem for stem in stems if stem != phrase]
    return "(" + " | ".join([f"{phrase}:*", *others]) + ")"


def _stems(words: Iterable[str]) -> dict[str, list[str]]:
    given = sorted(words)
    if not given:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_STEMS, [given, sorted(CONFIGS.values())])
        return dict(cursor.fetchall())
