"""All inspections of one example, in reading order."""

from datasets.conversations.chat import Content, TokenCount, count_tokens
from datasets.inspections import characters, language, personal, structure, tools
from datasets.inspections.problems import (
    Inspected,
    Inspection,
    InspectionFinding,
    InspectionSettings,
    Severity,
)

INSPECTIONS: tuple[Inspection, ...] = (
    structure.inspect_roles,
    structure.inspect_lengths,
    tools.inspect_tools,
    structure.inspect_special_tokens,
    characters.inspect_characters,
    personal.inspect_personal_data,
    language.inspect_language,
)
"""Every inspection there is. One more is a module with a function, and a line here."""

# More findings cannot be shown or worked through; an export of a mailing list has thousands.
MAX_FINDINGS = 200


def inspect(
    content: Content, settings: InspectionSettings, *, tokens: TokenCount | None = None
) -> list[InspectionFinding]:
    """Return the findings of an example: first on the whole conversation, then by place.

    Args:
        content: in normal form.
        settings: of the project.
        tokens: the count for `settings.tokenizer_model`, if the caller has it already.
    """
    if tokens is None:
        tokens = count_tokens(content.messages, content.tools, model=settings.tokenizer_model)
    inspected = Inspected(content, settings, tokens)
    found = [finding for inspection in INSPECTIONS for finding in inspection(inspected)]
    found.sort(key=_place)
    return found if len(found) <= MAX_FINDINGS else _truncated(found)


def _truncated(found: list[InspectionFinding]) -> list[InspectionFinding]:
    more = len(found) - MAX_FINDINGS
    text = f"There are {more:,} more findings further on. They appear after these are resolved."
    return [*found[:MAX_FINDINGS], InspectionFinding("more_findings", Severity.BLOCKING, text)]


def _place(problem: InspectionFinding) -> tuple[int, int]:
    index = -1 if problem.message_index is None else problem.message_index
    return index, problem.start or 0
