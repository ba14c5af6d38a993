"""What is summed up along the served order, small enough to be kept as JSON. Pure.

Each example is added once, when it is counted. The number of distinct groups, not of examples,
decides how large the sums are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any

from evaluation.stats.fixed_set import SetLook, look_at_set
from evaluation.stats.length import LengthMoments
from evaluation.stats.raters import RaterVotes
from evaluation.stats.sequence import Scan
from evaluation.stats.tally import ScoreCounts, Tally, VerdictCounts

FORMAT = 3
"""Raised when what is summed up changes: rows of another format are made again."""

Groups = Counter[VerdictCounts]
"""Closing votes of an example, and the number of examples that closed so."""


@dataclass(frozen=True, slots=True)
class CountedExample:
    """A closed example as the walk meets it.

    Attributes:
        position: its place in the served order.
        votes: the votes that closed it.
        closed_at: when it closed.
        language, tags: what it can be sliced by.
    """

    position: int
    votes: VerdictCounts
    closed_at: datetime
    language: str = ""
    tags: tuple[str, ...] = ()


@dataclass
class ScoreOrder:
    """Scores of examples in served order, a character each.

    Attributes:
        values: the distinct scores.
        places: for each example the place of its score among them, as a character from "0" on.
    """

    values: list[Fraction] = field(default_factory=list)
    places: str = ""

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(self.places)

    def add(self, scores: Iterable[Fraction]) -> None:
        """Add the scores of examples that follow."""
        known = {value: chr(ord("0") + place) for place, value in enumerate(self.values)}
        added = []
        for score in scores:
            if score not in known:
                known[score] = chr(ord("0") + len(known))
                self.values.append(score)
            added.append(known[score])
        self.places += "".join(added)

    def floats(self, start: int = 0) -> list[float]:
        """Return the scores from one example on, as floats."""
        known = {chr(ord("0") + place): float(value) for place, value in enumerate(self.values)}
        return [known[place] for place in self.places[start:]]

    def halves(self) -> tuple[ScoreCounts, ScoreCounts]:
        """Return the scores of the first half and of the second, each with its examples."""
        middle = len(self.places) // 2
        return self._counts(0, middle), self._counts(middle, len(self.places))

    def _counts(self, start: int, end: int) -> ScoreCounts:
        found = [
            (value, self.places.count(chr(ord("0") + place), start, end))
            for place, value in enumerate(self.values)
        ]
        return tuple(sorted((value, n) for value, n in found if n))

    def as_json(self) -> list[Any]:
        """Return the order in plain JSON values."""
        return [[str(value) for value in self.values], self.places]

    @classmethod
    def from_json(cls, stored: list[Any]) -> ScoreOrder:
        """Return the order that `as_json` gave, or that of a list with a text for each score."""
        if stored and isinstance(stored[0], list):
            return cls([Fraction(value) for value in stored[0]], stored[1])
        found = cls()
        found.add(_score(text) for text in stored)
        return found


@dataclass
class RowSums:
    """The counted examples of the main queue (no intent) or of one intent.

    Attributes:
        intent_id: None for the main queue.
        through: position up to which every example is counted or passed over.
        scan: the walk's first crossing and highest evidence.
        crossed_at: when the example closed at which the scan crossed.
        groups: the examples by their closing votes.
        order: of an intent with a served order, the score of each example. Shorter than the scan
            if the first examples were summed up before it was kept.
    """

    intent_id: int | None
    scan: Scan
    through: int = 0
    crossed_at: datetime | None = None
    groups: Groups = field(default_factory=Counter)
    order: ScoreOrder = field(default_factory=ScoreOrder)

    @property
    def tally(self) -> Tally:
        """The counted examples as the statistics take them."""
        return Tally.of(self.groups.items())

    def add(self, examples: Iterable[CountedExample], *, at_once: bool = False) -> None:
        """Walk over the examples that follow in served order, or look at them all at once."""
        found = list(examples)
        if not found:
            return
        start = self.scan.n
        look = self.scan.add_unordered if at_once else self.scan.advance
        self.scan = look(example.votes.score for example in found)
        crossed = self.scan.crossed_at
        if crossed is not None and crossed > start:
            self.crossed_at = found[crossed - start - 1].closed_at
        self.groups.update(example.votes for example in found)
        self.through = found[-1].position

    def groups_as_json(self) -> list[list[int]]:
        """Return the groups in plain JSON values."""
        return _plain(self.groups)


@dataclass
class LengthSums:
    """Sums over counted examples whose two answers have a length.

    Attributes:
        longer, shorter: decisive closing votes for the longer and the shorter answer.
        n, t, y, tt, ty, yy: as in `LengthMoments`.
    """

    longer: int = 0
    shorter: int = 0
    n: int = 0
    t: float = 0.0
    y: float = 0.0
    tt: float = 0.0
    ty: float = 0.0
    yy: float = 0.0

    @property
    def moments(self) -> LengthMoments:
        """The sums as the statistics take them."""
        return LengthMoments(self.n, self.t, self.y, self.tt, self.ty, self.yy)

    def add(self, more: LengthSums) -> None:
        """Add the sums of further examples."""
        for name, value in more.as_json().items():
            setattr(self, name, getattr(self, name) + value)

    def as_json(self) -> dict[str, Any]:
        """Return the sums in plain JSON values."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass
