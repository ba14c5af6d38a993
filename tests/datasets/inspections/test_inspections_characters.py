"""Invisible characters: what is found, what scripts need, and what one click leaves."""

import pytest

from datasets.conversations.chat import Content
from datasets.inspections import InspectionFinding, InspectionSettings
from datasets.inspections.registry import inspect
from reviewapp.core.texts import render


def found(text: str) -> list[InspectionFinding]:
    findings = inspect(Content([{"role": "user", "content": text}]), InspectionSettings())
    return [finding for finding in findings if finding.code == "invisible_character"]


@pytest.mark.parametrize(
    ("text", "named", "left"),
    [
        ("mob \u202edlrow", "U+202E (right-to-left override)", "mob dlrow"),
        ("\u2066hidden\u2069", "U+2066 (left-to-right isolate)", "hidden\u2069"),
        ("pass\u200bword", "U+200B (zero width space)", "password"),
        ("a\u200db", "U+200D (zero width joiner)", "ab"),
        ("only latin\u200f here", "U+200F (right-to-left mark)", "only latin here"),
        ("a\U000e0041\U000e0042", "U+E0041 (tag latin capital letter a) and 1 more character", "a"),
        ("red \x1b[31m", "U+001B (escape)", "red [31m"),
        ("bell \x07", "U+0007 (control character)", "bell "),
        ("one\u2028two", "U+2028 (line separator)", "one\ntwo"),
        ("one\x85two", "U+0085 (next line)", "one\ntwo"),
        ("\ufeff", "U+FEFF (byte order mark)", None),
    ],
)
def test_an_invisible_character_is_named_and_one_click_removes_it(
    text: str, named: str, left: str | None
) -> None:
    finding = found(text)[0]
    assert render(finding.text).startswith(named)
    assert finding.severity == "warning"
    assert finding.start is not None
    assert finding.end is not None
    if left is None:
        assert finding.replacement == ""
    else:
        assert text[: finding.start] + finding.replacement + text[finding.end :] == left


@pytest.mark.parametrize(
    "text",
    [
        "family \U0001f469\u200d\U0001f469\u200d\U0001f467 and \U0001f44d\U0001f3fd",
        "heart \u2764\ufe0f\u200d\U0001f525",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\u0915\u094d\u200d\u0937",
        "flag \U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "\u05e9\u05dc\u05d5\u05dd\u200f (A1)\u200e!",
        "tab\tand\nline feed",
    ],
)
def test_characters_that_a_script_an_emoji_or_a_flag_needs_are_ignored(text: str) -> None:
    assert found(text) == []
