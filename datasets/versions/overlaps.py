"""Pairs of like examples in a version: in two of its files, or with two answers. Pure.

A model that has learned from an example is not tested by one that is much like it. Examples with
like questions are therefore drawn into the same split; only splits that came with an import part
them, and only those that were declared no duplicates are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from datasets.conversations.split import SPLITS
from datasets.duplicates.clusters import components
from datasets.similarity.signatures import EQUAL, Kind
from datasets.versions.splits import TEST

MAX_STORED = 500


class OverlapKind(StrEnum):
    """How two examples of a version are alike."""

    EQUAL = "equal"
    NEAR = "near_duplicate"
    TWO_ANSWERS = "two_answers"


KIND_ORDER = tuple(OverlapKind)


@dataclass(frozen=True)
class Likeness:
    """Two like examples, by id, with the percents of their questions and answers.

    `answer` is None where one of the two has no answer.
    """

    first: int
    second: int
    question: int
    answer: int | None
    kind: str


@dataclass(frozen=True)
class Overlap:
    """A pair within a version; `split` and `other_split` are the files of its two examples."""

    example: int
    split: str
    other: int
    other_split: str
    question: int
    answer: int | None
    kind: str

    @property
    def is_apart(self) -> bool:
        """Whether the two are in different files."""
        return self.split != self.other_split

    @property
    def is_in_test(self) -> bool:
        """Whether one is in the test file and the other is not."""
        return self.is_apart and TEST in {self.split, self.other_split}

    @property
    def what(self) -> OverlapKind:
        """How the two are alike; near-duplicates with equal questions are named apart."""
        if self.kind == Kind.NEAR and self.question == EQUAL:
            return OverlapKind.EQUAL
        return OverlapKind(self.kind)

    @property
    def files(self) -> tuple[str, str]:
        """The files of the two, in the order of the files."""
        first, second = sorted((self.split, self.other_split), key=SPLITS.index)
        return first, second


@dataclass(frozen=True)
class FilesCount:
    """How many pairs of a kind have their examples in these two files, or within one."""

    split: str
    other_split: str
    kind: str
    n: int

    @property
    def is_apart(self) -> bool:
        """Whether the examples of these pairs are in different files."""
        return self.split != self.other_split


@dataclass(frozen=True)
class OverlapReport:
    """The pairs of a version, those with the test file first.

    Attributes:
        tested: pairs of an example of the test file and one of another file.
        validated: pairs of an example of the training file and one of the validation file.
        two_answers: pairs with like questions and different answers, in whatever files.
        counts: all of them by files and kind, in this order.
        pairs: the first MAX_STORED of all of them.
    """

    tested: int = 0
    validated: int = 0
    two_answers: int = 0
    counts: tuple[FilesCount, ...] = ()
    pairs: tuple[Overlap, ...] = ()

    @property
    def total(self) -> int:
        """The number of pairs; one that is counted twice counts once."""
        return sum(count.n for count in self.counts)

    def as_json(self) -> dict[str, Any]:
        """Return the report in the form that is stored with the version."""
        return {
            **asdict(self),
            "counts": [asdict(count) for count in self.counts],
            "pairs": [asdict(pair) for pair in self.pairs],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> OverlapReport:
        """Return a stored report; of an older one, the stored pairs are counted."""
        pairs = tuple(Overlap(**pair) for pair in stored["pairs"])
        counts = tuple(FilesCount(**count) for count in stored.get("counts", ()))
        return cls(**{**stored, "pairs": pairs, "counts": counts or _counted(pairs)})


def group_words(pairs: Iterable[Likeness], words: Mapping[int, str]) -> dict[int, str]:
    """Return for each example the smallest hash of the customer's words among those like it.

    Args:
        words: the hash of the customer's words by example; pairs with others are left out.
    """
    edges = [(pair.first, pair.second) for pair in pairs]
    inside = [edge for edge in edges if edge[0] in words and edge[1] in words]
    # A pair of equal words may be dismissed; it stays together.
    oldest: dict[str, int] = {}
    inside += [(oldest.setdefault(own, example), example) for example, own in words.items()]
    grouped = dict(words)
    for group in components(inside):
        smallest = min(words[example] for example in group)
        grouped |= dict.fromkeys(group, smallest)
    return grouped


def report_overlaps(pairs: Iterable[Likeness], split_of: Mapping[int, str]) -> OverlapReport:
    """Return the pairs of examples that are in two files, or have two answers to one question."""
    found = []
    for pair in pairs:
        if pair.first not in split_of or pair.second not in split_of:
            continue
        ends = sorted(
            (pair.first, pair.second), key=lambda example: (split_of[example] != TEST, example)
        )
        overlap = Overlap(
            *(ends[0], split_of[ends[0]], ends[1], split_of[ends[1]]),
            *(pair.question, pair.answer, str(pair.kind)),
        )
        if overlap.is_apart or overlap.kind == Kind.TWO_ANSWERS:
            found.append(overlap)
    found.sort(key=_urgency)
    return OverlapReport(
        tested=sum(overlap.is_in_test for overlap in found),
        validated=sum(overlap.is_apart and not overlap.is_in_test for overlap in found),
        two_answers=sum(overlap.kind == Kind.TWO_ANSWERS for overlap in found),
        counts=_counted(found),
        pairs=tuple(found[:MAX_STORED]),
    )


def _counted(found: Iterable[Overlap]) -> tuple[FilesCount, ...]:
    counts = Counter((*pair.files, pair.what.value) for pair in found)
    places = [*SPLITS, *KIND_ORDER]
    ordered = sorted(counts.items(), key=lambda count: [places.index(name) for name in count[0]])
    return tuple(FilesCount(*key, n) for key, n in ordered)


def _urgency(pair: Overlap) -> tuple[bool, bool, int, int]:
    return not pair.is_in_test, not pair.is_apart, -pair.question, pair.example
