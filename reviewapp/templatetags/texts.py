"""How templates show messages."""

from django import template

from reviewapp.core import texts
from reviewapp.core.messages import Message

register = template.Library()


@register.filter
def render(message: Message | str | None) -> str:
    """Return a message as a sentence in the language of the page; a plain text as it is."""
    return texts.render(message)
