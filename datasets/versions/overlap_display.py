"""The pairs of like examples of a version as pages show them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise

from datasets.conversations.texts import SPLIT_LABELS
from datasets.duplicates.pairs import open_pairs
from datasets.versions.overlaps import Overlap, OverlapReport
from datasets.versions.texts import OVERLAP_KINDS
from reviewapp.people.models import Project


@dataclass(frozen=True)
class OverlapRow:
    """A pair with the names of its splits; `is_open` if it is still to be resolved."""

    pair: Overlap
    split: Promise | str
    other_split: Promise | str
    what: Promise | str
    is_open: bool

    @property
    def first(self) -> int:
        """The smaller id of its examples, as the address of the pair has it."""
        return min(self.pair.example, self.pair.other)

    @property
    def second(self) -> int:
        """The larger id of its examples."""
        return max(self.pair.example, self.pair.other)


def overlap_rows(
    project: Project, report: OverlapReport, *, limit: int | None = None
) -> list[OverlapRow]:
    """Return the first pairs of a report for a table."""
    shown = report.pairs[:limit]
    still_open = _open(project, shown)
    return [
        OverlapRow(
            pair=pair,
            split=SPLIT_LABELS[pair.split],
            other_split=SPLIT_LABELS[pair.other_split],
            what=OVERLAP_KINDS[pair.what],
            is_open=frozenset((pair.example, pair.other)) in still_open,
        )
        for pair in shown
    ]


def _open(project: Project, pairs: Iterable[Overlap]) -> set[frozenset[int]]:
    ids = {example for pair in pairs for example in (pair.example, pair.other)}
    found = open_pairs(project).filter(first__in=ids, second__in=ids)
    return {frozenset(ends) for ends in found.values_list("first_id", "second_id")}
