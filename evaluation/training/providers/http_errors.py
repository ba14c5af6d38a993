"""What an error of a service of trainings means: wait, give up, or ask a person."""

import json
import re
from collections.abc import Mapping
from typing import Any

from evaluation.providers.base import PermanentFailure, ProviderBlocked, ProviderError
from evaluation.providers.failures import (
    BAD_REQUEST,
    FORBIDDEN,
    NOT_FOUND,
    TOO_MANY,
    failure_of,
    read_error,
)
from evaluation.providers.openai import retry_after
from evaluation.training.providers.base import NOT_THERE
from reviewapp.core.messages import message

NOT_AVAILABLE = "training_not_available"
# "45", "6m0s", "2s81ms": seconds, or a duration with units.
DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
SECONDS_OF = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400}


def failure_from(
    status: int, headers: Mapping[str, str], content: bytes, key: str
) -> ProviderError:
    """Return the failure that an answer with this status describes; the key is taken out."""
    text = content.decode("utf-8", "replace")
    try:
        body: Any = json.loads(text)
    except (ValueError, RecursionError):
        body = {"message": text}
    wait = retry_after(headers)
    if status == TOO_MANY and not wait:
        # Azure sends no Retry-After, or -1 in it.
        wait = seconds_of(headers.get("x-ratelimit-reset-requests", "")) or wait
    found = read_error(body, status=status, key=key, retry_after=wait)
    details = {"details": found.details, "status": found.status}
    if found.code == NOT_AVAILABLE:
        return ProviderBlocked(NOT_AVAILABLE, message("training.not_available", **details))
    if found.status < BAD_REQUEST:
        return ProviderBlocked("redirected", message("training.redirected"))
    if found.status == NOT_FOUND and not found.is_page:
        return PermanentFailure(NOT_THERE, message("training.not_found", **details))
    if found.status == FORBIDDEN and not found.is_page and found.code:
        return ProviderBlocked(found.code, message("providers.key_rejected", **details))
    return failure_of(found)


def seconds_of(duration: str) -> float | None:
    """Return the seconds of a rate limit's header: "45", "6m0s", "20ms"; None if it is neither."""
    parts = DURATION.findall(duration)
    if parts:
        return sum(float(number) * SECONDS_OF[unit] for number, unit in parts)
    return float(duration) if duration.isdigit() else None
