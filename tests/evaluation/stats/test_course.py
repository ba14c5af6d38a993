"""The course of a win rate: its looks are the intervals of the prefixes."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from evaluation.stats.course import Course, Step, step_size
from evaluation.stats.intervals import interval, prior_for

scores = st.lists(st.sampled_from([Fraction(0), Fraction(1, 2), Fraction(1)]), min_size=1)


def steps_of(order: list[Fraction], size: int) -> list[Step]:
    parts = [order[at : at + size] for at in range(0, len(order), size)]
    return [
        Step({x: part.count(x) for x in set(part)}, min(len(order), (n + 1) * size))
        for n, part in enumerate(parts)
    ]


@given(scores, st.integers(1, 7), st.integers(0, 40))
def test_each_look_is_the_interval_of_its_prefix_however_it_was_read(
    order: list[Fraction], size: int, already: int
) -> None:
    prior = prior_for(len(order), 0.05)
    steps = steps_of(order, size)
    begun = Course().extended(steps[:already], alpha=0.05, prior=prior)
    course = begun.extended(steps[already:], alpha=0.05, prior=prior)
    assert course.n == len(order)
    for look in course.looks:
        prefix = order[: look.n]
        counts = sorted((x, prefix.count(x)) for x in set(prefix))
        ends = interval(counts, alpha=0.05, prior=prior)
        assert (look.lower, look.upper) == (ends.lower, ends.upper)
        assert look.estimate == float(sum(prefix) / look.n)


@given(st.integers(0, 10**6), st.integers(1, 100))
def test_the_number_of_looks_is_bounded_and_earlier_looks_are_used_again(
    examples: int, at_most: int
) -> None:
    step = step_size(examples, at_most)
    assert examples <= step * at_most
    assert step_size(examples + 1, at_most) in {step, 2 * step}
