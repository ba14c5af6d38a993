"""Findings about structure: roles, lengths, tools, special tokens, language."""

from typing import Any

import pytest

from datasets.conversations import chat
from datasets.conversations.chat import Content
from datasets.inspections import (
    InspectionFinding,
    InspectionSettings,
    Severity,
)
from datasets.inspections.language import detect_language
from datasets.inspections.registry import MAX_FINDINGS, inspect

SETTINGS = InspectionSettings(languages=("en", "de", "it", "es", "nl"))
SYSTEM = {"role": "system", "content": "You answer the customers of a shop."}
QUESTION = {"role": "user", "content": "Where is my parcel? I have been waiting for a week."}
ANSWER = {"role": "assistant", "content": "I am sorry about that. It will arrive tomorrow."}
SENTENCES = {
    "en": "I would like to return the boots that I bought three weeks ago.",
    "de": "Ich möchte die Stiefel zurückgeben, die ich vor drei Wochen gekauft habe.",
    "it": "Vorrei restituire gli stivali che ho comprato tre settimane fa.",
    "es": "Quisiera devolver las botas que compré hace tres semanas.",
    "nl": "Ik wil graag de laarzen terugsturen die ik drie weken geleden heb gekocht.",
}


def findings(*messages: dict[str, Any], **fields: Any) -> list[InspectionFinding]:
    content = chat.normalise({"messages": list(messages), **fields})
    return inspect(content, SETTINGS)


def found(*messages: dict[str, Any], **fields: Any) -> list[tuple[str, str, int | None]]:
    return [
        (finding.code, finding.severity.value, finding.message_index)
        for finding in findings(*messages, **fields)
    ]


def test_a_valid_example_has_no_findings() -> None:
    assert found(SYSTEM, QUESTION, ANSWER, QUESTION, ANSWER, language="en") == []


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([QUESTION, ANSWER], ("missing_system", "warning", None)),
        ([SYSTEM, QUESTION, SYSTEM, ANSWER], ("role_order", "blocking", 2)),
        ([SYSTEM, QUESTION, QUESTION, ANSWER], ("role_order", "blocking", 2)),
        ([SYSTEM, QUESTION, ANSWER, ANSWER], ("role_order", "blocking", 3)),
        ([SYSTEM, ANSWER, QUESTION, ANSWER], ("role_order", "warning", 1)),
        ([SYSTEM, {**QUESTION, "content": " \n"}, ANSWER], ("empty_message", "blocking", 1)),
        ([SYSTEM, QUESTION], ("no_assistant_message", "blocking", None)),
        ([SYSTEM, QUESTION, ANSWER, QUESTION], ("no_final_answer", "blocking", 3)),
        ([SYSTEM, QUESTION, {**ANSWER, "weight": 0}], ("nothing_to_learn", "blocking", None)),
        ([SYSTEM, {**QUESTION, "content": "a<|im_end|>"}, ANSWER], ("special_token", "warning", 1)),
    ],
)
def test_each_structural_fault_has_its_code_and_place(
    messages: list[dict[str, Any]], expected: tuple[str, str, int | None]
) -> None:
    assert found(*messages, language="en") == [expected]


def test_a_conversation_without_a_customer_is_a_warning() -> None:
    assert ("no_user_message", "warning", None) in found(SYSTEM, ANSWER)


def test_a_project_may_omit_system_messages() -> None:
    content = chat.normalise({"messages": [QUESTION, ANSWER]})
    assert inspect(content, InspectionSettings(requires_system_message=False)) == []


def test_a_budget_includes_its_last_token() -> None:
    content = chat.normalise({"messages": [SYSTEM, QUESTION, ANSWER], "language": "en"})
    count = chat.count_tokens(content.messages)
    longest = max(count.per_message)
    exact = InspectionSettings(token_budget=count.total, message_token_budget=longest)
    assert inspect(content, exact) == []
    less = InspectionSettings(token_budget=count.total - 1, message_token_budget=longest - 1)
    assert {finding.code: finding.message_index for finding in inspect(content, less)} == {
        "example_too_long": None,
        "message_too_long": count.per_message.index(longest),
    }


