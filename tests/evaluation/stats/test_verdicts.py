"""Choices, verdicts and scores, and which side means what."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest

from evaluation.stats.verdicts import Choice, Contender, Verdict, score
from evaluation.voting.blinding import choice_of, draw_left, other, resolve
from tests.evaluation.stats.samples import seeded


def test_the_stored_words_are_those_of_the_specification() -> None:
    assert [str(choice) for choice in Choice] == ["left", "right", "both_good", "both_bad"]
    assert [str(v) for v in Verdict] == ["candidate", "baseline", "tie_good", "tie_bad"]


@pytest.mark.parametrize(
    ("verdict", "worth"),
    [("candidate", 1), ("baseline", 0), ("tie_good", Fraction(1, 2)), ("tie_bad", Fraction(1, 2))],
)
def test_a_tie_counts_half(verdict: str, worth: Fraction) -> None:
    assert score(verdict) == worth


@pytest.mark.parametrize("word", ["", "tie", "left", "Candidate", "garbage"])
def test_an_unknown_verdict_raises_and_never_becomes_a_tie(word: str) -> None:
    with pytest.raises(ValueError, match="not a valid Verdict"):
        score(word)


@pytest.mark.parametrize(
    ("choice", "left", "verdict"),
    [
        ("left", "candidate", "candidate"),
        ("left", "baseline", "baseline"),
        ("right", "candidate", "baseline"),
        ("right", "baseline", "candidate"),
        ("both_good", "candidate", "tie_good"),
        ("both_bad", "baseline", "tie_bad"),
    ],
)
def test_a_choice_and_its_side_give_the_verdict_and_back(
    choice: str, left: str, verdict: str
) -> None:
    assert resolve(choice, left=left) == verdict
    assert choice_of(verdict, left=left) == choice


@pytest.mark.parametrize(("choice", "left"), [("middle", "candidate"), ("both_good", "left")])
def test_resolving_refuses_unknown_words(choice: str, left: str) -> None:
    with pytest.raises(ValueError, match="not a valid"):
        resolve(choice, left=left)


@pytest.mark.parametrize(("verdict", "left"), [("left", "candidate"), ("tie_bad", "both")])
def test_a_verdict_of_unknown_words_has_no_choice(verdict: str, left: str) -> None:
    with pytest.raises(ValueError, match="not a valid"):
        choice_of(verdict, left=left)


def test_the_other_contender() -> None:
    assert other("candidate") is Contender.BASELINE
    assert other("baseline") is Contender.CANDIDATE
    with pytest.raises(ValueError, match="not a valid"):
        other("left")


def test_sides_are_drawn_evenly_and_one_does_not_tell_the_next() -> None:
    rng = seeded(7)
    drawn = [draw_left(rng) is Contender.CANDIDATE for _ in range(4000)]
    repeats = sum(verdict == following for verdict, following in pairwise(drawn))
    assert abs(sum(drawn) - 2000) < 130
    assert abs(repeats - 2000) < 130
