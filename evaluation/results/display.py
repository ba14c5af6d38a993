"""How a run's figures are drawn: rows of the tables with their bars, whiskers and links."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, NamedTuple

from evaluation.gates import Gate, GateSettings, Operations, State
from evaluation.gates.texts import gate_title
from evaluation.results.example_filter import Outcome, RunExampleFilter
from evaluation.results.reports import RunReport
from evaluation.results.reports.rows import MIN_EXAMPLES, Row, Slice
from evaluation.runs.models import Comparison
from evaluation.stats.figures import Figures
from evaluation.stats.labels import Label
from evaluation.stats.operational import Measured
from evaluation.stats.tally import Tally
from evaluation.stats.words import NOTHING, count_of, percent, percent_range, rate_now

_EVEN = 0.5


class Part(NamedTuple):
    """A piece of a stacked bar: its kind, where it begins and how wide it is, in percent."""

    kind: str
    x: float
    width: float


class Count(NamedTuple):
    """A number of examples with its word and the filter that shows them."""

    number: int
    word: str
    query: str


@dataclass(frozen=True)
class RateRow:
    """A row of a table of win rates.

    Attributes:
        name: what the row is about.
        n: counted examples.
        rate, range: the win rate and its interval in words.
        low, mid, high: the same in percent for the chart; mid is None without examples.
        tone: "better" or "worse" when the interval excludes 50 %, else empty.
        parts, parts_text: the stacked shares and their words.
        counts: examples by outcome.
        reading: the label, or what is missing for one.
        query: the filter that shows the row's examples.
    """

    name: str
    n: int
    rate: str
    range: str
    low: float
    mid: float | None
    high: float
    tone: str
    parts: list[Part]
    parts_text: str
    counts: list[Count]
    reading: str
    reading_tone: str
    query: str


def build_overall_row(report: RunReport) -> RateRow:
    """Draw the row that sums up."""
    row = report.overall
    return _draw("All", row.tally, row.figures, RunExampleFilter(), reading=overall_reading(row))


def build_intent_row(row: Row) -> RateRow:
    """Draw the row of an intent."""
    wanted = RunExampleFilter(intent=row.name)
    return _draw(row.name, row.tally, row.figures, wanted, reading=intent_reading(row))


def build_slice_rows(found: Iterable[Slice], field: str) -> list[RateRow]:
    """Draw the rows of a slicing: `field` is the filter's field, "language" or "tag"."""
    return [
        _draw(
            one.name,
            one.tally,
            one.figures,
            RunExampleFilter().also(**{field: one.name}),
            reading=(_few(one.figures.n), ""),
        )
        for one in found
    ]


def _draw(
    name: str,
    tally: Tally,
    shown: Figures,
    wanted: RunExampleFilter,
    *,
    reading: tuple[str, str],
) -> RateRow:
    parts = _parts(tally)
    return RateRow(
        name=name,
        n=shown.n,
        rate=percent(shown.estimate),
        range=percent_range(shown.interval),
        low=_hundred(shown.lower),
        mid=None if shown.estimate is None else _hundred(shown.estimate),
        high=_hundred(shown.upper),
        tone=_tone(shown),
        parts=parts,
        parts_text=_parts_text(parts),
        counts=_counts(shown, wanted),
        reading=reading[0],
        reading_tone=reading[1],
        query=wanted.query,
    )


def _hundred(value: float) -> float:
    return round(100 * value, 2)


def _tone(shown: Figures) -> str:
    if shown.lower > _EVEN:
        return "better"
    return "worse" if shown.upper < _EVEN else ""


def _parts(tally: Tally) -> list[Part]:
    shares = tally.shares
    if shares is None:
        return []
    parts, x = [], 0.0
    for kind, share in (
        ("loss", shares.loss),
        ("tie_bad", shares.tie_bad),
        ("tie_good", shares.tie_good),
        ("win", shares.win),
    ):
        width = float(100 * share)
        if width:
            parts.append(Part(kind, round(x, 3), round(width, 3)))
        x += width
    return parts


_KINDS = {
    "loss": "baseline better",
    "tie_bad": "both bad",
    "tie_good": "both good",
    "win": "candidate better",
}


def _parts_text(parts: list[Part]) -> str:
    if not parts:
        return "No votes yet"
    said = ", ".join(f"{_KINDS[part.kind]} {percent(part.width / 100)}" for part in parts)
    return said[0].upper() + said[1:]


def _counts(shown: Figures, wanted: RunExampleFilter) -> list[Count]:
    numbers = (
        (shown.losses, "lost", Outcome.BASELINE),
        (shown.ties_bad, "bad", Outcome.TIE_BAD),
        (shown.ties_good, "good", Outcome.TIE_GOOD),
        (shown.wins, "won", Outcome.CANDIDATE),
        (shown.mixed, "mixed", Outcome.MIXED),
    )
    return [
        Count(number, word, wanted.also(verdict=outcome.value).query)
        for number, word, outcome in numbers
        if number
    ]


