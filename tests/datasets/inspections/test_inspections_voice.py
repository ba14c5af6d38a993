"""What each kind of rule of a house voice finds, and what one click puts there."""

from typing import Any

import pytest

from datasets.conversations.chat import Content
from datasets.inspections import Severity
from datasets.inspections.voice import voice_findings
from datasets.inspections.voice_rules import VoiceKind, VoiceRule


def content(answer: str, **labels: Any) -> Content:
    messages = [
        {"role": "user", "content": "Where is it?"},
        {"role": "assistant", "content": answer},
    ]
    return Content(messages, **labels)


def rule(kind: VoiceKind, *texts: str, **fields: Any) -> VoiceRule:
    return VoiceRule("key", "House", kind, texts, **fields)


def fixed(answer: str, asked: VoiceRule) -> str:
    """Return the answer with the replacement of its one finding."""
    (found,) = voice_findings(content(answer), (asked,))
    return answer[: found.start] + found.replacement + answer[found.end :]


def codes(answer: str, asked: VoiceRule, **labels: Any) -> list[str]:
    return [found.text.code for found in voice_findings(content(answer, **labels), (asked,))]


def test_a_missing_sign_off_is_appended() -> None:
    asked = rule(VoiceKind.SIGN_OFF, "Best regards,\nAurora")
    assert fixed("It is on its way.\n", asked) == "It is on its way.\n\nBest regards,\nAurora\n"
    assert not codes("It is on its way.\n\nbest regards, Aurora\nAda, 12", asked)


def test_a_text_at_the_beginning_is_no_sign_off() -> None:
    text = "Best regards to you.\n" + "\n".join("A line." for _ in range(5))
    assert codes(text, rule(VoiceKind.SIGN_OFF, "Best regards")) == ["inspections.voice_sign_off"]


def test_a_missing_greeting_is_put_before_the_answer() -> None:
    asked = rule(VoiceKind.GREETING, "Hello")
    assert fixed("It is here.", asked) == "Hello\n\nIt is here."
    assert not codes("hello Ada, it is here.", asked)


def test_of_several_texts_none_is_inserted() -> None:
    asked = rule(VoiceKind.SIGN_OFF, "Best regards", "Kind regards")
    (found,) = voice_findings(content("It is here."), (asked,))
    assert found.replacement == ""
    assert not codes("It is here.\nKind regards", asked)


@pytest.mark.parametrize(
    ("answer", "better"),
    [
        ("No problem, we do it.", "Gladly, we do it."),
        ("We do it, no\nproblem.", "We do it, gladly."),
    ],
)
def test_a_forbidden_word_is_replaced_as_it_is_written(answer: str, better: str) -> None:
    assert fixed(answer, rule(VoiceKind.WORD, "no problem", better="gladly")) == better


def test_a_part_of_a_word_is_not_forbidden() -> None:
    assert not codes("We classify it.", rule(VoiceKind.WORD, "class"))


def test_the_length_of_the_last_answer_has_limits() -> None:
    asked = rule(VoiceKind.LENGTH, min_words=2, max_words=3)
    assert codes("One", asked) == ["inspections.voice_too_short"]
    assert codes("One two three", asked) == []
    assert codes("One two three four", asked) == ["inspections.voice_too_long"]


@pytest.mark.parametrize(
    ("marked", "plain"),
    [
        ("It is **here** today.", "It is here today."),
        ("## Title\nText", "Title\nText"),
        ("Do:\n  - one", "Do:\n  • one"),
        ("See [us](https://a.example).", "See us (https://a.example)."),
        ("[https://a.example](https://a.example)", "https://a.example"),
        ("a<br>\nb", "a\nb"),
        ("a<b> b", "a b"),
    ],
)
def test_markup_becomes_plain_text_that_says_the_same(marked: str, plain: str) -> None:
    asked = rule(VoiceKind.MARKUP)
    assert fixed(marked, asked) == plain
    (found,) = voice_findings(content(marked), (asked,))
    assert found.removes == (found.replacement == "")


def test_a_link_that_is_too_long_to_be_written_out_is_only_shown() -> None:
    (found,) = voice_findings(
        content(f"[{'a' * 150}](https://{'b' * 280})"), (rule(VoiceKind.MARKUP),)
    )
    assert (found.replacement, found.removes) == ("", False)


def test_a_number_with_signs_is_no_markup() -> None:
    asked = rule(VoiceKind.MARKUP)
    assert not codes("5 * 3 - 2 < 14, a_b_c", asked)


def test_a_call_to_action_is_put_before_the_sign_off() -> None:
    asked = rule(VoiceKind.CALL_TO_ACTION, "Write to us.")
    signed = VoiceRule("end", "End", VoiceKind.SIGN_OFF, ("Best regards,\nAurora",))
    answer = "It is here.\n\nBest regards,\nAurora"
    (found,) = voice_findings(content(answer), (signed, asked))
    assert answer[: found.start] + found.replacement + answer[found.start :] == (
        "It is here.\n\nWrite to us.\n\nBest regards,\nAurora"
    )
    both = voice_findings(content("It is here."), (signed, asked))
    assert [found.replacement for found in both] == [
        "\n\nWrite to us.",
        "\n\nBest regards,\nAurora",
    ]


def test_a_policy_must_be_cited_where_labels_ask_for_it() -> None:
    asked = rule(VoiceKind.POLICY, "returns", intents=("refund",), blocks=True)
    (found,) = voice_findings(content("Yes.", intent="refund", policies=["other"]), (asked,))
    assert (found.severity, found.message_index) == (Severity.BLOCKING, None)
    assert not codes("Yes.", asked, intent="refund", policies=["returns"])
    assert not codes("Yes.", asked, intent="delivery")


def test_a_rule_is_for_its_languages_and_tags() -> None:
    asked = rule(VoiceKind.CALL_TO_ACTION, "Schreiben Sie uns", languages=("de",), tags=("vip",))
    assert codes("Ja.", asked, language="de-AT", tags=["vip", "new"])
    assert not codes("Yes.", asked, language="en", tags=["vip"])
    assert not codes("Ja.", asked, language="de", tags=["new"])


def test_a_rule_that_hits_everywhere_gives_few_findings() -> None:
    assert len(codes("bad " * 100, rule(VoiceKind.WORD, "bad"))) == 20
