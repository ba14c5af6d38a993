"""One more inspection takes a function and a line in the list of them."""

from collections.abc import Iterator

import pytest

from datasets.conversations.chat import Content
from datasets.inspections import InspectionFinding, InspectionSettings, Severity, everything
from datasets.inspections.problems import Inspected


def inspect_shouting(inspected: Inspected) -> Iterator[InspectionFinding]:
    for index, message in enumerate(inspected.content.messages):
        if (message["content"] or "").isupper():
            yield InspectionFinding("shouting", Severity.WARNING, "Write in small letters.", index)


def test_a_registered_inspection_reports_its_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(everything, "INSPECTIONS", (*everything.INSPECTIONS, inspect_shouting))
    content = Content(
        [{"role": "user", "content": "WHERE IS IT?"}, {"role": "assistant", "content": "Here."}]
    )
    findings = everything.inspect(content, InspectionSettings(requires_system_message=False))
    assert [(finding.code, finding.message_index) for finding in findings] == [("shouting", 0)]
