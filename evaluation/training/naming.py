"""The names of tuned models, by the convention of their project, and of their bases. Pure."""

import re
from collections.abc import Container
from itertools import count

from reviewapp.core.messages import Message, message

DEFAULT_PATTERN = "{project}-{base}-v{version}-{n}"
KNOWN = ("project", "base", "version", "n")
MAX_NAME_LENGTH, MAX_PATTERN_LENGTH = 100, 80
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
DATE = re.compile(r"-\d{4}-\d{2}-\d{2}$")
NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


def pattern_error(pattern: str) -> Message | None:
    """Return why this cannot be the convention of a project; None if it can."""
    if len(pattern) > MAX_PATTERN_LENGTH:
        return message("training.pattern_too_long", limit=MAX_PATTERN_LENGTH)
    names = PLACEHOLDER.findall(pattern)
    if unknown := [name for name in names if name not in KNOWN]:
        return message("training.unknown_placeholder", name=unknown[0], known=list(KNOWN))
    if "n" not in names:
        return message("training.placeholder_missing")
    if re.search(r"[{}]", PLACEHOLDER.sub("", pattern)):
        return message("training.stray_brace")
    return None


def tuned_name(
    pattern: str, *, project: str, base: str, version: int, taken: Container[str]
) -> str:
    """Return the first name by the convention that is not taken; {n} counts from 1."""
    short = NOT_IN_NAMES.sub("-", base).strip("-")
    for n in count(1):
        values = {"project": project, "base": short, "version": str(version), "n": str(n)}
        name = PLACEHOLDER.sub(lambda found, values=values: values[found[1]], pattern)  # type: ignore[misc]
        if len(name) > MAX_NAME_LENGTH:
            # The end holds the number, which makes the name unique.
            name = name[: MAX_NAME_LENGTH // 2] + name[-MAX_NAME_LENGTH // 2 :]
        if name not in taken:
            return name
    raise AssertionError("count never ends")


def checkpoint_name(name: str, step: int) -> str:
    """Return the name of the model of an earlier step."""
    ending = f"-step-{step}"
    return name[: MAX_NAME_LENGTH - len(ending)] + ending


def base_of(model: str) -> str:
    """Return the base model of a tuned model; another name is returned as it is.

    Tuned models are called "ft:gpt-4.1-mini-2025-04-14:shop::x" at OpenAI and
    "gpt-4.1-mini-2025-04-14.ft-x" at Azure.
    """
    model = model.partition(".ft-")[0]
    return model.split(":")[1] if model.startswith("ft:") and model.count(":") > 1 else model


def without_date(base_model: str) -> str:
    """Return the name of a base model without the date of its release."""
    return DATE.sub("", base_model)
