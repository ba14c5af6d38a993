"""The text of a comment: mentions as they are typed, stored and shown. Pure.

A mention is typed as @ with the name of a member and stored as `@[12]` with the member's id, so
that a new name is shown in old comments too.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_STORED: Final = re.compile(r"@\[([0-9]{1,18})\]")


@dataclass(frozen=True)
class BodyPiece:
    """A part of a comment; `is_mention` if it names a mentioned member."""

    text: str
    is_mention: bool = False
    is_own: bool = False


def stored_body(text: str, people: Mapping[str, int]) -> tuple[str, set[int]]:
    """Return a typed text with ids in place of names, and the ids.

    Args:
        people: the ids of those who may be mentioned, by each of their labels.
    """
    found: set[int] = set()
    if "@" not in text or not people:
        return text, found
    ids = {label.casefold(): pk for label, pk in people.items()}
    # The longest first: “Ana Maria” is not “Ana”.
    labels = "|".join(re.escape(label) for label in sorted(people, key=len, reverse=True))

    def replace(match: re.Match[str]) -> str:
        pk = ids[match[1].casefold()]
        found.add(pk)
        return f"@[{pk}]"

    body = re.sub(rf"(?<![\w@])@({labels})(?!\w)", replace, text, flags=re.IGNORECASE)
    return body, found


def typed_body(body: str, labels: Mapping[int, str]) -> str:
    """Return a stored text as it is typed: with the labels of those who are mentioned."""
    return "".join(piece.text for piece in body_pieces(body, labels))


def body_pieces(body: str, labels: Mapping[int, str], *, own_id: int = 0) -> list[BodyPiece]:
    """Return the parts of a stored text.

    Args:
        labels: of those who are mentioned, by id; other ids are text that was typed.
        own_id: of the reader, whose mentions are marked.
    """
    pieces, at = [], 0
    for match in _STORED.finditer(body):
        pk = int(match[1])
        if pk in labels:
            pieces.append(BodyPiece(body[at : match.start()]))
            pieces.append(BodyPiece(f"@{labels[pk]}", is_mention=True, is_own=pk == own_id))
            at = match.end()
    pieces.append(BodyPiece(body[at:]))
    return [piece for piece in pieces if piece.text]