def overall_reading(row: Row) -> tuple[str, str]:
    """Return how all examples together read, in a word or two, and its tone."""
    tone = _tone(row.figures)
    crossing = row.counted.crossing
    if crossing is not None and tone != "better":
        return f"passed at example {crossing.example}, now {rate_now(row.figures)}", tone
    return (tone, tone) if tone else ("undecided" if row.figures.n else "", "")


def intent_reading(row: Row) -> tuple[str, str]:
    """Return how an intent reads, in a word or two, and its tone."""
    watched = "" if row.gated else ", watched"
    if row.label in {Label.BETTER, Label.WORSE}:
        return f"{row.label.value}{watched}", row.label.value
    crossing = row.counted.crossing
    if row.threshold is not None and crossing is not None:
        if row.figures.lower > row.threshold:
            return f"above {percent(row.threshold)}", ""
        return f"passed at example {crossing.example}, now {rate_now(row.figures)}", ""
    return f"{_few(row.figures.n) or 'undecided'}{watched}", ""


def _few(n: int) -> str:
    return f"needs {MIN_EXAMPLES} examples in all" if n < MIN_EXAMPLES else ""


@dataclass(frozen=True)
class GateCard:
    """A gate as its card shows it."""

    kind: str
    label: str
    title: str
    reason: str


_FIRST = [State.FAILED, State.INSUFFICIENT, State.PASSED]


def build_gate_cards(
    found: Iterable[Mapping[str, Any]], settings: GateSettings, *, is_closed: bool = False
) -> list[GateCard]:
    """Draw gates: what failed first, then what waits, then what passed.

    Args:
        found: as `win_rates --json` gives them, now or when a promotion was decided.
        settings: of the run that they are about.
        is_closed: whether nobody can vote in it any more, so that none is asked to.
    """
    return [
        GateCard(
            kind=one["state"],
            label=one["state"].capitalize(),
            title=gate_title(Gate(one["gate"]), one["subject"], settings),
            reason=without_advice(one["reason"]) if is_closed else one["reason"],
        )
        for one in sorted(found, key=lambda one: _FIRST.index(State(one["state"])))
    ]


@dataclass(frozen=True)
class GateGroup:
    """The gates in one state, with a heading that counts them; only what failed is unfolded."""

    title: str
    gates: list[GateCard]
    is_open: bool


_GROUPS = {
    State.FAILED: "failed",
    State.INSUFFICIENT: "not passed yet",
    State.PASSED: "passed",
}


def group_gates(drawn: Iterable[GateCard]) -> list[GateGroup]:
    """Group gates by state, what failed first; states without gates are left out."""
    found = list(drawn)
    groups = []
    for state in _FIRST:
        gates = [gate for gate in found if gate.kind == state]
        if gates:
            title = f"{count_of(len(gates), 'gate')} {_GROUPS[state]}"
            groups.append(GateGroup(title, gates, is_open=state is State.FAILED))
    return groups


def without_advice(reason: str) -> str:
    """Return the reason of a gate without its call to go on voting."""
    return reason.replace("Keep voting.", "").strip()


def examples_left(report: RunReport) -> str:
    """Return how many examples of the set are not counted yet, and why; empty if none."""
    left = report.overall.counted.left
    if not left:
        return ""
    said = f"{count_of(left, 'example')} of the set not counted yet"
    waiting = _closed_and_waiting(report)
    if not waiting or report.run.all_votes:
        return f"{said}."
    have, wait = ("has", "waits") if waiting == 1 else ("have", "wait")
    return f"{said}: {waiting:,} {have} all votes and {wait} for an example served earlier."


def _closed_and_waiting(report: RunReport) -> int:
    """Return how many examples are closed behind one in served order that is not."""
    closed = report.run.comparisons.filter(state=Comparison.State.CLOSED).count()
    return max(0, closed - report.overall.tally.n)


@dataclass(frozen=True)
class MetricCard:
    """A figure of the candidate over that of the baseline, in words."""

    title: str
    value: str
    note: str


def build_metric_cards(found: Operations) -> list[MetricCard]:
    """Draw latency and cost as ratios, refusals and errors as shares, each with its interval."""
    return [
        _ratio("p95 latency, candidate over baseline", found.p95_ratio),
        _ratio("Cost of an answer, candidate over baseline", found.cost_ratio),
        _share("The candidate's refusals", found.refusals),
        _share("The candidate's errors", found.errors),
    ]


def _ratio(title: str, found: Measured | None) -> MetricCard:
    if found is None or found.estimate is None or found.interval is None:
        return MetricCard(title, NOTHING, found.reason if found else "")
    low, high = found.interval.lower, found.interval.upper
    ends = f"{low:.2f}-{high:.2f}" if isfinite(high) else f"{low:.2f} or more"
    return MetricCard(title, f"{found.estimate:.2f} times", f"{ends}, {_answers(found.n)}")


def _share(title: str, found: Measured | None) -> MetricCard:
    if found is None or found.estimate is None or found.interval is None:
        return MetricCard(title, NOTHING, found.reason if found else "")
    return MetricCard(
        title, percent(found.estimate), f"{percent_range(found.interval)}, {_answers(found.n)}"
    )


def _answers(n: int) -> str:
    return f"{count_of(n, 'answer')}, bootstrap interval"
