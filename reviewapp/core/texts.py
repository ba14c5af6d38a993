"""The sentences of messages: each feature's `texts.py` registers its codes here.

    register({
        "voting.run_closed": text(_("The run “%(name)s” is closed.")),
        "voting.left": text(ngettext_lazy("%(n)s vote left.", "%(n)s votes left.", "n")),
        "gates.below": text(_("%(rate)s is below %(line)s."), rate=percent, line=percent),
    })

Whole numbers are written with their thousands apart, lists as "A, B and C", messages as their own
sentence; other parameters name their formatter.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import date, datetime
from importlib import import_module
from pathlib import Path
from threading import RLock
from typing import Any, Final

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise

from reviewapp.core import formats
from reviewapp.core.messages import SENTENCES, Message

logger = logging.getLogger(__name__)
Formatter = Callable[[Any], str]
Text = Callable[[Mapping[str, Any]], str]

_TEXTS: Final[dict[str, Text]] = {}
_PACKAGES: Final[list[str]] = []
"""Packages whose `texts.py` are imported when a code is not known yet."""
_UNREAD: Final[list[str]] = []
_READING: Final = RLock()


def text(sentence: str | Promise, **formatters: Formatter) -> Text:
    """Return the text of a code.

    Args:
        sentence: lazily translated, with %(name)s for each parameter that it shows. With plural
            forms it is `ngettext_lazy(one, many, "n")`, where "n" names the number.
        formatters: formats a parameter that is not a whole number, text, list or message.
    """

    def write(params: Mapping[str, Any]) -> str:
        shown = {name: _shown(value, formatters.get(name)) for name, value in params.items()}
        return str(sentence % shown)

    return write


def register(texts: Mapping[str, Text]) -> None:
    """Add the texts of a feature.

    A sentence that depends on a parameter is a function of the parameters instead of `text(...)`.

    Raises:
        ValueError: a code has a text already.
    """
    if twice := sorted(_TEXTS.keys() & texts.keys()):
        raise ValueError(f"These codes have a text already: {', '.join(twice)}")
    _TEXTS.update(texts)


def render(message: Message | str | None) -> str:
    """Return a message as a sentence in the active language.

    An unknown code, or one whose parameters do not fit, is shown as the code and logged, so that a
    page about old rows never fails. A plain text is returned unchanged, nothing for None.
    """
    if not isinstance(message, Message):
        return "" if message is None else str(message)
    try:
        return _text_of(message.code)(message.params)
    except (KeyError, TypeError, ValueError, AttributeError):
        logger.exception("No text fits the message %s", message.as_json())
        return message.code


def render_english(message: Message | str | None) -> str:
    """Return a message as an English sentence, for the API, commands and files."""
    with translation.override(settings.LANGUAGE_CODE):
        return render(message)


def find_texts_in(*packages: str) -> None:
    """Look for unknown codes in every `texts.py` below these packages.

    A command shows the messages of few features, and importing the texts of all takes a while.
    """
    _PACKAGES.extend(packages)


def import_texts() -> None:
    """Import every `texts.py` that `find_texts_in` named, as processes do that share memory."""
    with _READING:
        _list_unread()
        while _UNREAD:
            import_module(_UNREAD[0])
            del _UNREAD[0]


def _text_of(code: str) -> Text:
    if code not in _TEXTS:
        with _READING:
            feature = code.partition(".")[0]
            if _import_feature(feature) and code in _TEXTS:
                return _TEXTS[code]
            _list_unread()
            _UNREAD.sort(key=lambda module: feature not in module.split("."))
            while _UNREAD and code not in _TEXTS:
                import_module(_UNREAD[0])
                del _UNREAD[0]
    return _TEXTS[code]


def _import_feature(feature: str) -> bool:
    """Import the texts of a feature by its name; return whether there are some.

    To list all files takes longer than everything else that the messages of a command need.
    """
    found = False
    for package in _PACKAGES if feature.isidentifier() else ():
        if (_folder(package) / feature / "texts.py").exists():
            import_module(f"{package}.{feature}.texts")
            found = True
    return found


def _folder(package: str) -> Path:
    return Path(str(import_module(package).__file__)).parent


def _list_unread() -> None:
    while _PACKAGES:
        root = _folder(_PACKAGES.pop())
        files = (file for file in root.rglob("texts.py") if file != Path(__file__))
        parts = (file.relative_to(root.parent).with_suffix("").parts for file in files)
        _UNREAD.extend(sorted(".".join(names) for names in parts))


def percent_interval(bounds: tuple[float, float]) -> str:
    """Return lower and upper bound, between 0 and 1, in percent: "53-74 %"."""
    return formats.percent_range(*bounds)


def stored_day(value: str) -> str:
    """Return the day of a date or time in a message, as ISO 8601."""
    return formats.day(_moment(value))


def stored_moment(value: str) -> str:
    """Return a time in a message, as ISO 8601, with its zone."""
    return formats.moment(datetime.fromisoformat(value))


def _moment(value: str) -> date:
    is_day = len(value) == len("2026-05-12")
    return date.fromisoformat(value) if is_day else datetime.fromisoformat(value)


class _Number(int):
    """A whole number that chooses the plural form and is written with thousands separators."""

    def __str__(self) -> str:
        return formats.count(int(self))


def _shown(value: Any, formatter: Formatter | None = None) -> Any:
    """Return a parameter as its sentence shows it."""
    if formatter is not None:
        return formatter(value)
    if value is None:
        return formats.NOTHING
    if isinstance(value, list):
        return formats.listed([_shown(item) for item in value])
    if isinstance(value, Message):
        return render(value)
    return _Number(value) if isinstance(value, int) and not isinstance(value, bool) else value


register({SENTENCES: lambda params: " ".join(map(render, params["parts"]))})
