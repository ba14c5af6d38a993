"""Template filter for sentences with code in backticks, plain text in commands and the API."""

import re
from typing import Final

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

_CODE: Final = re.compile(r"`([^`\n]+)`")


@register.filter
def sentence(text: str) -> SafeString:
    """Return a sentence as HTML with the parts in backticks as code: "Move it to `metadata`."."""
    return mark_safe(_CODE.sub(r"<code>\1</code>", conditional_escape(text)))  # noqa: S308
