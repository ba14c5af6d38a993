"""Small builders of counts, and the reference data that tests are held against."""

from __future__ import annotations

import json
import os
import random
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from evaluation.stats.tally import Tally

if TYPE_CHECKING:
    from evaluation.stats.tally import ScoreCounts

HALF = Fraction(1, 2)
_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def scores(wins: int, ties: int, losses: int) -> ScoreCounts:
    """Counts of examples that scored 1, 1/2 and 0."""
    counts = ((Fraction(0), losses), (HALF, ties), (Fraction(1), wins))
    return tuple((x, n) for x, n in counts if n)


def tally(wins: int, losses: int, ties_good: int = 0, ties_bad: int = 0) -> Tally:
    """A tally of examples with one vote each."""
    return Tally.of(
        [
            ((1, 0, 0, 0), wins),
            ((0, 1, 0, 0), losses),
            ((0, 0, 1, 0), ties_good),
            ((0, 0, 0, 1), ties_bad),
        ]
    )


def seeded(seed: int) -> random.Random:
    """Chance that is the same every time."""
    return random.Random(seed)  # noqa: S311 - a simulation, not a secret.


def reference(name: str) -> Any:
    """Read a JSON file of the reference data beside the repository.

    Without it the test is skipped, except on CI (the variable CI is set), where it fails.
    """
    path = _DATA / name
    if path.is_file():
        return json.loads(path.read_text(encoding="utf-8"))
    message = f"The reference data is missing: put {name} into ../shared/data of the repository."
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)
