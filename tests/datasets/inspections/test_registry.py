"""An inspection is a decorated function of a module in the package."""

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from datasets.conversations.chat import Content
from datasets.curation.models import Finding
from datasets.inspections import InspectionFinding, InspectionSettings, Severity, registry
from datasets.inspections.findings import INSPECTIONS, Inspected, inspection
from datasets.inspections.identity import KINDS
from datasets.inspections.texts import PERSONAL_DATA
from reviewapp.core import texts
from reviewapp.core.messages import message

SOURCES = Path(registry.__file__).parent


def inspect_shouting(inspected: Inspected) -> Iterator[InspectionFinding]:
    for index, turn in enumerate(inspected.content.messages):
        if (turn["content"] or "").isupper():
            yield InspectionFinding(
                "shouting", Severity.WARNING, message("inspections.shouting"), index
            )


@pytest.fixture
def shouting() -> Iterator[None]:
    inspection(inspect_shouting)
    yield
    INSPECTIONS.remove(inspect_shouting)


@pytest.mark.usefixtures("shouting")
def test_a_registered_inspection_reports_its_findings() -> None:
    content = Content(
        [{"role": "user", "content": "WHERE IS IT?"}, {"role": "assistant", "content": "Here."}]
    )
    findings = registry.inspect(content, InspectionSettings(requires_system_message=False))
    assert [(finding.code, finding.message_index) for finding in findings] == [("shouting", 0)]


def test_every_decorated_function_is_registered() -> None:
    source = "".join(path.read_text() for path in SOURCES.glob("*.py"))
    decorated = re.findall(r"@inspection\ndef (\w+)", source)
    assert sorted(function.__name__ for function in INSPECTIONS) == sorted(decorated)
    assert decorated


def test_every_message_of_an_inspection_has_a_sentence() -> None:
    source = "".join(path.read_text() for path in SOURCES.glob("*.py"))
    codes = set(re.findall(r'"(inspections\.\w+)"', source))
    assert codes
    texts.import_texts()
    assert codes <= texts._TEXTS.keys()


def test_every_identity_number_has_a_name() -> None:
    assert {kind.name for kind in KINDS} <= PERSONAL_DATA.keys()


def test_a_stored_finding_has_the_fields_of_an_inspection() -> None:
    columns = {field.name for field in Finding._meta.concrete_fields}
    assert {field.name for field in fields(InspectionFinding)} <= columns
