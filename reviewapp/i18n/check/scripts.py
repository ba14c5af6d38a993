"""Finds texts of JavaScript outside gettext."""

from __future__ import annotations

import re
from typing import Final

from reviewapp.i18n.check.found import Found, outside_pragmas
from reviewapp.i18n.extraction import JAVASCRIPT_KEYWORDS

# Calls whose texts are for developers.
FOR_DEVELOPERS: Final = frozenset({"Error", "TypeError", "error", "warn", "log"})
_EXCUSED: Final = FOR_DEVELOPERS | JAVASCRIPT_KEYWORDS.keys()
# Names of keys, as in KeyboardEvent.key and in our own key lists.
KEYS: Final = re.compile(
    r"^(Enter|Esc(ape)?|Tab|Backspace|Delete|Home|End|Page(Up|Down)|Arrow\w+"
    r"|Mod|Ctrl|Control|Alt(Graph)?|Meta|Shift)(\+§?)?$"
)
# A tokeniser that is sufficient to find literals and the calls around them. A slash begins a
# regular expression only where no value can end.
_TOKEN: Final = re.compile(
    r"""
      (?P<comment> //[^\n]* | /\*.*?\*/ )
    | (?P<text> "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' | `(?:\\.|\$\{[^{}]*\}|[^`\\])*` )
    | (?P<regex> (?<=[(,=:\[!&|?{};]) \s* /(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/\w* )
    | (?P<name> [A-Za-z_$][\w$]* )
    | (?P<bracket> [()] )
    """,
    re.VERBOSE | re.DOTALL,
)
_WORDS: Final = re.compile(r"[^\W\d_]+")
# Selectors, addresses, markup, headers and the like.
_FOR_PROGRAMS: Final = re.compile(r"[\[\]=<>{}/#|@_]|^[.:]|--|: \w+;|^[A-Z]\w+-[A-Z]\w+$")


def unwrapped(source: str) -> list[Found]:
    """Return the texts of a script that do not go through gettext."""
    found: list[Found] = []
    calls: list[str] = []
    name = ""
    for token in _TOKEN.finditer(source):
        value = token[0]
        if value == "(":
            calls.append(name)
        elif value == ")" and calls:
            calls.pop()
        elif token.lastgroup == "text" and not _EXCUSED & set(calls) and _is_text(value[1:-1]):
            found.append(Found(source.count("\n", 0, token.start()) + 1, value[1:-1]))
        name = value if token.lastgroup == "name" else ""
    return outside_pragmas(found, source)


def _is_text(text: str) -> bool:
    """Return whether a literal is for people: a capital first, or values between words."""
    plain = re.sub(r"\$\{[^}]*\}", "§", text).strip()
    if _FOR_PROGRAMS.search(plain) or KEYS.search(plain):
        return False
    has_words_around_values = "${" in text and " " in plain and _WORDS.search(plain)
    return bool(has_words_around_values) or bool(re.match(r"[A-Z][a-z]", plain))
