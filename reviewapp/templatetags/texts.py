"""How templates show messages."""

from django import template

from reviewapp.core import texts
from reviewapp.core.erased import shown_text
from reviewapp.core.messages import Message

register = template.Library()


@register.filter
def render(message: Message | str | None) -> str:
    """Return a message as a sentence in the language of the page; a plain text as it is."""
    return texts.render(message)


@register.filter
def stored(text: object) -> str:
    """Return a stored text for the page: the marker of an erasure is translated."""
    return shown_text(text if isinstance(text, str) else str(text))
