"""Counts of examples by their labels: the matrix of two labels, and what targets miss. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product
from typing import Final

SPECIAL_TAGS: Final = ("ambiguity", "policy_conflict", "refusal", "safety")
"""Tags of special cases, which are shown even where no example has them."""


class Stage(StrEnum):
    """How far an example is; retired ones do not count."""

    APPROVED = "approved"
    WORK = "work"
    RAW = "raw"


class Axis(StrEnum):
    """A label by which examples are counted."""

    INTENT = "intent"
    LANGUAGE = "language"
    TAG = "tag"
    POLICY = "policy"


@dataclass(frozen=True)
class Group:
    """How many examples have the same labels and are equally far."""

    intent: str
    language: str
    tags: tuple[str, ...]
    policies: tuple[str, ...]
    stage: Stage
    n: int

    def values(self, axis: Axis) -> tuple[str, ...]:
        """Return its values of a label; one that is empty where it has none."""
        if axis == Axis.INTENT:
            return (self.intent,)
        if axis == Axis.LANGUAGE:
            return (self.language,)
        return (self.tags if axis == Axis.TAG else self.policies) or ("",)


@dataclass(frozen=True)
class Labels:
    """The labels that examples must have; empty ones are any."""

    intent: str = ""
    language: str = ""
    tag: str = ""
    policy: str = ""

    def given(self) -> dict[Axis, str]:
        """Return the labels that are not empty."""
        pairs = ((axis, getattr(self, axis.value)) for axis in Axis)
        return {axis: value for axis, value in pairs if value}

    def fit(self, group: Group) -> bool:
        """Return whether the examples of a group have them."""
        return all(value in group.values(axis) for axis, value in self.given().items())


@dataclass
class Counts:
    """Examples of one cell by how far they are."""

    approved: int = 0
    work: int = 0
    raw: int = 0

    def add(self, group: Group) -> None:
        """Count the examples of a group."""
        setattr(self, group.stage.value, getattr(self, group.stage.value) + group.n)


@dataclass(frozen=True)
class Target:
    """How many approved examples are wanted with some labels."""

    labels: Labels
    wanted: int


@dataclass(frozen=True)
class Covered:
    """A target with the examples that there are."""

    target: Target
    counts: Counts

    @property
    def missing(self) -> int:
        """How many approved examples are missing."""
        return max(0, self.target.wanted - self.counts.approved)

    @property
    def uncovered(self) -> float:
        """Which share of the wanted examples is neither approved nor in work, from 0 to 1."""
        begun = self.counts.approved + self.counts.work
        return max(0.0, 1 - begun / self.target.wanted)


@dataclass(frozen=True)
class Matrix:
    """Counts by two labels.

    Attributes:
        rows, columns: their values, sorted; the empty one, of examples without the label, is last.
        totals: counts of each row; an example with two tags counts once in it.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[tuple[str, str], Counts] = field(default_factory=dict)
    totals: Mapping[str, Counts] = field(default_factory=dict)


def matrix(
    groups: Sequence[Group], row: Axis, column: Axis, known: Mapping[Axis, Iterable[str]]
) -> Matrix:
    """Return the counts by two different labels.

    Args:
        known: values that are shown even where no example has them.
    """
    cells: dict[tuple[str, str], Counts] = {}
    totals: dict[str, Counts] = {}
    rows, columns = set(known.get(row, ())), set(known.get(column, ()))
    for group in groups:
        in_rows, in_columns = group.values(row), group.values(column)
        rows.update(in_rows)
        columns.update(in_columns)
        for value in in_rows:
            totals.setdefault(value, Counts()).add(group)
        for cell in product(in_rows, in_columns):
            cells.setdefault(cell, Counts()).add(group)
    return Matrix(_sorted(rows), _sorted(columns), cells, totals)


def _sorted(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(values, key=lambda value: (not value, value.casefold())))


def covered(groups: Iterable[Group], targets: Sequence[Target]) -> list[Covered]:
    """Return each target with its counts, in the order of the targets."""
    found = [Covered(target, Counts()) for target in targets]
    by_first = _by_first_label(found)
    for group in groups:
        for axis in Axis:
            for value in group.values(axis):
                for entry in by_first.get((axis, value), ()):
                    if entry.target.labels.fit(group):
                        entry.counts.add(group)
    return found


def _by_first_label(found: Iterable[Covered]) -> dict[tuple[Axis, str], list[Covered]]:
    """Return targets by their first label, so that a group meets few of them."""
    by_first: dict[tuple[Axis, str], list[Covered]] = {}
    for entry in found:
        first = next(iter(entry.target.labels.given().items()))
        by_first.setdefault(first, []).append(entry)
    return by_first


def missing(found: Iterable[Covered]) -> Iterator[Covered]:
    """Yield the targets that are not met, those with the largest uncovered share first."""
    short = [entry for entry in found if entry.missing]
    yield from sorted(short, key=lambda entry: (-entry.uncovered, -entry.missing))
