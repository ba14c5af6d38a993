"""Inspection of answers for placeholders of the project's text blocks that were not filled in."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from datasets.inspections.findings import Inspected, InspectionFinding, Severity, inspection
from reviewapp.core.messages import message

PLACEHOLDER: Final = re.compile(r"(?<!\{)\{[^\W\d_](?:[\w -]{0,38}\w)?\}(?!\})")
"""A name in braces, such as {order number}; doubled braces are none."""
MAX_FINDINGS: Final = 20


def placeholders_in(text: str) -> list[str]:
    """Return the placeholders of a text with their braces, each once, in their order."""
    return list(dict.fromkeys(PLACEHOLDER.findall(text)))


@inspection
def inspect_placeholders(inspected: Inspected) -> Iterator[InspectionFinding]:
    """Yield the places in answers that a text block left to be filled in."""
    # Only those of text blocks: an answer may well show code with other braces.
    known = inspected.settings.placeholders
    if known:
        yield from islice(_unfilled(inspected, frozenset(known)), MAX_FINDINGS)


def _unfilled(inspected: Inspected, known: frozenset[str]) -> Iterator[InspectionFinding]:
    for index, turn in enumerate(inspected.content.messages):
        if turn["role"] != "assistant" or not turn["content"]:
            continue
        for match in PLACEHOLDER.finditer(turn["content"]):
            if match[0] in known:
                text = message("inspections.placeholder", placeholder=match[0])
                yield InspectionFinding(
                    "placeholder", Severity.BLOCKING, text, index, *match.span()
                )
