"""Text blocks as values and as JSON: checked, read, exported. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from datasets.conversations.chat import normalise_name
from datasets.conversations.messages import line_feeds
from datasets.inspections.language import base_language
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message

FORMAT: Final = "touchstone-text-blocks-1"
MAX_BLOCKS, MAX_TEXT_LENGTH, MAX_NAME_LENGTH, MAX_INTENTS = 200, 4000, 60, 40
MAX_INTENT_LENGTH, MAX_LANGUAGE_LENGTH = 100, 12


@dataclass(frozen=True)
class BlockValues:
    """What a lead writes about a text block; without language or intents it is for all examples."""

    name: str
    text: str
    language: str = ""
    intents: tuple[str, ...] = ()


_FIELDS = frozenset(BlockValues.__dataclass_fields__)


def document_of(blocks: Iterable[BlockValues]) -> dict[str, Any]:
    """Return text blocks as the document that an import reads."""
    return {"format": FORMAT, "text_blocks": [asdict(block) for block in blocks]}


def blocks_of_document(document: object) -> tuple[BlockValues, ...]:
    """Return the checked text blocks of a document.

    Raises:
        InvalidInput: it is no such document; the message names the block and what to do.
    """
    rows = document.get("text_blocks") if isinstance(document, dict) else None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InvalidInput(message("text_blocks.not_a_document", format=FORMAT))
    if not isinstance(rows, list):
        raise InvalidInput(message("text_blocks.not_a_document", format=FORMAT))
    if len(rows) > MAX_BLOCKS:
        raise InvalidInput(message("text_blocks.too_many", n=MAX_BLOCKS))
    blocks = tuple(_checked_row(number, row) for number, row in enumerate(rows, 1))
    names = [block.name for block in blocks]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InvalidInput(message("text_blocks.name_twice", names=twice))
    return blocks


def _checked_row(number: int, row: object) -> BlockValues:
    try:
        return checked(_values(row))
    except InvalidInput as error:
        reason = error.message
        raise InvalidInput(message("text_blocks.in_block", number=number, reason=reason)) from error


def _values(row: object) -> BlockValues:
    if not isinstance(row, Mapping):
        raise InvalidInput(message("text_blocks.no_object"))
    if unknown := sorted(set(map(str, row)) - _FIELDS):
        raise InvalidInput(message("text_blocks.unknown_field", names=unknown))
    texts = {name: row.get(name, "") for name in ("name", "text", "language")}
    intents = row.get("intents", [])
    if wrong := [name for name, value in texts.items() if not isinstance(value, str)]:
        raise InvalidInput(message("text_blocks.not_text", name=wrong[0]))
    if not isinstance(intents, list) or not all(isinstance(intent, str) for intent in intents):
        raise InvalidInput(message("text_blocks.not_text", name="intents"))
    return BlockValues(**texts, intents=tuple(intents))


def checked(block: BlockValues) -> BlockValues:
    """Return a text block as it is stored: no space around the text, a base language.

    Raises:
        InvalidInput: something is missing or too long.
    """
    intents = dict.fromkeys(map(normalise_name, block.intents))
    block = replace(
        block,
        name=normalise_name(block.name),
        text=line_feeds(block.text).strip(),
        language=base_language(block.language.strip()),
        intents=tuple(intent for intent in intents if intent),
    )
    if not block.name or len(block.name) > MAX_NAME_LENGTH:
        raise InvalidInput(message("text_blocks.bad_name", n=MAX_NAME_LENGTH), field="name")
    if not block.text or len(block.text) > MAX_TEXT_LENGTH:
        raise InvalidInput(message("text_blocks.bad_text", n=MAX_TEXT_LENGTH), field="text")
    if len(block.language) > MAX_LANGUAGE_LENGTH:
        raise InvalidInput(message("text_blocks.bad_language"), field="language")
    if len(block.intents) > MAX_INTENTS or any(
        len(intent) > MAX_INTENT_LENGTH for intent in block.intents
    ):
        raise InvalidInput(message("text_blocks.bad_intents", n=MAX_INTENTS), field="intents")
    if any("\x00" in part for part in (block.name, block.text, block.language, *block.intents)):
        raise InvalidInput(message("text_blocks.bad_character"), field="text")
    return block
