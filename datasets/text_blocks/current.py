"""The text blocks of a project as values, and the placeholders in them."""

from datasets.inspections.placeholders import placeholders_in
from datasets.text_blocks.documents import BlockValues
from datasets.text_blocks.models import TextBlock
from reviewapp.people.models import Project


def values_of(block: TextBlock) -> BlockValues:
    """Return what a lead wrote about a stored text block."""
    return BlockValues(block.name, block.text, block.language, tuple(block.intents))


def placeholders_of(project: Project) -> tuple[str, ...]:
    """Return the placeholders in all text blocks of a project, with their braces."""
    if not project.pk:
        return ()
    texts = TextBlock.objects.filter(project=project, text__contains="{")
    found = (placeholders_in(text) for text in texts.order_by("pk").values_list("text", flat=True))
    return tuple(dict.fromkeys(name for names in found for name in names))
