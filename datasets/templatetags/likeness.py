"""A filter that shows how alike two examples are."""

from typing import Protocol

from django import template
from django.utils.translation import gettext

register = template.Library()


class _Compared(Protocol):
    question: int
    answer: int | None


@register.filter
def likeness(pair: _Compared) -> str:
    """Return the percents of the questions and the answers of a pair, as shown to users."""
    if pair.answer is None:
        return gettext("question %(question)s %%, no answer") % {"question": pair.question}
    shown = {"question": pair.question, "answer": pair.answer}
    return gettext("question %(question)s %%, answer %(answer)s %%") % shown
