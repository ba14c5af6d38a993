"""The help in the reader's language: the catalog `help` has a message for each block of it.

The catalog has what people who work in the app read: the parts of `docs/` that topics show, and
the words of the glossary. What it lacks stays in English and is marked as such.
"""

import gettext
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, to_locale

from reviewapp.core.markdown import render_document
from reviewapp.web.help.anchors import HEADING, heading_ids
from reviewapp.web.help.blocks import messages_of, translate_blocks
from reviewapp.web.help.documents import GLOSSARY, Part, document_text, part_text
from reviewapp.web.help.keyboard import keys_as_named
from reviewapp.web.help.topics import TOPICS

DOMAIN: Final = "help"
SOURCE_LANGUAGE: Final = "en"
# Punctuation that no text has: emphasis and code beside it are read as they are without it.
_OPEN, _CLOSE = "⟅", "⟆"
_LINK: Final = re.compile(r"\]\((?=[\w#])(?:([\w-]+)\.md)?(#[\w-]+)?\)")
_ROW: Final = re.compile(r"^\| (?P<word>[^|]+?) \| (?P<meaning>[^|]+?) \|", re.M)


@dataclass(frozen=True)
class Shown:
    """A text of the help for a template, its language, and whether any of it is in English only."""

    text: str
    language: str
    has_english: bool = False


class _English(gettext.NullTranslations):
    """Marks what has no translation."""

    def gettext(self, message: str) -> str:
        return f"{_OPEN}{message}{_CLOSE}"


def help_messages() -> Iterator[tuple[str, str]]:
    """Yield the messages that translators get, each with the page of documentation it is in."""
    for document, parts in _parts_by_document().items():
        texts = [document_title(document)]
        for part in parts:
            texts += [part_heading(part), part_text(part)]
        for text in texts:
            yield from ((document, message) for message in messages_of(text))
    yield from ((GLOSSARY, message) for message in messages_of(document_text(GLOSSARY)))


@lru_cache(maxsize=1)
def _parts_by_document() -> dict[str, list[Part]]:
    """Return the parts that topics show, each once, by page of documentation."""
    found: dict[str, list[Part]] = {}
    for part in dict.fromkeys(part for topic in TOPICS.values() for part in topic.parts):
        found.setdefault(part.document, []).append(part)
    return dict(sorted(found.items()))


def shown(text: str, document: str) -> Shown:
    """Return Markdown of a page of documentation in the reader's language, as HTML."""
    language = _language()
    if language == SOURCE_LANGUAGE:
        return Shown(_html(text, document), language)
    translated = translate_blocks(text, _catalog(language).gettext)
    is_english = document not in (*_parts_by_document(), GLOSSARY)
    if is_english or translated.count(_OPEN) == len(messages_of(text)):
        return Shown(_html(text, document), SOURCE_LANGUAGE, has_english=True)
    html = _html(keys_as_named(translated), document)
    marked = html.replace(_OPEN, f'<span lang="{SOURCE_LANGUAGE}">').replace(_CLOSE, "</span>")
    return Shown(mark_safe(marked), language, has_english=_OPEN in html)  # noqa: S308 - sanitised.


def shown_heading(heading: str) -> Shown:
    """Return a heading or a word in the reader's language, as text."""
    language = _language()
    if language == SOURCE_LANGUAGE or not heading:
        return Shown(heading, language)
    translate = _catalog(language).gettext
    translated = translate(heading)
    if translated.startswith(_OPEN):
        return Shown(heading, SOURCE_LANGUAGE, has_english=True)
    return Shown(translated, language)


def _language() -> str:
    """Return the reader's language; every English is the one of the documentation."""
    language = get_language() or SOURCE_LANGUAGE
    return SOURCE_LANGUAGE if language.startswith(SOURCE_LANGUAGE) else language


def _html(text: str, document: str) -> SafeString:
    """Return Markdown as HTML; links between pages of documentation lead to their part there."""

    def to_help(found: re.Match[str]) -> str:
        return f"]({reverse('help_document', args=[found[1] or document])}{found[2] or ''})"

    return mark_safe(render_document(_LINK.sub(to_help, text)))  # noqa: S308 - our own, sanitised.


def shown_document(document: str) -> Shown:
    """Return a whole page of documentation in the reader's language, with ids of its headings.

    The ids are those that the links in the documentation name, in every language.
    """
    text = document_text(document).partition("\n")[2]
    found = shown(text, document)
    ids = iter(heading_ids(render_document(text)))
    html = HEADING.sub(lambda heading: f'<h3 id="{next(ids)}">{heading[1]}</h3>', found.text)
    return replace(found, text=mark_safe(html))  # noqa: S308 - sanitised.


def document_title(document: str) -> str:
    """Return the heading of a page of the documentation."""
    return document_text(document).partition("\n")[0].lstrip("# ")


def part_heading(part: Part) -> str:
    """Return the heading of a part without the number of a step."""
    return part.heading.lstrip("0123456789. ")


@lru_cache(maxsize=1)
def glossary() -> dict[str, str]:
    """Return the meaning of each word of the glossary."""
    return {row["word"]: row["meaning"] for row in _ROW.finditer(document_text(GLOSSARY))}


@lru_cache(maxsize=16)
def _catalog(language: str) -> gettext.NullTranslations:
    try:
        found = gettext.translation(DOMAIN, settings.LOCALE_PATHS[0], [to_locale(language)])
    except FileNotFoundError:
        return _English()
    found.add_fallback(_English())
    return found
