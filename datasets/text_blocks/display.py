"""The text blocks that the editor offers."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject

from datasets.inspections.placeholders import placeholders_in
from datasets.text_blocks.models import TextBlock


@dataclass(frozen=True)
class OfferedBlock:
    """A text block, with what the script of the editor reads.

    Attributes:
        intents: those it is for, as JSON.
        placeholder: the first one in its text, which is selected after it is inserted.
    """

    block: TextBlock
    intents: str
    placeholder: str


def text_block_rows() -> "QuerySet[TextBlock, Any]":
    """Return the query, within one for projects, for what `offered_blocks` takes."""
    columns = ("id", "name", "text", "language", "intents")
    found = TextBlock.objects.filter(project=OuterRef("pk")).order_by("name")
    return found.values_list(JSONObject(**dict(zip(columns, columns, strict=True))), flat=True)


def offered_blocks(rows: Iterable[dict[str, Any]]) -> list[OfferedBlock]:
    """Return the text blocks of a project by name."""
    return [
        OfferedBlock(block, json.dumps(block.intents), next(iter(placeholders_in(block.text)), ""))
        for block in (TextBlock(**row) for row in rows)
    ]
