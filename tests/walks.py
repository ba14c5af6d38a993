"""Comparing two walks along the same served order."""

import pytest

from evaluation.results.reports.sums import RowSums


def assert_same_walk(walk: RowSums, other: RowSums) -> None:
    """Hold two walks to each other; evidence that was added up in other steps differs by a hair."""
    assert (walk.through, walk.groups, walk.crossed_at) == (
        other.through,
        other.groups,
        other.crossed_at,
    )
    first, second = walk.scan.as_json(), other.scan.as_json()
    evidence = first.pop("highest_log_evidence"), second.pop("highest_log_evidence")
    assert evidence[0] == pytest.approx(evidence[1])
    assert first == second
