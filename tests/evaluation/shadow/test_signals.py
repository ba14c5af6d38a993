"""The automatic signals, the citation pattern and the proposal: pure functions."""

import pytest

from evaluation.shadow.rules import ShadowRules, check_rules
from evaluation.shadow.sampling import Choosable, stratified
from evaluation.shadow.signals import Compared, Signal, SignalState, signals_of
from reviewapp.core.errors import InvalidInput

KEPT, NOTICED = SignalState.KEPT, SignalState.NOTICED
GOLDEN = "You can send it back within thirty days of the delivery [Returns 2.1]."
REFUSAL = "I cannot help with that request, as it concerns another account."  # words: ok
RULES = ShadowRules(
    citation_pattern="[*]",
    forbidden_words=("guarantee", "free of charge"),
    style_rules=("no_markdown", "no_emoji", "no_exclamation"),
    max_words=30,
)


def noticed(answer: str, golden: str = GOLDEN, rules: ShadowRules = RULES, **more: str) -> set[str]:
    found = signals_of(Compared(answer, golden, rules, **more))
    return {signal.signal for signal in found if signal.state is NOTICED}


def test_an_answer_like_the_golden_one_has_no_signal_to_look_at() -> None:
    assert noticed(GOLDEN) == set()
    assert {signal.signal for signal in signals_of(Compared(GOLDEN, GOLDEN, RULES))} == {
        *(Signal.LENGTH, Signal.REFUSAL, Signal.STYLE, Signal.CITATION, Signal.FORBIDDEN)
    }


def test_signals_that_the_project_does_not_ask_for_are_left_out() -> None:
    found = signals_of(Compared(GOLDEN, GOLDEN, ShadowRules()))
    assert {signal.signal for signal in found} == {Signal.LENGTH, Signal.REFUSAL}


@pytest.mark.parametrize(
    ("answer", "signal"),
    [
        ("Yes [1].", "length"),
        (f"{GOLDEN} {GOLDEN}", "length"),
        (f"**{GOLDEN}**", "style"),
        (f"- {GOLDEN}", "style"),
        (f"{GOLDEN} 😀", "style"),
        (GOLDEN.replace(".", "!"), "style"),
        ("You can send it back within thirty days of the delivery, sure.", "citation"),
        (GOLDEN.replace("can", "can, Free of Charge,"), "forbidden"),
    ],
)
def test_each_signal_notices_its_own_fault(answer: str, signal: str) -> None:
    assert noticed(answer) == {signal}


def test_a_word_limit_is_a_style_rule() -> None:
    rules = ShadowRules(max_words=12)
    assert noticed(GOLDEN, rules=rules) == {"style"}
    assert noticed(GOLDEN, rules=ShadowRules(max_words=13)) == set()


def test_a_forbidden_word_is_a_whole_word() -> None:
    assert noticed(f"{GOLDEN} Guaranteed.") == set()
    assert noticed(f"{GOLDEN} GUARANTEE.") == {"forbidden"}


def test_a_citation_is_required_only_where_the_golden_answer_has_one() -> None:
    plain = GOLDEN.replace(" [Returns 2.1]", "")
    assert noticed(plain, golden=plain) == set()


@pytest.mark.parametrize(("answer", "golden"), [(REFUSAL, GOLDEN), (GOLDEN, REFUSAL)])
def test_declining_is_noticed_where_only_one_of_both_declines(answer: str, golden: str) -> None:
    assert "refusal" in noticed(answer, golden)
    assert "refusal" not in noticed(REFUSAL, REFUSAL)


def test_a_language_differs_only_where_both_are_known() -> None:
    assert noticed(GOLDEN, answer_language="de", golden_language="en") == {"language"}
    assert noticed(GOLDEN, answer_language="", golden_language="en") == set()
    assert noticed(GOLDEN, answer_language="en", golden_language="en") == set()


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        (ShadowRules(citation_pattern="****"), "citation_pattern"),
        (ShadowRules(citation_pattern="*"), "citation_pattern"),
        (ShadowRules(forbidden_words=("x" * 81,)), "forbidden_words"),
    ],
)
def test_rules_that_mean_nothing_are_rejected(rules: ShadowRules, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_rules(rules)
    assert caught.value.field == field


def test_a_hostile_text_takes_no_time() -> None:
    rules = ShadowRules(citation_pattern="[*a*b*]")
    assert "citation" in noticed("[" * 20_000, golden="[aab]", rules=rules)


def test_a_proposal_takes_each_intent_and_language_in_turn() -> None:
    examples = [
        Choosable(number, intent, language, str(number))
        for number, (intent, language) in enumerate(
            [("returns", "en")] * 6 + [("returns", "de")] * 3 + [("refunds", "en")]
        )
    ]
    kind = {example.example_id: (example.intent, example.language) for example in examples}
    first = [kind[pk] for pk in stratified(examples, 3)]
    assert first == [("returns", "en"), ("returns", "de"), ("refunds", "en")]
    assert stratified(examples, 5) == stratified(reversed(examples), 5)
    assert sorted(stratified(examples, 99)) == list(range(10))
