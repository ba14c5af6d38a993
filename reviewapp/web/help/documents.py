"""Parts of the documentation, without what only readers of the repository have."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from reviewapp import env

DOCS = env.ROOT / "docs"
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_COMMENT = re.compile(r"<!--.*?-->", re.S)
# Readers of the help have no checkout.
_FILE = re.compile(
    r"\s\(`(?:docs|evaluation|datasets|reviewapp|tests|templates|static)/[^`\s]+`"
    r"(?:(?:,|;| and) `[^`\s]+`)*\)"
)
_PATH = re.compile(
    r"`(?:docs|evaluation|datasets|reviewapp|tests|templates|static)/[^`\s]+`|`\w+\.py`"
)
GLOSSARY = "glossary"
# What a word of the glossary is called in the code, and which words are not used for it.
_CODE_COLUMNS = re.compile(r"^(\|[^|\n]+\|[^|\n]+\|)[^|\n]*\|[^|\n]*\|$", re.M)
_CODE = re.compile(r"(^```.*?^```$)", re.S | re.M)
# Up to the next empty line, item of a list or row of a table.
_PARAGRAPH = re.compile(r"^[^\n].*?(?=\n\n|\n[-*|#] |\n\d+\. |\Z)", re.S | re.M)
_EMPTY_ITEM = re.compile(r"^(?:[-*]|\d+\.) *\n", re.M)
_SENTENCE = re.compile(r"(?<=[.!?:])\s+(?=[A-Z*`\[(])")


@dataclass(frozen=True)
class Part:
    """A part of a page of documentation: what is below a heading, or before the first one."""

    document: str
    heading: str = ""


@lru_cache(maxsize=64)
def document_text(document: str) -> str:
    """Return a page of the documentation without pictures, files and what is for developers."""
    text = (DOCS / f"{document}.md").read_text(encoding="utf-8")
    if document == GLOSSARY:
        text = _CODE_COLUMNS.sub(r"\1", text)
    return without_files(_COMMENT.sub("", _IMAGE.sub("", text)))


def without_files(text: str) -> str:
    """Return a text without files of the repository in brackets, and without sentences on them.

    Code, tables and headings stay as they are.
    """
    blocks = _CODE.split(_FILE.sub("", text))
    # Every second one is code.
    return "".join(
        block if number % 2 else _EMPTY_ITEM.sub("", _PARAGRAPH.sub(_without_sentences, block))
        for number, block in enumerate(blocks)
    )


def _without_sentences(found: re.Match[str]) -> str:
    """Return a paragraph, or one item of a list, without the sentences that name a file."""
    paragraph = found[0]
    if not _PATH.search(paragraph) or paragraph.lstrip().startswith(("|", "#")):
        return paragraph
    sentences = _SENTENCE.split(paragraph)
    kept = [sentence for sentence in sentences if not _PATH.search(sentence)]
    return " ".join(kept)


def part_text(part: Part) -> str:
    """Return the Markdown of a part.

    Raises:
        KeyError: the page of documentation has no such heading.
    """
    found = dict(_split(document_text(part.document)))
    return found[part.heading]


def _split(text: str) -> Iterator[tuple[str, str]]:
    """Yield each heading of the second level with the text below it; the first has none."""
    heading = ""
    lines: list[str] = []
    is_code = False
    for line in text.splitlines():
        is_code ^= line.startswith("```")
        if line.startswith("## ") and not is_code:
            yield heading, "\n".join(lines)
            heading, lines = line.removeprefix("## ").strip(), []
        elif is_code or not line.startswith("# "):
            lines.append(line)
    yield heading, "\n".join(lines)
