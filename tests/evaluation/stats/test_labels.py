"""Labels of intents, and the order they are listed in."""

from __future__ import annotations

from fractions import Fraction

import pytest

from evaluation.stats.intervals import interval
from evaluation.stats.labels import Label, holm, labels, shrunk_values
from evaluation.stats.sequence import Scan
from tests.evaluation.stats.samples import tally

ONE, NIL = Fraction(1), Fraction(0)


def test_holm_by_hand() -> None:
    p = {"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005}
    assert holm(p) == {"a", "d"}
    assert holm({"a": 0.04}) == {"a"}
    assert holm({}) == set()
    assert holm({"a": 0.01, "b": 0.02, "c": 0.05}) == {"a", "b", "c"}


def test_intents_are_labelled_by_their_evidence() -> None:
    found = labels(
        {
            "returns": Scan(0.4).advance([ONE] * 20),
            "refunds": Scan(0.4).advance([NIL] * 20),
            "sizing": Scan(0.4).advance([ONE, NIL] * 10),
            "empty": Scan(0.4),
        }
    )
    assert found == {
        "returns": Label.BETTER,
        "refunds": Label.WORSE,
        "sizing": Label.UNDECIDED,
        "empty": Label.UNDECIDED,
    }


def test_the_more_intents_the_more_evidence_each_needs() -> None:
    eleven = Scan(0.4).advance([ONE] * 11)
    assert labels({"alone": eleven})["alone"] is Label.BETTER
    family = {str(k): Scan(0.4) for k in range(20)}
    assert labels({"among many": eleven, **family})["among many"] is Label.UNDECIDED


@pytest.mark.parametrize(("first", "then"), [(ONE, NIL), (NIL, ONE)])
def test_a_label_follows_the_present_interval(first: Fraction, then: Fraction) -> None:
    back = Scan(0.4).advance([first] * 14 + [then] * 6)
    assert back.p < 0.05
    assert interval(back.scores).contains(0.5)
    assert labels({"back": back})["back"] is Label.UNDECIDED


@pytest.mark.parametrize(("first", "then"), [(ONE, NIL), (NIL, ONE)])
def test_an_intent_that_turned_round_is_undecided(first: Fraction, then: Fraction) -> None:
    turned = Scan(0.4).advance([first] * 14 + [then] * 20)
    assert turned.p < 0.05
    assert labels({"turned": turned})["turned"] is Label.UNDECIDED


def test_small_intents_are_pulled_further_to_the_middle() -> None:
    values = shrunk_values(
        {"tiny": tally(3, 0), "large": tally(90, 10), "low": tally(10, 30), "empty": tally(0, 0)}
    )
    tiny, large, low, empty = (values[k] for k in ("tiny", "large", "low", "empty"))
    assert None not in (tiny, large, low, empty)
    assert (low or 0) < (empty or 0) < (large or 0) < 0.9
    assert (tiny or 0) < 1


def test_intents_that_do_not_differ_all_get_the_common_mean() -> None:
    values = shrunk_values({"a": tally(5, 5), "b": tally(50, 50)})
    assert values == {"a": pytest.approx(0.5), "b": pytest.approx(0.5)}


def test_one_intent_is_its_own_mean_and_none_has_none() -> None:
    assert shrunk_values({"a": tally(3, 1)}) == {"a": pytest.approx(0.75)}
    assert shrunk_values({"a": tally(0, 0)}) == {"a": None}
    assert shrunk_values({"a": tally(4, 0), "b": tally(2, 0)})["b"] == pytest.approx(1)
