"""The marker that erasure puts in place of text, and how pages show it (docs/erasure.md)."""

from typing import Final

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

ERASED: Final = "[erased]"
"""What the database functions of erasure store; the API and files show it unchanged."""
_AS_HTML: Final = f"<p>{ERASED}</p>"


def shown_text(text: str) -> str:
    """Return stored text for a page: the marker in the language of the page, other text unchanged.

    Args:
        text: plain text, or a text rendered as HTML (a `SafeString` stays one).
    """
    stripped = text.strip()
    if stripped == ERASED:
        # Translators: stands where a text was erased.
        return gettext("[erased]")
    if stripped == _AS_HTML:
        html = f"<p>{gettext('[erased]')}</p>"
        return mark_safe(html) if isinstance(text, SafeString) else html  # noqa: S308
    return text
