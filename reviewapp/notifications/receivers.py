"""Receivers of signals that are imported when a signal is first sent.

An app connects its receivers when it starts, in every command, while most commands send none.
"""

from collections.abc import Callable
from typing import Any

from django.dispatch import Signal
from django.utils.module_loading import import_string


def connect_lazily(signal: Signal, path: str, *, sender: Any = None) -> None:
    """Connect a receiver by its dotted path; connecting it twice has no further effect."""
    signal.connect(_imported(path), sender=sender, weak=False, dispatch_uid=path)


def _imported(path: str) -> Callable[..., None]:
    def receive(**received: Any) -> None:
        import_string(path)(**received)

    return receive
