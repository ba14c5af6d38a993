"""The request to promote, and the checks of its alias and its texts."""

from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from evaluation.promotion.models import Alias
from reviewapp.core import formats
from reviewapp.core.errors import InvalidInput

MAX_TEXT_LENGTH = 4000
"""Characters of a note or a reason."""
NOTE_REQUIRED = _("Write a note: what this promotion is expected to change.")
REASON_REQUIRED = _("Write the reason. The history shows it.")


@dataclass(frozen=True)
class PromotionRequest:
    """A request to serve the candidate of a run under an alias."""

    run_id: int
    alias: str
    note: str
    override_reason: str = ""


def checked_request(request: PromotionRequest) -> PromotionRequest:
    """Return the request without outer space in its texts.

    Raises:
        InvalidInput: the alias is unknown, the note is empty, or a text is too long.
    """
    check_alias(request.alias)
    reason = request.override_reason
    return replace(
        request,
        note=checked_text(request.note, field="note", required=NOTE_REQUIRED),
        override_reason=checked_text(reason, field="override_reason") if reason.strip() else "",
    )


def check_alias(alias: str) -> None:
    """Raise InvalidInput if this is not the name of an alias."""
    if alias not in Alias.Name.values:
        sentence = gettext("“%(alias)s” is not an alias. Use one of %(known)s.")
        shown = {"alias": alias, "known": ", ".join(Alias.Name.values)}
        raise InvalidInput(sentence % shown, field="alias")


def checked_text(text: str, *, field: str, required: str | Promise = "") -> str:
    """Return a text without outer space.

    Args:
        text: as typed.
        field: name of its form field.
        required: the message for an empty text.

    Raises:
        InvalidInput: the text is empty or too long.
    """
    text = text.strip()
    if not text:
        raise InvalidInput(str(required), field=field)
    if len(text) > MAX_TEXT_LENGTH:
        sentence = ngettext(
            "This text has %(n)s character. The limit is %(limit)s.",
            "This text has %(n)s characters. The limit is %(limit)s.",
            len(text),
        )
        shown = {"n": formats.count(len(text)), "limit": formats.count(MAX_TEXT_LENGTH)}
        raise InvalidInput(sentence % shown, field=field)
    return text
