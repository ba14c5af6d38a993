"""Markdown as safe HTML. Pure.

It is rendered with raw HTML shown as text and then sanitised by an allow-list that has no images,
so a text can neither run code nor tell an outside server that it was read.
"""

import re
from functools import lru_cache
from typing import Final

import nh3
from comrak import ExtensionOptions, RenderOptions
from comrak import render_markdown as render

_EXTENSIONS: Final = ExtensionOptions()
_EXTENSIONS.table = _EXTENSIONS.strikethrough = True
_RULES: Final = RenderOptions()
_RULES.escape = _RULES.hardbreaks = True

_TAGS: Final = {
    *("p", "br", "hr", "h3", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "del"),
    *("a", "table", "thead", "tbody", "tr", "th", "td"),
}


# Relative addresses (/accounts/logout/, //evil.example) would lead into this site or look as if.
_ABSOLUTE: Final = re.compile(r"(?:https?://[^/\\]|mailto:.)", re.IGNORECASE)


def _absolute_only(_tag: str, name: str, value: str) -> str | None:
    return value if name != "href" or _ABSOLUTE.match(value) else None


_CLEANER: Final = nh3.Cleaner(
    tags=_TAGS,
    attributes={"a": {"href"}},
    attribute_filter=_absolute_only,
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer nofollow",
    set_tag_attribute_values={"a": {"target": "_blank"}},
)
# Whatever stands so in the HTML was a heading: a tag in the text is shown as text.
_HEADING: Final = re.compile(r"(</?)h[1-6]>")
# Quotations within quotations, beyond what anybody means: the cleaner's time grows with the square
# of the depth. Closing tags that are then too many are dropped there.
_DEEP: Final = re.compile(r"((?:<blockquote>\n){20})(?:<blockquote>\n)+")
_REMEMBERED: Final = 2048


@lru_cache(maxsize=_REMEMBERED)
def render_markdown(text: str) -> str:
    """Return Markdown as HTML that is safe to show; single line breaks are kept."""
    html = render(text, extension_options=_EXTENSIONS, render_options=_RULES)
    # The page's own headings end at level 2; in an answer all weigh the same.
    return _CLEANER.clean(_DEEP.sub(r"\1", _HEADING.sub(r"\1h3>", html)))
