"""Which braces in answers are placeholders of text blocks that were not filled in."""

import pytest

from datasets.conversations import chat
from datasets.inspections import InspectionSettings, Severity
from datasets.inspections.placeholders import placeholders_in
from datasets.inspections.registry import inspect


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dear {name}, see {order number}. Bye, {name}", ["{name}", "{order number}"]),
        ("{Bestell-Nr} und {Straße}", ["{Bestell-Nr}", "{Straße}"]),
        ('{{name}}, { name }, {}, {1}, {"a": 1}, {name: x}', []),
    ],
)
def test_a_placeholder_is_a_name_in_single_braces(text: str, expected: list[str]) -> None:
    assert placeholders_in(text) == expected


def test_only_answers_and_only_placeholders_of_text_blocks_are_reported() -> None:
    messages = [
        {"role": "system", "content": "Greet {name}."},
        {"role": "user", "content": "I am {name}."},
        {"role": "assistant", "content": "Hello {name}, write {code} in braces."},
    ]
    content = chat.normalise({"messages": messages})
    known = InspectionSettings(placeholders=("{name}",))
    [found] = [item for item in inspect(content, known) if item.code == "placeholder"]
    assert (found.message_index, found.start, found.end) == (2, 6, 12)
    assert found.severity == Severity.BLOCKING
    assert not [item for item in inspect(content, InspectionSettings()) if item.code == found.code]
