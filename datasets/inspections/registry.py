"""Runs all inspections on one example."""

import pkgutil
from importlib import import_module
from pathlib import Path

from datasets.conversations.chat import Content, TokenCount, count_tokens
from datasets.inspections.findings import (
    INSPECTIONS,
    Inspected,
    InspectionFinding,
    InspectionSettings,
    Severity,
)
from reviewapp.core.messages import message

# A page cannot show more; an exported mailing list has thousands of addresses.
MAX_FINDINGS = 200
# The sentences need Django, which inspections run without.
TEXTS = "texts"
PACKAGE = "datasets.inspections"


def _import_inspections() -> None:
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if module.name != TEXTS:
            import_module(f"{PACKAGE}.{module.name}")


_import_inspections()


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
    findings = [finding for inspection in INSPECTIONS for finding in inspection(inspected)]
    findings.sort(key=_place)
    return findings if len(findings) <= MAX_FINDINGS else _truncated(findings)


def _truncated(findings: list[InspectionFinding]) -> list[InspectionFinding]:
    text = message("inspections.more_findings", more=len(findings) - MAX_FINDINGS)
    return [*findings[:MAX_FINDINGS], InspectionFinding("more_findings", Severity.BLOCKING, text)]


def _place(finding: InspectionFinding) -> tuple[int, int]:
    """Return the order of a finding: those on the whole conversation first."""
    index = -1 if finding.message_index is None else finding.message_index
    return index, finding.start or 0
