"""What the events of the trainer say, for the log of a training. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from reviewapp.core.messages import Message

_SHOWN: Final[dict[str, dict[str, type | tuple[type, ...]]]] = {
    "started": {"steps": int, "device": str},
    "resumed": {"step": int, "steps": int, "device": str},
    "evaluation": {"step": int, "loss": (int, float)},
    "checkpoint": {"epoch": int},
    "paused": {"step": int, "steps": int},
    "cancelled": {"step": int, "steps": int},
    "succeeded": {"steps": int},
}
"""What the line of each kind of event names, with its type."""
MAX_WORD_LENGTH: Final = 80


def trainer_line(kind: str, values: Mapping[str, Any]) -> Message | None:
    """Return the line of an event; None for another kind, or one without what its line names."""
    shown = _SHOWN.get(kind, {})
    if not shown or not all(_is_shown(values.get(name), type_) for name, type_ in shown.items()):
        return None
    return Message(f"training.trainer_{kind}", {name: values[name] for name in shown})


def _is_shown(value: object, type_: type | tuple[type, ...]) -> bool:
    is_short = not isinstance(value, str) or len(value) <= MAX_WORD_LENGTH
    return isinstance(value, type_) and not isinstance(value, bool) and is_short
