"""What a lead asks for when an alias is to move, with the limits of its texts."""

from dataclasses import dataclass, replace

from evaluation.promotion.models import Alias
from reviewapp.core.errors import InvalidInput

MAX_TEXT_LENGTH = 4000
"""Characters of a note or a reason."""
NOTE_REQUIRED = "Write a note: what this promotion is expected to change."
REASON_REQUIRED = "Write the reason, so that the history can be understood."


@dataclass(frozen=True)
class PromotionRequest:
    """What a lead asks for: a run's candidate under an alias, with the words that go with it."""

    run_id: int
    alias: str
    note: str
    override_reason: str = ""


def checked_request(request: PromotionRequest) -> PromotionRequest:
    """Return the request without outer space in its texts; raise InvalidInput if one is wrong."""
    check_alias(request.alias)
    reason = request.override_reason
    return replace(
        request,
        note=checked_text(request.note, field="note", ask=NOTE_REQUIRED),
        override_reason=checked_text(reason, field="override_reason") if reason.strip() else "",
    )


def check_alias(alias: str) -> None:
    """Raise InvalidInput if this is not one of the aliases."""
    if alias not in Alias.Name.values:
        known = ", ".join(Alias.Name.values)
        raise InvalidInput(f"“{alias}” is not an alias. Use one of {known}.", field="alias")


def checked_text(text: str, *, field: str, ask: str = "") -> str:
    """Return a text without outer space; raise InvalidInput if it is empty or too long."""
    text = text.strip()
    if not text:
        raise InvalidInput(ask, field=field)
    if len(text) > MAX_TEXT_LENGTH:
        raise InvalidInput(
            f"This has {len(text):,} characters. Shorten it to {MAX_TEXT_LENGTH:,} or fewer.",
            field=field,
        )
    return text
