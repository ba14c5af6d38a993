"""Blocks of Markdown, each of which is one message for translators. Pure.

A block is a paragraph, a heading, an item of a list or a cell of a table. Code is no block: it is
the same in every language.
"""

import re
from collections.abc import Callable
from typing import Final

_CODE: Final = re.compile(r"(^```.*?^```$)", re.S | re.M)
# Deeper indentation is code. A block ends at an empty line, a heading, or what begins another one.
_BLOCK: Final = re.compile(
    r"^(?P<mark> {0,3}(?:#+ |[-*] |)(?:\d+\. )?)(?P<text>(?<=# )[^\n]+|\S.*?)"
    r"(?=\n[ \t]*\n|\n {0,3}(?:#+ |[-*] |\d+\. |\|)|\n```|\s*\Z)",
    re.S | re.M,
)
_TABLE_RULE: Final = re.compile(r"[|\s:-]+")
_CELL: Final = re.compile(r"(?<!\\)\|")
# What is left of a text without code has to have a letter.
_WORDLESS: Final = re.compile(r"(?:`[^`]*`|[^a-zA-Z`])*")


def translate_blocks(text: str, translate: Callable[[str], str]) -> str:
    """Return a Markdown text with each block replaced by what the function returns for it.

    The function gets a block on one line, so that wrapping lines elsewhere changes no message.
    """

    def of_message(message: str) -> str:
        return message if _WORDLESS.fullmatch(message) else translate(" ".join(message.split()))

    def of_block(found: re.Match[str]) -> str:
        if found["text"].startswith("|"):
            return found["mark"] + _table(found["text"], of_message)
        return found["mark"] + of_message(found["text"])

    # Every second part is code.
    return "".join(
        part if number % 2 else _BLOCK.sub(of_block, part)
        for number, part in enumerate(_CODE.split(text))
    )


def _table(text: str, translate: Callable[[str], str]) -> str:
    return "\n".join(
        row if _TABLE_RULE.fullmatch(row) else _row(row, translate) for row in text.split("\n")
    )


def _row(row: str, translate: Callable[[str], str]) -> str:
    cells = (cell.strip() for cell in _CELL.split(row.strip()))
    return "| " + " | ".join(cell and translate(cell) for cell in [*cells][1:-1]) + " |"


def messages_of(text: str) -> list[str]:
    """Return the blocks of a Markdown text that have words, in their order."""
    found: list[str] = []

    def remember(message: str) -> str:
        found.append(message)
        return message

    translate_blocks(text, remember)
    return found
