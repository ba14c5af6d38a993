"""The table of raters of a run: speed, gold checks, and a word about the side."""

import pytest

from evaluation.results.reports import build_report
from evaluation.results.reports.habits import rater_habits
from evaluation.stats.raters import LeftShare, left_share
from evaluation.templatetags.figures import favours_a_side, side_label
from tests.factories.verdicts import vote_in_order
from tests.factories.voting import make_small_run


@pytest.mark.parametrize(
    ("found", "word", "is_shown"),
    [
        (left_share(0, 0), "", False),
        (left_share(6, 4), "no side favoured", False),
        (left_share(60, 5), "favours the left", True),
        (left_share(5, 60), "favours the right", True),
    ],
)
def test_a_side_is_favoured_when_its_interval_lies_beside_one_half(
    found: LeftShare, word: str, *, is_shown: bool
) -> None:
    assert (str(side_label(found)), favours_a_side(found)) == (word, is_shown)


@pytest.mark.django_db
def test_each_rater_has_the_speed_of_their_last_votes() -> None:
    run, (ann, _bob) = make_small_run(examples=6)
    vote_in_order(run, ann, ["candidate", "baseline", "candidate"])
    found = {habit.line.voting.rater.user_id: habit for habit in rater_habits(build_report(run))}
    # Votes within a second count as one second each; without two votes there is no speed.
    assert found[ann.pk].seconds == 1
    assert [habit.seconds for user, habit in found.items() if user != ann.pk] == [None]
