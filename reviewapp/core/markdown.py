"""Markdown as safe HTML. Pure.

Raw HTML in it is shown as text, and the result is sanitised by an allow-list without images, so a
text can neither run code nor notify an outside server that it was read.
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


# Relative addresses (/accounts/logout/, //evil.example) would link to this site or seem to.
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
# Documentation may link to pages of this site, and its lines are wrapped.
_DOCUMENT_RULES: Final = RenderOptions()
_DOCUMENT_RULES.escape = True
_OWN: Final = re.compile(r"/[^/\\]")


def _own_or_absolute(tag: str, name: str, value: str) -> str | None:
    return value if _OWN.match(value) else _absolute_only(tag, name, value)


_DOCUMENT_CLEANER: Final = nh3.Cleaner(
    tags=_TAGS,
    attributes={"a": {"href"}},
    attribute_filter=_own_or_absolute,
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer",
)
# Every heading tag in the HTML was a Markdown heading: a tag in the text is escaped.
_HEADING: Final = re.compile(r"(</?)h[1-6]>")
# No text needs deeper quotations: the time of the sanitiser grows with the square of the depth.
# Surplus closing tags are dropped there.
_DEEP: Final = re.compile(r"((?:<blockquote>\n){20})(?:<blockquote>\n)+")
_REMEMBERED: Final = 2048


@lru_cache(maxsize=_REMEMBERED)
def render_markdown(text: str) -> str:
    """Return Markdown as HTML that is safe to show; single line breaks are kept."""
    html = render(text, extension_options=_EXTENSIONS, render_options=_RULES)
    # The page's own headings end at level 2; in an answer all have the same size.
    return _CLEANER.clean(_DEEP.sub(r"\1", _HEADING.sub(r"\1h3>", html)))


@lru_cache(maxsize=256)
def render_document(text: str) -> str:
    """Return a part of our own documentation as HTML; it may link to pages of this site."""
    html = render(text, extension_options=_EXTENSIONS, render_options=_DOCUMENT_RULES)
    return _DOCUMENT_CLEANER.clean(_HEADING.sub(r"\1h3>", html))