def test_tool_calls_need_an_offered_tool_and_answers_a_call() -> None:
    tool = {"type": "function", "function": {"name": "find"}}
    call = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": "{}"}}
    calling = {"role": "assistant", "content": None, "tool_calls": [call]}
    answer = {"role": "tool", "content": "found", "tool_call_id": "c1"}
    assert found(SYSTEM, QUESTION, calling, answer, ANSWER, tools=[tool], language="en") == []
    assert ("tool_call", "blocking", 2) in found(SYSTEM, QUESTION, calling, answer, ANSWER)
    lost = {**answer, "tool_call_id": "c2"}
    at_answer = [("tool_call", "blocking", 3)]
    assert found(SYSTEM, QUESTION, calling, lost, ANSWER, tools=[tool], language="en") == at_answer
    broken = {**call, "function": {"name": "find", "arguments": "{oops"}}
    bad = {**calling, "tool_calls": [broken]}
    assert ("tool_call", "blocking", 2) in found(
        SYSTEM, QUESTION, bad, answer, ANSWER, tools=[tool]
    )


@pytest.mark.parametrize("language", sorted(SENTENCES))
def test_each_language_of_the_project_is_detected(language: str) -> None:
    content = Content([{"role": "user", "content": SENTENCES[language]}])
    assert detect_language(content, SETTINGS.languages) == language


@pytest.mark.parametrize("text", ["", "ok", "123 456", "Hola", "🙂" * 50])
def test_too_little_text_has_no_language(text: str) -> None:
    assert detect_language(Content([{"role": "user", "content": text}]), SETTINGS.languages) == ""


def test_the_system_message_does_not_decide_about_the_language() -> None:
    system = {"role": "system", "content": SENTENCES["en"] * 10}
    content = Content([system, {"role": "user", "content": SENTENCES["it"]}])
    assert detect_language(content, SETTINGS.languages) == "it"


def test_a_language_that_does_not_fit_the_text_is_a_warning() -> None:
    question = {"role": "user", "content": SENTENCES["de"]}
    answer = {"role": "assistant", "content": SENTENCES["de"]}
    assert found(SYSTEM, question, answer, language="de") == []
    assert found(SYSTEM, question, answer, language="de-AT") == []
    assert found(SYSTEM, question, answer, language="it") == [
        ("language_mismatch", "warning", None)
    ]


def test_a_language_outside_the_project_is_a_warning() -> None:
    assert found(SYSTEM, QUESTION, ANSWER, language="fr") == [("language_unknown", "warning", None)]


def test_a_project_with_one_language_detects_another() -> None:
    italian = [{**QUESTION, "content": SENTENCES["it"]}, {**ANSWER, "content": SENTENCES["it"]}]
    content = Content([SYSTEM, *italian], language="en")
    codes = [f.code for f in inspect(content, InspectionSettings(languages=("en",)))]
    assert codes == ["language_mismatch"]


def test_thousands_of_findings_are_truncated_with_a_count() -> None:
    mails = " ".join(f"a{number}@example.com" for number in range(1000))
    many = findings(SYSTEM, {"role": "user", "content": mails}, ANSWER)
    assert len(many) == MAX_FINDINGS + 1
    assert (many[-1].code, many[-1].severity) == ("more_findings", Severity.BLOCKING)
    # The addresses, and the length of the message.
    assert many[-1].text.params == {"more": 1001 - MAX_FINDINGS}


def test_findings_come_in_the_order_of_the_conversation() -> None:
    mixed = findings(
        QUESTION, {**ANSWER, "content": "b@c.de <|im_end|>"}, {**QUESTION, "content": "a@b.io"}
    )
    places = [(-1 if f.message_index is None else f.message_index) for f in mixed]
    assert places == sorted(places)
