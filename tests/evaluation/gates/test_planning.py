"""The simulation of a run before it opens: seeded, and true to the gates."""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest

from evaluation.gates import Counted, Evidence, GateSettings, allows_promotion, check_gates
from evaluation.gates.decision import required_gates
from evaluation.gates.planning import (
    CHANCE,
    Assumption,
    PlannedRun,
    intent_size,
    set_size,
    simulate,
)
from evaluation.stats.agreement import Agreement
from evaluation.stats.forecast import examples_for_chance
from evaluation.stats.intervals import Interval, lies_above, prior_for
from evaluation.stats.raters import RaterVotes
from evaluation.stats.tally import Tally

STANDARD = replace(GateSettings(), is_tuned=True)
GOOD = Assumption(0.6, 0.5)


def planned(
    sizes: dict[str, int], settings: GateSettings = STANDARD, *, raters: int = 4, shared: int = 48
) -> PlannedRun:
    return PlannedRun.of(sizes, settings, raters=raters, shared=shared, votes_on_shared=3)


def test_the_same_plan_gives_the_same_numbers() -> None:
    plan = planned({"a": 60, "b": 60})
    first = simulate(plan, GOOD)
    simulate.cache_clear()
    assert simulate(plan, GOOD) == first


def test_small_intents_hold_up_a_set_that_would_do_as_a_whole() -> None:
    many = simulate(planned({f"i{n}": 20 for n in range(12)}), GOOD)
    simulated = simulate(planned({"all": 240}), GOOD)
    assert many.chance < 0.1
    assert simulated.chance > 0.6
    assert many.overall > 60
    assert min(many.intents.values()) < 60
    assert simulated.examples
    assert 100 < simulated.examples <= 240


def test_a_worthless_candidate_hardly_ever_passes() -> None:
    found = simulate(planned({"all": 240}), Assumption(0.5, 0.5))
    assert found.passed <= 5
    assert found.is_doubtful


def test_a_larger_effect_passes_more_often_and_sooner() -> None:
    plan = planned({"all": 240}, shared=240)
    rates = [simulate(plan, Assumption(rate, 0.3)) for rate in (0.55, 0.6, 0.7)]
    assert rates[0].passed < rates[1].passed < rates[2].passed
    ends = [rate.examples for rate in rates]
    assert ends[1]
    assert ends[2]
    assert ends[2] < ends[1]


@pytest.mark.parametrize(
    "plan",
    [
        planned({"all": 240}, raters=1),
        planned({"all": 240}, shared=20),
        planned({"all": 240}, shared=0),
    ],
    ids=["one reviewer", "too few shared examples", "no shared example"],
)
def test_voting_that_cannot_hold_never_passes(plan: PlannedRun) -> None:
    assert simulate(plan, Assumption(0.7, 0.3)).passed == 0


def test_watched_intents_are_not_waited_for() -> None:
    sizes = {f"i{n}": 20 for n in range(12)}
    watched = planned(sizes, replace(STANDARD, t_intent=None))
    assert simulate(watched, GOOD).passed > simulate(planned(sizes), GOOD).passed
    assert simulate(watched, GOOD).intents == {}


def test_more_ties_than_the_win_rate_allows_are_refused() -> None:
    assert not Assumption(0.8, 0.5).is_possible
    with pytest.raises(ValueError, match="ties"):
        simulate(planned({"all": 60}), Assumption(0.8, 0.5))


def test_a_set_of_the_size_that_would_do_passes_in_most_cases() -> None:
    size = intent_size(GOOD, 0.4, gated=4, alpha=0.05)
    assert size
    sizes = {f"i{n}": size for n in range(4)}
    plan = planned(sizes, shared=4 * size)
    assert set_size(plan, GOOD) == 4 * size
    assert simulate(plan, GOOD).chance >= CHANCE - 0.1
    assert simulate(planned(dict.fromkeys(sizes, size // 2)), GOOD).chance < CHANCE - 0.1


@pytest.mark.parametrize("threshold", [0.4, 0.5])
@pytest.mark.parametrize("chance", [0.5, 0.9])
def test_the_examples_for_a_chance_are_enough_for_it(threshold: float, chance: float) -> None:
    n = examples_for_chance(GOOD.mix, threshold, chance=chance)
    assert n
    random, passed = Random(3), 0  # noqa: S311 - draws of a test.
    for _ in range(200):
        drawn = random.choices((Fraction(0), Fraction(1, 2), Fraction(1)), GOOD.shares, k=n)
        passed += lies_above(tuple((x, drawn.count(x)) for x in set(drawn)), threshold)
    assert passed / 200 >= chance - 0.08
    assert examples_for_chance(GOOD.mix, 0.6, chance=chance) is None


def test_it_agrees_with_the_gates_on_finished_runs() -> None:
    """The same draws, judged once at the end by `check_gates`."""
    sizes = {"a": 60, "b": 60}
    settings = replace(STANDARD, hygiene=replace(STANDARD.hygiene, min_agreement=-1.0))
    random, passed, cases = Random(5), 0, 60  # noqa: S311 - as above.
    for _ in range(cases):
        evidence = _finished(random, sizes, Assumption(0.65, 0.3), raters=4)
        required = required_gates(settings, sizes)
        passed += allows_promotion(check_gates(evidence, settings), required=required)
    plan = planned(sizes, settings)
    found = simulate(plan, Assumption(0.65, 0.3)).chance
    # A look at the end only passes a little less often than one at every look.
    assert passed / cases - 0.12 <= found <= passed / cases + 0.25


def _finished(
    random: Random, sizes: dict[str, int], assumed: Assumption, *, raters: int
) -> Evidence:
    kinds = (((0, 1, 0, 0), "baseline"), ((0, 0, 1, 0), "tie_good"), ((1, 0, 0, 0), "candidate"))
    votes = {name: random.choices(kinds, assumed.shares, k=size) for name, size in sizes.items()}
    every = [vote for drawn in votes.values() for vote in drawn]
    counted = {
        name: Counted(name, Tally.of((counts, 1) for counts, _v in drawn), 0,
                      prior=prior_for(len(drawn), 0.05))
        for name, drawn in votes.items()
    }  # fmt: skip
    overall = Tally.of((counts, 1) for counts, _verdict in every)
    return Evidence(
        overall=Counted("", overall, 0, prior=prior_for(len(every), 0.05)),
        agreement=Agreement(0.6, None, 40, Interval(0.4, 0.8)),
        intents=tuple(counted.values()),
        raters=tuple(
            RaterVotes.of(f"r{n}", [(counts, verdict, 1) for counts, verdict in every[n::raters]])
            for n in range(raters)
        ),
        left=50,
        right=50,
        votes=len(every),
    )


def test_a_table_of_four_win_rates_takes_less_than_a_second() -> None:
    plan = planned({f"i{n}": 21 for n in range(12)})
    began = time.process_time()
    for rate in (0.55, 0.6, 0.65, 0.7):
        simulate(plan, Assumption(rate, 0.5))
    assert time.process_time() - began < 1.5
