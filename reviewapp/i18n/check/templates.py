"""Finds texts of templates outside translate and blocktranslate."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

from django.template.base import Lexer, Token, TokenType

from reviewapp.i18n.check.found import Found, outside_pragmas

# Attributes that are seen or heard; style sheets and scripts show those with data-.
ATTRIBUTES: Final = frozenset(
    {
        *("title", "alt", "placeholder", "label", "aria-label", "aria-description"),
        *("aria-roledescription", "aria-valuetext"),
        *("data-label", "data-confirm", "data-confirm-verb", "data-name", "data-needs-reason"),
    }
)
BUTTON_TYPES: Final = frozenset({"submit", "button", "reset"})
# Arguments of includes that are shown, whatever their value.
SHOWN_ARGUMENTS: Final = frozenset({"title", "text", "label", "verb", "confirm", "help", "note"})
UNTRANSLATED_ELEMENTS: Final = frozenset({"script", "style", "code", "kbd", "pre", "samp", "var"})
VOID: Final = frozenset(
    {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source"}
)
# Names and units that are the same in every language.
NAMES: Final = re.compile(
    r"\b(Touchstone|UTC|API|JSONL?|CSV|SHA-256|URL|ID|HTTP|n|ms|s|kB|MB|GB|USD)\b"
)
_LETTER: Final = re.compile(r"[^\W\d_]")
_ARGUMENT: Final = re.compile(r"""(\w+)=(["'])(.*?)\2""")
_FILTER_TEXT: Final = re.compile(r"""\|(default|default_if_none|yesno|add|join):(["'])(.*?)\2""")


def unwrapped(source: str) -> list[Found]:
    """Return the visible texts of a template that are not translated."""
    found: list[Found] = []
    html: list[str] = []
    is_translated = is_class = False
    for token in Lexer(source).tokenize():
        word = token.contents.split(" ", 1)[0].strip()
        is_block = token.token_type == TokenType.BLOCK
        if is_block and word in {"blocktranslate", "blocktrans"}:
            is_translated = True
        elif is_block and word in {"endblocktranslate", "endblocktrans"}:
            is_translated = False
        elif is_block and word in {"block", "endblock"}:
            is_class = word == "block" and token.contents.endswith("_class")
        if token.token_type == TokenType.TEXT and not is_translated and not is_class:
            html.append(token.contents)
        else:
            html.append("\n" * token.contents.count("\n"))
            found += _in_tag(token) if not is_translated else []
    found += _in_html("".join(html))
    return outside_pragmas(sorted(found), source)


def is_text(text: str) -> bool:
    """Return whether a text has words that another language writes differently."""
    return bool(_LETTER.search(NAMES.sub("", text)))


def _in_tag(token: Token) -> list[Found]:
    """Return texts in the arguments of tags and filters; plural filters work for English only."""
    if token.token_type not in {TokenType.BLOCK, TokenType.VAR}:
        return []
    contents = token.contents
    texts = [text for _filter, _quote, text in _FILTER_TEXT.findall(contents) if _is_shown(text)]
    if contents.startswith("include "):
        texts += [
            text
            for name, _quote, text in _ARGUMENT.findall(contents)
            if (name in SHOWN_ARGUMENTS and is_text(text)) or _is_shown(text)
        ]
    if "|pluralize" in contents:
        texts.append("pluralize: use blocktranslate with count")
    return [Found(token.lineno or 1, text) for text in texts]


def _is_shown(text: str) -> bool:
    """Return whether an argument looks like a text: a capital letter, or several words."""
    return is_text(text) and bool(re.search(r"^[A-Z]|[^\W\d_]\s+[^\W\d_]", text))


def _in_html(html: str) -> list[Found]:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.found


class _Reader(HTMLParser):
    """Collects text nodes and attributes of HTML from which the template tags were removed."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Found] = []
        self._closed_to: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Check the attributes; note where an element that is not translated begins."""
        names = dict(attrs)
        is_open = not self._closed_to and names.get("translate") != "no"
        if is_open:
            for name, value in attrs:
                # An input shows its value as its label; a button has a text instead.
                is_label = tag == "input" and name == "value" and names.get("type") in BUTTON_TYPES
                if value and (name in ATTRIBUTES or is_label) and is_text(value):
                    self.found.append(Found(self.getpos()[0], value))
        if tag not in VOID and (not is_open or tag in UNTRANSLATED_ELEMENTS):
            self._closed_to.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Check the attributes of an element that has no end."""
        depth = len(self._closed_to)
        self.handle_starttag(tag, attrs)
        del self._closed_to[depth:]

    def handle_endtag(self, tag: str) -> None:
        """Note where an element that is not translated ends."""
        if tag in self._closed_to:
            while self._closed_to.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        """Check a text."""
        text = " ".join(data.split())
        if not self._closed_to and is_text(text):
            line = self.getpos()[0] + len(data[: len(data) - len(data.lstrip())].splitlines()) - 1
            self.found.append(Found(max(line, 1), text))
