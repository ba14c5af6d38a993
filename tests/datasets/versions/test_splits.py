"""How a version's examples are drawn: by content alone, near the shares, in every intent."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.conversations.split import SPLITS
from datasets.versions.splits import (
    DEFAULT_SHARES,
    TEST,
    TRAIN,
    VALIDATION,
    Leak,
    Member,
    apportion,
    check_shares,
    customer_text_hash,
    draw,
    leaks,
)
from reviewapp.core.errors import InvalidInput

percents = st.integers(1, 100).flatmap(
    lambda train: st.integers(0, 100 - train).map(
        lambda validation: dict(
            zip(SPLITS, (train, validation, 100 - train - validation), strict=True)
        )
    )
)
questions = st.lists(st.text("abcdef", min_size=1, max_size=5), unique=True, max_size=60)


def member(key: int, said: str, *, intent: str = "returns", imported: str = "") -> Member:
    return Member(key, customer_text_hash([said], otherwise=""), intent, imported)


def members(said: list[str], *, intent: str = "returns") -> list[Member]:
    return [member(key, text, intent=intent) for key, text in enumerate(said)]


def by_question(said: list[str], shares: dict[str, int]) -> dict[str, str]:
    drawn = draw(members(said), shares)
    return {text: drawn[key] for key, text in enumerate(said)}


@given(questions, percents)
def test_everything_is_drawn_once(said: list[str], shares: dict[str, int]) -> None:
    drawn = draw(members(said), shares)
    assert set(drawn) == set(range(len(said)))
    assert set(drawn.values()) <= set(SPLITS)


@given(questions, percents, st.randoms())
def test_neither_order_nor_ids_decide(
    said: list[str], shares: dict[str, int], dice: Random
) -> None:
    shuffled = said.copy()
    dice.shuffle(shuffled)
    assert by_question(said, shares) == by_question(shuffled, shares)


@given(questions, percents, st.sampled_from(["returns", "refunds", "", "größe"]))
def test_each_count_is_less_than_one_away_from_its_share(
    said: list[str], shares: dict[str, int], intent: str
) -> None:
    counts = Counter(draw(members(said, intent=intent), shares).values())
    for split in SPLITS:
        assert abs(counts[split] - len(said) * shares[split] / 100) < 1


@given(questions.filter(len), percents)
def test_one_more_example_moves_at_most_one_over_each_cut(
    said: list[str], shares: dict[str, int]
) -> None:
    *before, _new = said
    was, is_ = by_question(before, shares), by_question(said, shares)
    assert sum(was[text] != is_[text] for text in before) <= 2


def test_an_intent_is_not_disturbed_by_another() -> None:
    returns = [member(number, f"returns {number}") for number in range(30)]
    refunds = [member(100 + n, f"refunds {n}", intent="refunds") for n in range(7)]
    alone, together = draw(returns, DEFAULT_SHARES), draw(returns + refunds, DEFAULT_SHARES)
    assert alone == {key: together[key] for key in alone}


def test_many_small_intents_together_keep_to_the_shares() -> None:
    small = [
        member(5 * intent + number, f"{intent} {number}", intent=f"intent {intent}")
        for intent in range(200)
        for number in range(5)
    ]
    counts = Counter(draw(small, DEFAULT_SHARES).values())
    assert counts[TRAIN] == pytest.approx(800, abs=40)
    assert counts[VALIDATION] == pytest.approx(100, abs=40)
    assert counts[TEST] == pytest.approx(100, abs=40)


def test_rewording_the_answer_moves_nothing() -> None:
    # The answer has no part in what the draw gets to see.
    assert customer_text_hash(["Where is it?"], otherwise="a") == customer_text_hash(
        ["Where is it?"], otherwise="b"
    )


@pytest.mark.parametrize("twin", ["WHERE is  it?", " Where is it?\n", "Where\u00a0is it?"])
def test_case_and_white_space_make_no_difference(twin: str) -> None:
    assert customer_text_hash([twin], otherwise="") == customer_text_hash(
        ["where is it?"], otherwise=""
    )


def test_a_customer_who_says_nothing_is_known_by_the_content() -> None:
    assert customer_text_hash([" "], otherwise="content") == "content"


def test_a_split_that_was_imported_wins_and_counts_towards_the_shares() -> None:
    given_ = [member(number, f"given {number}", imported=TEST) for number in range(4)]
    free = [member(10 + number, f"free {number}") for number in range(16)]
    drawn = draw(given_ + free, DEFAULT_SHARES)
    assert all(drawn[entry.key] == TEST for entry in given_)
    counts = Counter(drawn.values())
    assert counts[TEST] == 4, "the test has more than its share already"
    assert counts[TRAIN] >= 13


@given(questions, percents, st.lists(st.sampled_from(["", *SPLITS]), min_size=60, max_size=60))
def test_imported_splits_always_stand(
    said: list[str], shares: dict[str, int], imported: list[str]
) -> None:
    given_ = [member(n, text, imported=imported[n]) for n, text in enumerate(said)]
    drawn = draw(given_, shares)
    assert len(drawn) == len(said)
    assert all(drawn[entry.key] == entry.imported for entry in given_ if entry.imported)


@given(st.lists(st.sampled_from("abcdefgh"), max_size=40), percents)
def test_a_draw_never_makes_a_leak(said: list[str], shares: dict[str, int]) -> None:
    given_ = members(said)
    assert leaks(given_, draw(given_, shares)) == []


def test_those_who_say_the_same_follow_the_imported_one() -> None:
    given_ = [member(1, "same", imported=TEST), member(2, "Same"), member(3, "other")]
    assert draw(given_, DEFAULT_SHARES)[2] == TEST


def test_imported_splits_can_leak_and_are_named() -> None:
    given_ = [
        member(1, "same", imported=TRAIN),
        member(2, "same", imported=TEST),
        member(3, "alike", imported=VALIDATION),
        member(4, "alike", imported=TEST),
        member(5, "fine", imported=TRAIN),
        member(6, "fine", imported=VALIDATION),
    ]
    found = leaks(given_, draw(given_, DEFAULT_SHARES))
    assert found == [Leak(2, 1, TRAIN), Leak(4, 3, VALIDATION)]


@pytest.mark.parametrize(
    "shares",
    [
        {TRAIN: 80, VALIDATION: 10, TEST: 20},
        {TRAIN: 0, VALIDATION: 50, TEST: 50},
        {TRAIN: 120, VALIDATION: -10, TEST: -10},
        {TRAIN: 100},
    ],
)
def test_shares_that_make_no_sense_are_refused(shares: dict[str, int]) -> None:
    with pytest.raises(InvalidInput):
        check_shares(shares)


@given(
    st.integers(0, 500),
    st.lists(st.integers(0, 100), min_size=3, max_size=3).filter(any),
    st.integers(0, 99),
)
def test_parts_add_up_and_are_near_their_share(total: int, weights: list[int], phase: int) -> None:
    parts = apportion(total, weights, phase=phase)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - total * weight / sum(weights)) < 1
