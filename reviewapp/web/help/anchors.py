"""The ids of the headings of a page of documentation, by which links lead to its parts. Pure."""

import re
from html import unescape
from typing import Final

HEADING: Final = re.compile(r"<h3>(.*?)</h3>", re.S)
_TAG: Final = re.compile(r"<[^>]*>")


def heading_ids(html: str) -> list[str]:
    """Return the id of each heading: its words, as links in Markdown write them, each id once."""
    ids: list[str] = []
    for heading in HEADING.findall(html):
        words = re.sub(r"[^\w -]", "", unescape(_TAG.sub("", heading)).lower())
        name = words.strip().replace(" ", "-")
        earlier = sum(re.fullmatch(rf"{name}(-\d+)?", other) is not None for other in ids)
        ids.append(f"{name}-{earlier}" if earlier else name)
    return ids
