"""The text blocks that the editor offers."""

import json
from dataclasses import dataclass

from datasets.inspections.placeholders import placeholders_in
from datasets.text_blocks.models import TextBlock
from reviewapp.people.models import Project


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


def text_blocks_of(project: Project) -> list[OfferedBlock]:
    """Return the text blocks of a project by name."""
    return [
        OfferedBlock(block, json.dumps(block.intents), next(iter(placeholders_in(block.text)), ""))
        for block in TextBlock.objects.filter(project=project)
    ]
