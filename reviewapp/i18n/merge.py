"""Git's merge driver for catalogs: merges two versions message by message, PO and MO alike.

Set it up once in a clone when several people translate; .gitattributes names the files:

git config merge.catalog.driver ".venv/bin/python -m reviewapp.i18n.merge %O %A %B %P"
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.mofile import read_mo

from reviewapp.i18n.catalogs import messages_by_key, mo_bytes, new_catalog, parse_po, po_bytes


def main(arguments: list[str]) -> int:
    """Merge `theirs` into `ours`; return 1 for a conflict."""
    base, ours, theirs, name = (Path(word) for word in arguments)
    content, agree = merged(
        base.read_bytes(), ours.read_bytes(), theirs.read_bytes(), path=name.as_posix()
    )
    ours.write_bytes(content)
    return int(not agree)


def merged(base: bytes, ours: bytes, theirs: bytes, *, path: str) -> tuple[bytes, bool]:
    """Return the merge of two versions of a catalog, and whether there was no conflict.

    Where both sides translated a message differently, ours is kept.

    Args:
        base: the common ancestor; empty if there is none.
        ours: one version.
        theirs: the other version.
        path: of the file in the repository, which names the language and ends in .po or .mo.
    """
    language = Path(path).parent.parent.name
    old, mine, other = (_read(content, path, language) for content in (base, ours, theirs))
    result = new_catalog(language)
    agree = True
    for key in dict.fromkeys([*mine, *other]):
        sides = old.get(key), mine.get(key), other.get(key)
        message, is_clear = _merged_message(*sides)
        agree = agree and is_clear
        if message is not None:
            message.locations = _merged_locations(*sides)
            result[message.id] = message
    return (mo_bytes(result) if path.endswith(".mo") else po_bytes(result)), agree


def _read(content: bytes, path: str, language: str) -> dict[object, Message]:
    if not content:
        return {}
    is_compiled = path.endswith(".mo")
    return messages_by_key(
        read_mo(io.BytesIO(content)) if is_compiled else parse_po(content, language)
    )


def _merged_message(
    old: Message | None, mine: Message | None, other: Message | None
) -> tuple[Message | None, bool]:
    """Return the merged version of a message (None: dropped), and whether there was no conflict."""
    before, here, there = _content(old), _content(mine), _content(other)
    if there in (here, before):
        return mine, True
    if here == before or mine is None or not mine.string:
        return other, True
    return mine, other is None or not other.string


def _merged_locations(*sides: Message | None) -> list[tuple[str, int]]:
    """Return the locations of both sides without those that one of them dropped."""
    old, mine, other = (set(side.locations) if side else set() for side in sides)
    return sorted((mine & other) | (mine - old) | (other - old))


def _content(message: Message | None) -> object:
    if message is None:
        return None
    return message.string, message.fuzzy, tuple(message.user_comments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