class QueueSums:
    """What is known of the main queue beyond its tally.

    Attributes:
        raters: rater's id to the closing votes: (votes of the example, verdict) to examples.
        languages, tags: slice to its groups.
        length: sums behind the effect of length.
        order: score of each example in served order; empty where there is no such order.
        set_look: the interval of the set at the last look, to go on from; None before the first.
    """

    raters: dict[int, Counter[tuple[VerdictCounts, str]]] = field(default_factory=dict)
    languages: dict[str, Groups] = field(default_factory=dict)
    tags: dict[str, Groups] = field(default_factory=dict)
    length: LengthSums = field(default_factory=LengthSums)
    order: ScoreOrder = field(default_factory=ScoreOrder)
    set_look: SetLook | None = None

    def look_at_set(self, size: int, *, alpha: float) -> SetLook:
        """Look at a fixed set of so many examples, from the last look on where that is possible.

        Args:
            size: examples of the set, at least as many as are counted.
            alpha: chance that its interval ever misses.
        """
        last, found = self.set_look, None
        if last is not None and (last.size, last.alpha) == (size, alpha):
            found = last.after(self.order.floats(last.counted))
        self.set_look = found or _full_look(
            tuple(self.order.values), self.order.places, size, alpha
        )
        return self.set_look

    def add_slices(self, examples: Iterable[CountedExample]) -> None:
        """Add examples to the slices they belong to."""
        for example in examples:
            if example.language:
                self.languages.setdefault(example.language, Counter())[example.votes] += 1
            for tag in example.tags:
                self.tags.setdefault(tag, Counter())[example.votes] += 1

    def add_vote(self, rater: int, votes: VerdictCounts, verdict: str, examples: int) -> None:
        """Add a rater's closing votes on so many examples."""
        self.raters.setdefault(rater, Counter())[votes, verdict] += examples

    def votes_of(self, rater: int, name: str) -> RaterVotes:
        """Return the closing votes of one rater under a name."""
        held = self.raters.get(rater, Counter())
        return RaterVotes.of(name, ((votes, word, n) for (votes, word), n in held.items()))

    def as_json(self) -> dict[str, Any]:
        """Return the sums in plain JSON values."""
        return {
            "raters": {
                str(rater): [[*votes, verdict, n] for (votes, verdict), n in held.items()]
                for rater, held in self.raters.items()
            },
            "languages": {name: _plain(groups) for name, groups in self.languages.items()},
            "tags": {name: _plain(groups) for name, groups in self.tags.items()},
            "length": self.length.as_json(),
            "order": self.order.as_json(),
            "set_look": self.set_look and self.set_look.as_json(),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> QueueSums:
        """Return the sums that `as_json` gave; of an empty object, no sums."""
        return cls(
            raters={
                int(rater): Counter({(VerdictCounts(*v), word): n for *v, word, n in held})
                for rater, held in stored.get("raters", {}).items()
            },
            languages=_slices(stored.get("languages", {})),
            tags=_slices(stored.get("tags", {})),
            length=LengthSums(**stored.get("length", {})),
            order=ScoreOrder.from_json(stored.get("order", [])),
            set_look=SetLook.from_json(look) if (look := stored.get("set_look")) else None,
        )


def groups_from_json(stored: Iterable[list[int]]) -> Groups:
    """Return the groups that `groups_as_json` gave."""
    return Counter({VerdictCounts(*votes): n for *votes, n in stored})


@lru_cache(maxsize=16)
def _full_look(values: tuple[Fraction, ...], places: str, size: int, alpha: float) -> SetLook:
    """Look at all counted examples; remembered, as pages ask again before it is stored."""
    return look_at_set(ScoreOrder(list(values), places).floats(), size, alpha=alpha)


@cache
def _score(text: str) -> Fraction:
    """Return a stored score. Few differ, and each was stored once for every counted example."""
    return Fraction(text)


def _plain(groups: Groups) -> list[list[int]]:
    return [[*votes, examples] for votes, examples in sorted(groups.items())]


def _slices(stored: Mapping[str, list[list[int]]]) -> dict[str, Groups]:
    return {name: groups_from_json(groups) for name, groups in stored.items()}
