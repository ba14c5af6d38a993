"""The served order of a run and its overlap set, drawn from one stored seed. Pure.

The same seed and the same set give the same order on every machine: the keys are sorted first, and
`random.Random` with an integer seed is reproducible across Python versions for what is used here.
"""

import math
from collections.abc import Iterable, Sequence
from random import Random

from evaluation.gates import GateSettings
from evaluation.gates.hygiene import MIN_SHARED_EXAMPLES

SEED_BITS = 62
"""Seeds fit a signed 64-bit column."""

# The overlap set is drawn by its own generator, so that it does not depend on how many numbers
# the order needed.
_OVERLAP_OFFSET = 1


def served_order(keys: Iterable[str], *, seed: int) -> list[str]:
    """Return the keys in the order in which they are served.

    Args:
        keys: distinct and stable, such as the ids of rows.
        seed: the run's `order_seed`.
    """
    order = sorted(keys)
    Random(seed).shuffle(order)  # noqa: S311 a reproducible order, not a secret
    return order


def overlap_set(keys: Sequence[int], *, percent: int, seed: int, at_least: int = 0) -> set[int]:
    """Return a seeded draw of the examples that more reviewers vote on.

    Args:
        keys: ids of the examples that are served.
        percent: 0 to 100; the number is rounded up.
        seed: the run's `order_seed`.
        at_least: fewest examples, where there are so many and the percentage is not 0.
    """
    size = overlap_size(len(keys), percent=percent, at_least=at_least)
    return set(Random(seed + _OVERLAP_OFFSET).sample(sorted(keys), size))  # noqa: S311 as above


def min_shared(settings: GateSettings) -> int:
    """Return the least size of an overlap set that is not empty.

    It is at least as large as the agreement gate needs, because a run could not pass otherwise.
    """
    return MIN_SHARED_EXAMPLES if settings.hygiene.asks_for_agreement else 0


def overlap_size(examples: int, *, percent: int, at_least: int = 0) -> int:
    """Return how many of so many examples more people vote on; arguments as for `overlap_set`."""
    size = math.ceil(examples * percent / 100)
    return max(size, at_least) if size and examples >= at_least else size
