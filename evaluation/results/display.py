"""How a run's figures are drawn: rows of the tables with their bars, whiskers and links."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite
from typing import NamedTuple

from django.utils.translation import gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _

from evaluation.gates import Gate, Operations, State
from evaluation.gates.reason_texts import ratio_range
from evaluation.results.example_filter import Outcome, RunExampleFilter
from evaluation.results.reports import RunReport
from evaluation.results.reports.pace import closed_and_waiting
from evaluation.results.reports.rows import MIN_EXAMPLES, Row, Slice
from evaluation.stats.figures import Figures
from evaluation.stats.labels import Label
from evaluation.stats.operational import Measured
from evaluation.stats.tally import Tally
from reviewapp.core.formats import NOTHING, count, decimal, percent, percent_range
from reviewapp.core.texts import render

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
        gate: win rate in percent that the interval must lie above, where it is not 50.
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
    gate: float | None = None


def build_overall_row(report: RunReport) -> RateRow:
    """Draw the row that sums up."""
    row = report.overall
    # Translators: the row of a table that sums up all examples.
    name = pgettext("examples", "All")
    return _draw(
        name,
        row.tally,
        row.figures,
        RunExampleFilter(),
        reading=overall_reading(row),
        threshold=row.threshold,
    )


def build_intent_rows(report: RunReport) -> list[RateRow]:
    """Draw the rows of the intents, with the threshold of their gates."""
    states = intent_states(report)
    return [
        _draw(
            row.name,
            row.tally,
            row.figures,
            RunExampleFilter(intent=row.name),
            reading=intent_reading(row, states.get(row.name)),
            threshold=row.threshold,
        )
        for row in report.intents
    ]


def build_slice_rows(found: Iterable[Slice], field: str) -> list[RateRow]:
    """Draw the rows of a slicing: `field` is the filter's field, "language" or "tag"."""
    return [
        _draw(
            piece.name,
            piece.tally,
            piece.figures,
            RunExampleFilter().also(**{field: piece.name}),
            reading=(_few(piece.figures.n), ""),
        )
        for piece in found
    ]


def _draw(
    name: str,
    tally: Tally,
    shown: Figures,
    wanted: RunExampleFilter,
    *,
    reading: tuple[str, str],
    threshold: float | None = None,
) -> RateRow:
    parts = _parts(tally)
    return RateRow(
        name=name,
        n=shown.n,
        rate=percent(shown.estimate),
        range=percent_range(shown.lower, shown.upper),
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
        gate=None if threshold in {None, _EVEN} else _hundred(threshold or 0),
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
        ("identical", shares.identical),
        ("tie_good", shares.tie_good),
        ("win", shares.win),
    ):
        width = float(100 * share)
        if width:
            parts.append(Part(kind, round(x, 3), round(width, 3)))
        x += width
    return parts


_KINDS = {
    "loss": _("baseline better"),
    "tie_bad": _("both bad"),
    "identical": _("identical answers"),
    "tie_good": _("both good"),
    "win": _("candidate better"),
}


def _parts_text(parts: list[Part]) -> str:
    if not parts:
        return gettext("No votes yet")
    return ", ".join(f"{_KINDS[part.kind]} {percent(part.width / 100)}" for part in parts)


