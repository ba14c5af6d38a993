"""Finds texts for people in Python code outside gettext."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Final

from reviewapp.i18n.check.found import Found, outside_pragmas
from reviewapp.i18n.extraction import PYTHON_KEYWORDS

# Keyword arguments of forms and fields that are shown.
SHOWN_KEYWORDS: Final = frozenset({"label", "help_text", "empty_label", "verbose_name_plural"})
MESSAGE_LEVELS: Final = frozenset({"success", "info", "warning", "error"})
CHOICES: Final = frozenset({"TextChoices", "IntegerChoices"})
# Functions whose texts are for developers, logs or documentation.
FOR_DEVELOPERS: Final = re.compile(
    r"^(log|logger|logging|warnings)\.|(^|\.)(\w+Error|Exception|ImproperlyConfigured|Http404)$"
)
_SENTENCE: Final = re.compile(r"^[A-Z“„‘\x00].*\s.*\s.*[.?!…]$", re.DOTALL)
_CODE: Final = re.compile(r"^[a-z0-9]+([_.:][a-z0-9]+)+$")
_LETTERS: Final = re.compile(r"[^\W\d_]{2}")


def domain_errors(sources: Iterable[str]) -> frozenset[str]:
    """Return the names of DomainError, ValidationError and all their subclasses."""
    bases = {
        node.name: [_last(base) for base in node.bases]
        for source in sources
        if "class " in source
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ClassDef)
    }
    names = {"DomainError", "ValidationError"}
    while True:
        more = {name for name, above in bases.items() if names & set(above)} - names
        if not more:
            return frozenset(names)
        names |= more


def unwrapped(source: str, *, errors: frozenset[str], is_texts: bool = False) -> list[Found]:
    """Return the texts of a module that are not wrapped.

    Args:
        source: of the module.
        errors: names of the exceptions whose text is shown, from `domain_errors`.
        is_texts: whether the module is a `texts.py`, in which every phrase is a text.
    """
    reader = _Reader(errors, is_texts=is_texts)
    reader.visit(ast.parse(source))
    return outside_pragmas(sorted(set(reader.found)), source)


class _Reader(ast.NodeVisitor):
    def __init__(self, errors: frozenset[str], *, is_texts: bool) -> None:
        self.found: list[Found] = []
        self._errors = errors
        self._is_texts = is_texts

    def visit_Call(self, node: ast.Call) -> None:
        """Check the arguments that are shown; skip what is wrapped or for developers."""
        name = _dotted(node.func)
        last = name.rpartition(".")[2]
        if last in PYTHON_KEYWORDS:
            self._read_wrapped(node)
            return
        is_ours = last in self._errors
        if FOR_DEVELOPERS.search(name) and not is_ours:
            return
        self.found += [
            Found(at.lineno, text)
            for at in self._shown(node, name, is_ours=is_ours)
            for text in _texts(at)
            if not _CODE.match(text)
        ]
        self.generic_visit(node)

    def _shown(self, node: ast.Call, name: str, *, is_ours: bool) -> Iterator[ast.expr]:
        """Yield the arguments of a call that are shown to people."""
        start, _, last = name.rpartition(".")
        if is_ours:
            yield from node.args[:1]
        if start.endswith("messages") and last in MESSAGE_LEVELS:
            yield from node.args[1:2]
        if last == "add_error":
            yield from node.args[1:2]
        if not name.startswith("models."):
            yield from (word.value for word in node.keywords if word.arg in SHOWN_KEYWORDS)

    def _read_wrapped(self, node: ast.Call) -> None:
        """Report a message that cannot be extracted because it is not a plain literal."""
        name = _dotted(node.func).rpartition(".")[2]
        numbers = [spec[0] if isinstance(spec, tuple) else spec for spec in PYTHON_KEYWORDS[name]]
        for number in numbers:
            argument = node.args[number - 1] if number <= len(node.args) else None
            if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
                self.found.append(Found(node.lineno, f"{name}() takes a plain text"))
        for argument in node.args[len(numbers) :]:
            self.visit(argument)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Check the labels of choices."""
        if CHOICES & {_last(base) for base in node.bases}:
            for member in node.body:
                if isinstance(member, ast.Assign) and isinstance(member.value, ast.Tuple):
                    label = member.value.elts[-1]
                    self.found += [Found(label.lineno, text) for text in _texts(label)]
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        """Skip docstrings."""
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Check an f-string as one text, and the expressions in it."""
        parts = [_value(part) for part in node.values]
        self._read("".join(parts), node.lineno)
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.visit(part.value)

    def visit_Constant(self, node: ast.Constant) -> None:
        """Check a literal."""
        if isinstance(node.value, str):
            self._read(node.value, node.lineno)

    def _read(self, text: str, line: int) -> None:
        is_phrase = self._is_texts and " " in text.strip() and _LETTERS.search(text)
        if is_phrase or _SENTENCE.search(text):
            self.found.append(Found(line, text.replace("\x00", "…")))


def _texts(node: ast.expr) -> Iterator[str]:
    """Yield the literals of an expression that are not arguments of a call."""
    match node:
        case ast.Constant(value=str(text)) if _LETTERS.search(text):
            yield text
        case ast.JoinedStr(values=parts):
            text = "".join(map(_value, parts)).replace("\x00", "…")
            yield from [text] if _LETTERS.search(text) else []
        case ast.IfExp(body=one, orelse=other) | ast.BinOp(left=one, right=other):
            yield from (*_texts(one), *_texts(other))
        case ast.BoolOp(values=values):
            yield from (text for value in values for text in _texts(value))
        case ast.Call(func=ast.Attribute(value=template)):
            yield from _texts(template)  # "…".format(…)


def _value(part: ast.expr) -> str:
    return str(part.value) if isinstance(part, ast.Constant) else "\x00"


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _last(node: ast.expr) -> str:
    return _dotted(node).rpartition(".")[2]
