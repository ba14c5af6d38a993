"""Markdown as safe HTML. Pure.

It is rendered without raw HTML and then sanitised by an allow-list that has no images, so a text
can neither run code nor tell an outside server that it was read.
"""

from functools import lru_cache
from typing import Final

import nh3
from markdown_it import MarkdownIt

_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(
    ["table", "strikethrough"]
)
_TAGS: Final = {
    *("p", "br", "hr", "h3", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "s"),
    *("a", "table", "thead", "tbody", "tr", "th", "td"),
}
_CLEANER: Final = nh3.Cleaner(
    tags=_TAGS,
    attributes={"a": {"href"}},
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer nofollow",
    set_tag_attribute_values={"a": {"target": "_blank"}},
)
_REMEMBERED: Final = 2048


@lru_cache(maxsize=_REMEMBERED)
def render_markdown(text: str) -> str:
    """Return Markdown as HTML that is safe to show; single line breaks are kept."""
    tokens = _MARKDOWN.parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            # The page's own headings end at level 2; in an answer all weigh the same.
            token.tag = "h3"
    return _CLEANER.clean(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))
