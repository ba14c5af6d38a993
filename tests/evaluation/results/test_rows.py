"""The order of the rows of a report."""

from __future__ import annotations

from evaluation.results.display import build_slice_rows
from evaluation.results.reports.rows import Row, Slice, best_first
from evaluation.stats.figures import figures
from evaluation.stats.labels import shrunk_values
from tests.evaluation.gates.evidence import counted
from tests.evaluation.stats.samples import tally


def rows_of(**wins: int) -> list[Row]:
    """Rows of ten examples each, with so many wins."""
    tallies = {name: tally(n, 10 - n) for name, n in wins.items()}
    shrunk = shrunk_values(tallies)
    return [
        Row(None, counted(name, tallies[name]), 0.4, 0.05, shrunk=shrunk[name]) for name in tallies
    ]


def test_intents_that_shrink_to_one_value_are_ordered_by_their_win_rate() -> None:
    rows = rows_of(a=4, b=5, c=6)
    values = [row.shrunk for row in rows if row.shrunk is not None]
    assert max(values) - min(values) < 1e-9, "there is no variance between these intents"
    assert [row.name for row in best_first(rows)] == ["c", "b", "a"]


def test_a_slice_of_fewer_than_30_examples_says_so() -> None:
    tallies = {str(n): tally(n, 0) for n in (29, 30)}
    found = [Slice(name, sums, figures(sums, alpha=0.05)) for name, sums in tallies.items()]
    drawn = build_slice_rows(found, "language")
    assert [row.reading for row in drawn] == ["fewer than 30 examples", ""]
