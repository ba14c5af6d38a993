"""Catalogs: update the PO files from the sources, compile and check them.

The same sources and translations always give the same PO file: sorted by source file, without line
numbers, dates or obsolete messages.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog as BabelCatalog
from babel.messages.catalog import Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from reviewapp.i18n.extraction import extracted_messages
from reviewapp.i18n.languages import (
    DOMAINS,
    LOCALE_DIR,
    catalog_path,
    folder_name,
    own_name,
    translated_languages,
)
from reviewapp.web.help.translated import DOMAIN as HELP

LINE_WIDTH: Final = 100
ALIKE: Final = 0.7
"""How alike two blocks of the help are that are one block before and after a change."""
# Code and the targets of links, placeholders of both kinds, doubled percent signs, and tags: a
# translation must keep all of them.
_KEPT: Final = re.compile(r"`[^`]+`|\]\([^)]*\)|%\(\w+\)[a-z]|%%|%s|\{\w*\}|</?\w+")
# A percent sign after a plain space may begin a line. A placeholder such as %(name)s is no sign.
_LOOSE_PERCENT: Final = re.compile(r"[\w)}] %(?=%|[^\w(%]|$)")


class Catalog(BabelCatalog):
    """A catalog whose header has no dates or tool versions."""

    def _get_mime_headers(self) -> list[tuple[str, str]]:
        """Return language, plural forms and encoding; no dates, names or tool versions."""
        return [
            ("Language", str(self.locale_identifier or "")),
            ("Plural-Forms", self.plural_forms),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]

    mime_headers = property(_get_mime_headers)


def updated_catalog(root: Path, language: str, domain: str, previous: bytes = b"") -> Catalog:
    """Return the messages of the sources with the translations of the previous PO file.

    A message that is no longer in the sources is dropped, and a new one has no translation. Only a
    changed block of the help keeps its translation, as fuzzy: it is shown again when it is amended.
    """
    known = parse_po(previous, language)
    catalog = new_catalog(language)
    for found in extracted_messages(root, domain):
        key = found.id if isinstance(found.id, str) else found.id[:2]
        catalog.add(
            key, locations=[(found.file, 0)], auto_comments=found.comments, context=found.context
        )
    for message in _messages(catalog):
        old = known.get(message.id, message.context)
        if old is not None and old.pluralizable == message.pluralizable:
            message.string, message.user_comments = old.string, old.user_comments
            if old.fuzzy:
                message.flags.add("fuzzy")
    if domain == HELP:
        keep_of_changed(catalog, known)
    return catalog


def keep_of_changed(catalog: Catalog, known: BabelCatalog) -> None:
    """Give each new message the translation of the most similar one that was dropped, as fuzzy."""
    dropped = {str(old.id): old for old in _messages(known) if old.string and old.id not in catalog}
    for message in _messages(catalog) if dropped else ():
        if not message.string:
            for similar in get_close_matches(str(message.id), dropped, n=1, cutoff=ALIKE):
                message.string = dropped[similar].string
                message.flags.add("fuzzy")


def new_catalog(language: str) -> Catalog:
    """Return an empty catalog."""
    comment = (
        f"# {own_name(language)}. Written by `make messages`; only the translations are by hand."
    )
    return Catalog(locale=folder_name(language), header_comment=comment, fuzzy=False)


def parse_po(content: bytes, language: str) -> BabelCatalog:
    """Return the catalog of a PO file's content."""
    return read_po(io.BytesIO(content), locale=folder_name(language))


def po_bytes(catalog: Catalog) -> bytes:
    """Return the content of the PO file of a catalog."""
    file = io.BytesIO()
    write_po(file, catalog, width=LINE_WIDTH, sort_by_file=True, include_lineno=False)
    return file.getvalue().rstrip(b"\n") + b"\n"


def mo_bytes(catalog: Catalog) -> bytes:
    """Return the content of the compiled file of a catalog, without fuzzy messages."""
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def write_catalogs(root: Path, locale_dir: Path = LOCALE_DIR) -> dict[str, int]:
    """Update and compile every catalog; return the number of messages by PO file."""
    sizes = {}
    for language in translated_languages(locale_dir):
        for domain in DOMAINS:
            po = catalog_path(language, domain, root=locale_dir)
            previous = po.read_bytes() if po.exists() else b""
            catalog = updated_catalog(root, language, domain, previous)
            po.write_bytes(po_bytes(catalog))
            po.with_suffix(".mo").write_bytes(mo_bytes(catalog))
            sizes[f"{po.parent.parent.name}/{po.name}"] = len(catalog)
    return sizes


def outdated_catalogs(root: Path, locale_dir: Path = LOCALE_DIR) -> list[str]:
    """Return a line for each catalog that differs from what `write_catalogs` would write."""
    lines = []
    for language in translated_languages(locale_dir):
        for domain in DOMAINS:
            po = catalog_path(language, domain, root=locale_dir)
            mo = po.with_suffix(".mo")
            previous = po.read_bytes() if po.exists() else b""
            wanted = updated_catalog(root, language, domain, previous)
            if not po.exists() or _keys(previous, language) != messages_by_key(wanted).keys():
                lines.append(
                    f"{po.name} of {language} lacks or has other messages than the sources"
                )
            elif not mo.exists() or mo.read_bytes() != mo_bytes(wanted):
                lines.append(f"{mo.name} of {language} is not what {po.name} compiles to")
    return lines


def faults(catalog: BabelCatalog) -> Iterator[str]:
    """Yield a line for each message that is missing, fuzzy, or has other placeholders or tags."""
    for message in _messages(catalog):
        shown = message.id if isinstance(message.id, str) else message.id[0]
        if message.fuzzy:
            yield f"fuzzy: {shown!r}"
        elif not message.string or not all(_forms(message)):
            yield f"not translated: {shown!r}"
        elif not _keeps_placeholders(message):
            yield f"other placeholders or tags: {shown!r}"
        elif any(_LOOSE_PERCENT.search(form) for form in _forms(message)):
            yield f"needs a no-break space before the percent sign: {shown!r}"


def _keeps_placeholders(message: Message) -> bool:
    """Return whether the last form has all placeholders, and the others have no additional ones."""
    original = message.id if isinstance(message.id, str) else message.id[-1]
    wanted = Counter(_KEPT.findall(original))
    *others, last = [Counter(_KEPT.findall(form)) for form in _forms(message)]
    return last == wanted and all(other <= wanted for other in others)


def _forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def _keys(content: bytes, language: str) -> set[object]:
    return set(messages_by_key(parse_po(content, language)))


def _messages(catalog: BabelCatalog) -> list[Message]:
    """Return the messages without the header."""
    return [message for message in catalog if message.id]


def messages_by_key(catalog: BabelCatalog) -> dict[object, Message]:
    """Return the messages of a catalog by their key: msgid, plural and context."""
    return {(_key_of(message), message.context): message for message in _messages(catalog)}


def _key_of(message: Message) -> object:
    # Babel reads plural forms from MO files as a list, and from PO files as a tuple.
    return tuple(message.id) if isinstance(message.id, list) else message.id
