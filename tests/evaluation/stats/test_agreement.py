"""Agreement of raters beyond chance."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest

from evaluation.stats import agreement
from evaluation.stats.agreement import (
    ALL_THE_SAME,
    NO_SHARED_EXAMPLES,
    NO_SHARED_PAIR,
    ONE_VALUE_EACH,
    SCORE_VALUES,
    Distance,
    Units,
    cohen_kappa,
    gwet,
    krippendorff,
    krippendorff_with_interval,
    score_units,
)
from evaluation.stats.intervals import Interval
from evaluation.stats.tally import VerdictCounts
from tests.reference import annotated_pairs, oracles

# Krippendorff (2011), example C: four coders, twelve units, values 1 to 5, 0 is missing.
TEXTBOOK = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
    [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
]
# The PandaLM test set stores 0 for a tie, 1 and 2 for the answer that won.
PANDALM_SCORES = {0: 0.5, 1: 0.0, 2: 1.0}


def textbook_units() -> Units:
    columns = zip(*TEXTBOOK, strict=True)
    groups = [([column.count(v) for v in range(1, 6)], 1) for column in columns]
    return Units.of(range(1, 6), groups)


def pandalm_rows() -> list[list[int]]:
    return [list(row.labels) for row in annotated_pairs()]


@pytest.mark.parametrize(
    ("distance", "alpha"),
    [(Distance.NOMINAL, 0.743), (Distance.ORDINAL, 0.815), (Distance.INTERVAL, 0.849)],
)
def test_the_textbook_example(distance: Distance, alpha: float) -> None:
    found = krippendorff(textbook_units(), distance)
    assert found.value == pytest.approx(alpha, abs=0.0005)
    assert (found.units, found.reason) == (11, None)


def abstractors_units() -> Units:
    """Two abstractors, three diagnoses of 100 records: Gwet (2014), table 3x3 of irrCAC."""
    return Units.of(
        SCORE_VALUES, [((2, 0, 0), 13), ((0, 2, 0), 20), ((0, 1, 1), 11), ((0, 0, 2), 56)]
    )


def test_ac1_is_the_published_one() -> None:
    found = gwet(abstractors_units(), Distance.NOMINAL, alpha=0.05)
    assert found.value == pytest.approx(0.84933, abs=5e-6)
    assert found.interval is not None
    # Published with Student's t and n in place of n - 1.
    assert found.interval.lower == pytest.approx(0.76358, abs=0.002)


def test_ac2_with_interval_weights_is_the_one_by_hand() -> None:
    # Of 100 pairs 89 agree and 11 are half the scale apart, which weighs 1 - 1/4.
    observed = (89 + 11 * 0.75) / 100
    # The values were given 26, 51 and 123 times; the nine weights add up to 6 = 3 (3 - 1).
    chance = sum(n / 200 * (1 - n / 200) for n in (26, 51, 123))
    found = gwet(abstractors_units(), Distance.INTERVAL)
    assert found.value == pytest.approx((observed - chance) / (1 - chance))
    assert found.value == pytest.approx(0.940237, abs=1e-6)


def test_ac2_does_not_collapse_when_one_model_nearly_always_wins() -> None:
    units = Units.of(SCORE_VALUES, [((0, 0, 2), 98), ((1, 0, 1), 2)])
    assert (krippendorff(units, Distance.INTERVAL).value or 0) < 0
    found = gwet(units, Distance.INTERVAL)
    assert found.interval is not None
    assert found.interval.lower > 0.9


def test_ac2_of_unanimous_votes_is_one_and_without_votes_has_a_reason() -> None:
    unanimous = gwet(Units.of(SCORE_VALUES, [((0, 0, 3), 30)]), Distance.INTERVAL)
    assert (unanimous.value, unanimous.interval) == (1.0, Interval(1.0, 1.0))
    assert gwet(Units.of(SCORE_VALUES, []), Distance.INTERVAL).reason == NO_SHARED_EXAMPLES


def test_alphas_of_the_pandalm_test_set() -> None:
    values = [[PANDALM_SCORES[a] for a in row] for row in pandalm_rows()]
    units = Units.of(SCORE_VALUES, [([row.count(v) for v in SCORE_VALUES], 1) for row in values])
    expected = oracles()["pandalm_alpha"]
    for distance in Distance:
        found = krippendorff(units, distance)
        assert found.value == pytest.approx(expected[distance], abs=1e-6)
        assert found.units == 999


def test_kappas_of_the_pandalm_test_set() -> None:
    rows = pandalm_rows()
    kappas = [
        cohen_kappa(Counter((str(row[first]), str(row[second])) for row in rows)).value
        for first, second in combinations(range(3), 2)
    ]
    assert [round(kappa or 0, 3) for kappa in sorted(k or 0 for k in kappas)] == [
        0.852,
        0.862,
        0.879,
    ]


def test_majority_labels_of_the_pandalm_test_set() -> None:
    labels = Counter(Counter(row).most_common(1)[0][0] for row in pandalm_rows())
    assert [labels[word] for word in (0, 1, 2)] == [105, 422, 472]


def test_all_votes_become_scores_and_lone_votes_are_left_out() -> None:
    units = score_units(
        [
            (VerdictCounts(2, 1, 0, 0), 4),
            (VerdictCounts(1, 0, 1, 1), 2),
            (VerdictCounts(1, 0, 2, 0), 1),
            (VerdictCounts(1, 0, 0, 0), 9),
        ]
    )
    assert units.groups == (((0, 2, 1), 3), ((1, 0, 2), 4))
    assert units.n == 7


def test_nobody_shared_an_example() -> None:
    found = krippendorff(score_units([(VerdictCounts(1), 50)]), Distance.INTERVAL)
    assert (found.value, found.reason, found.units) == (None, NO_SHARED_EXAMPLES, 0)


def test_votes_without_any_difference_give_a_reason() -> None:
    units = score_units([(VerdictCounts(3), 50)])
    for found in (
        krippendorff(units, Distance.NOMINAL),
        krippendorff_with_interval(units, Distance.NOMINAL),
    ):
        assert (found.value, found.reason, found.interval) == (None, ALL_THE_SAME, None)


def test_perfect_agreement_is_one_and_chance_is_near_zero() -> None:
    perfect = score_units([(VerdictCounts(2), 40), (VerdictCounts(0, 2), 60)])
    chance = score_units(
        [(VerdictCounts(2), 250), (VerdictCounts(0, 2), 250), (VerdictCounts(1, 1), 500)]
    )
    assert krippendorff(perfect, Distance.INTERVAL).value == 1
    assert krippendorff(chance, Distance.INTERVAL).value == pytest.approx(0, abs=0.001)


def test_the_bootstrap_interval_surrounds_alpha_and_never_changes() -> None:
    units = score_units(
        [(VerdictCounts(3), 30), (VerdictCounts(0, 3), 20), (VerdictCounts(2, 1), 10)]
    )
    found = krippendorff_with_interval(units, Distance.INTERVAL)
    krippendorff_with_interval.cache_clear()
    assert krippendorff_with_interval(units, Distance.INTERVAL) == found
    assert found.value is not None
    assert found.interval is not None
    assert found.interval.lower < found.value < found.interval.upper
    assert 0.1 < found.interval.upper - found.interval.lower < 0.5


def test_an_interval_of_draws_that_are_all_undefined_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(agreement, "multinomial", lambda _rng, sizes: [sum(sizes), 0])
    units = score_units([(VerdictCounts(2), 40), (VerdictCounts(0, 2), 1)])
    found = krippendorff_with_interval(units, Distance.INTERVAL, resamples=3)
    assert found.value == 1
    assert found.interval is None


def test_impossible_units_are_refused() -> None:
    with pytest.raises(ValueError, match="one count"):
        Units.of((0, 1), [((1, 1, 1), 1)])
    with pytest.raises(ValueError, match="one count"):
        Units.of((0, 1), [((1, -1), 1)])
    assert Units.of((0, 1), [((1, 1), 0)]).groups == ()


def test_kappa_by_hand_and_its_reasons() -> None:
    # Twenty of 50 yes-yes, 15 no-no: agreement 0.7, by chance 0.5.
    table = {("a", "a"): 20, ("a", "b"): 5, ("b", "a"): 10, ("b", "b"): 15}
    assert cohen_kappa(table).value == pytest.approx(0.4)
    assert cohen_kappa({}).reason == NO_SHARED_PAIR
    assert cohen_kappa({("a", "a"): 9}).reason == ONE_VALUE_EACH
    assert cohen_kappa({("a", "b"): 9}).value == 0
    with pytest.raises(ValueError, match="negative"):
        cohen_kappa({("a", "b"): -1})
