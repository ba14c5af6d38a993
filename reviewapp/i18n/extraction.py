"""Extraction of messages from Python, templates, JavaScript and the documentation."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from babel.messages.extract import extract
from django.utils.translation import TranslatorCommentWarning
from django.utils.translation.template import constant_re, templatize

from reviewapp.ops.user_error import UserError
from reviewapp.web.help import translated as help_blocks

PACKAGES: Final = ("datasets", "evaluation", "reviewapp")
# A plain argument number is a msgid; (number, "c") is the context.
_SPECS: Final[dict[str, Any]] = {
    "gettext": (1,),
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
PYTHON_KEYWORDS: Final[dict[str, Any]] = {
    "_": (1,),
    "gettext_noop": (1,),
    **_SPECS,
    **{f"{name}_lazy": spec for name, spec in _SPECS.items()},
}
JAVASCRIPT_KEYWORDS: Final[dict[str, Any]] = {"gettext_noop": (1,), **_SPECS}
COMMENT_TAGS: Final = ("Translators:",)


@dataclass(frozen=True)
class Extracted:
    """One message of a source file: msgid (or singular and plural), context, comments."""

    file: str
    id: str | tuple[str, ...]
    context: str | None
    comments: tuple[str, ...]


def source_files(root: Path, domain: str) -> list[Path]:
    """Return the files that may have messages of a domain, sorted by path."""
    if domain == help_blocks.DOMAIN:
        return []
    if domain == "djangojs":
        return sorted((root / "static" / "js").rglob("*.js"))
    modules = [
        path
        for package in PACKAGES
        for path in (root / package).rglob("*.py")
        if "migrations" not in path.parts
    ]
    return sorted([*modules, *(root / "templates").rglob("*.html")])


def extracted_messages(root: Path, domain: str) -> Iterator[Extracted]:
    """Yield the messages of all source files of a domain, by path, in the order of the file."""
    if domain == help_blocks.DOMAIN:
        for document, message in help_blocks.help_messages():
            yield Extracted(f"docs/{document}.md", message, None, ())
    for path in source_files(root, domain):
        name = path.relative_to(root).as_posix()
        yield from extract_text(path.read_text(encoding="utf-8"), name)


def extract_text(text: str, name: str) -> list[Extracted]:
    """Return the messages of one source text.

    Args:
        text: the source.
        name: its path, whose ending tells the language: .py, .html or .js.
    """
    method, keywords = "python", PYTHON_KEYWORDS
    if name.endswith(".js"):
        method, keywords = "javascript", JAVASCRIPT_KEYWORDS
    elif name.endswith(".html"):
        text = _templatized(text, name)
    source = io.BytesIO(text.encode())
    return [
        Extracted(name, message, context, tuple(comments))
        for _line, message, comments, context in extract(
            method, source, keywords, COMMENT_TAGS, {"encoding": "utf-8"}
        )
    ]


def _templatized(text: str, name: str) -> str:
    """Return a template as the Python calls that Django converts it to, without indentation.

    Django replaces text that is not a message by runs of letters; their indentation has no meaning,
    and Python's tokenizer would reject it.
    """
    if any("%" in constant for constant in constant_re.findall(text)):
        raise UserError(
            f"{name}: use translate instead of _() for a text with a percent sign; "
            "Django looks _() up under another msgid than it extracts."
        )
    with warnings.catch_warnings():
        # A comment for translators has to be the last thing on its line, or it would be lost.
        warnings.simplefilter("error", TranslatorCommentWarning)
        calls = templatize(text, origin=name)
    return re.sub(r"^[ \t]+", "", calls, flags=re.MULTILINE)