def _counts(shown: Figures, wanted: RunExampleFilter) -> list[Count]:
    numbers = (
        (shown.losses, pgettext("examples", "lost"), Outcome.BASELINE),
        (shown.ties_bad, pgettext("examples", "bad"), Outcome.TIE_BAD),
        (shown.ties_identical, pgettext("examples", "identical"), Outcome.IDENTICAL),
        (
            shown.ties_good - shown.ties_identical,
            pgettext("examples", "good"),
            Outcome.TIE_GOOD,
        ),
        (shown.wins, pgettext("examples", "won"), Outcome.CANDIDATE),
        (shown.mixed, pgettext("examples", "mixed"), Outcome.MIXED),
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
        return _passed_before(crossing.example, row.figures), tone
    if tone:
        return str(_TONES[tone]), tone
    return (gettext("undecided") if row.figures.n else "", "")


_TONES = {"better": _("better"), "worse": _("worse")}


def _passed_before(example: int, now: Figures) -> str:
    return gettext("passed at example %(example)s, now %(rate)s (%(interval)s)") % {
        "example": count(example),
        "rate": percent(now.estimate),
        "interval": percent_range(now.lower, now.upper),
    }


def intent_states(report: RunReport) -> dict[str, State]:
    """Return the state of the gate of each gated intent, by name."""
    return {
        result.subject: result.state
        for result in report.gates
        if result.gate is Gate.NO_INTENT_REGRESSES
    }


def intent_reading(row: Row, state: State | None) -> tuple[str, str]:
    """Return how an intent reads, in a word or two, and its tone.

    Args:
        row: of the intent.
        state: of its gate; None for an intent that is only watched.
    """
    if row.label in {Label.BETTER, Label.WORSE}:
        return _with_watched(str(_TONES[row.label.value]), row), row.label.value
    crossing = row.counted.crossing
    if row.threshold is not None and crossing is not None:
        if row.figures.lower > row.threshold:
            return gettext("above %(limit)s") % {"limit": percent(row.threshold)}, ""
        return _passed_before(crossing.example, row.figures), ""
    if state is State.FAILED:
        return gettext("not shown to be safe"), ""
    return _with_watched(gettext("undecided") if row.figures.n else "", row), ""


def _with_watched(reading: str, row: Row) -> str:
    if row.gated:
        return reading
    return gettext("%(reading)s, watched") % {"reading": reading} if reading else gettext("watched")


def draw_row(
    name: str,
    tally: Tally,
    shown: Figures,
    *,
    reading: tuple[str, str],
    threshold: float | None = None,
) -> RateRow:
    """Draw a row whose examples no filter shows: its queries are not to be linked to."""
    return _draw(name, tally, shown, RunExampleFilter(), reading=reading, threshold=threshold)


def _few(n: int) -> str:
    if n >= MIN_EXAMPLES:
        return ""
    return gettext("fewer than %(n)s examples") % {"n": count(MIN_EXAMPLES)}


def examples_left(report: RunReport) -> str:
    """Return how many examples of the set are not counted yet, and why; empty if none."""
    left = report.overall.counted.left
    if not left:
        return ""
    sentence = ngettext(
        "%(n)s example of the set is not counted yet.",
        "%(n)s examples of the set are not counted yet.",
        left,
    ) % {"n": count(left)}
    waiting = 0 if report.run.all_votes else closed_and_waiting(report.run, left=left)
    if not waiting:
        return sentence
    reason = ngettext(
        "%(n)s has all votes and waits for an example served earlier.",
        "%(n)s have all votes and wait for an example served earlier.",
        waiting,
    ) % {"n": count(waiting)}
    return f"{sentence} {reason}"


@dataclass(frozen=True)
class MetricCard:
    """A figure of the candidate over that of the baseline, in words."""

    title: str
    value: str
    note: str


def build_metric_cards(found: Operations) -> list[MetricCard]:
    """Draw latency and cost as ratios, refusals and errors as shares, each with its interval."""
    return [
        _ratio(gettext("p95 latency, candidate over baseline"), found.p95_ratio),
        _ratio(gettext("Cost of an answer, candidate over baseline"), found.cost_ratio),
        _share(gettext("The candidate's refusals"), found.refusals),
        _share(gettext("The candidate's errors"), found.errors),
    ]


def _ratio(title: str, found: Measured | None) -> MetricCard:
    if found is None or found.estimate is None or found.interval is None:
        return MetricCard(title, NOTHING, render(found.reason if found else None))
    ends = [end if isfinite(end) else None for end in (found.interval.lower, found.interval.upper)]
    value = gettext("%(ratio)s times") % {"ratio": decimal(found.estimate, 2)}
    return MetricCard(title, value, _answers(ratio_range(ends), found.n))


def _share(title: str, found: Measured | None) -> MetricCard:
    if found is None or found.estimate is None or found.interval is None:
        return MetricCard(title, NOTHING, render(found.reason if found else None))
    ends = percent_range(found.interval.lower, found.interval.upper)
    return MetricCard(title, percent(found.estimate), _answers(ends, found.n))


def _answers(interval: str, n: int) -> str:
    sentence = ngettext(
        "%(interval)s, %(n)s answer, bootstrap interval",
        "%(interval)s, %(n)s answers, bootstrap interval",
        n,
    )
    return sentence % {"interval": interval, "n": count(n)}
