"""Remarks on a run: drift, and reviewers who differ. Diagnostics, which no gate reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext, ngettext

from evaluation.results.reports.drift import drifting_intents
from evaluation.stats.homogeneity import compare_halves, rater_spread
from evaluation.stats.raters import left_share
from reviewapp.core import formats

if TYPE_CHECKING:
    from evaluation.results.reports.run_report import RunReport

ALPHA = 0.01
"""Chance of a remark without a reason at one look; low, because the page is looked at often."""

_EVEN = 0.5


def run_remarks(report: RunReport) -> list[str]:
    """Return what a reader must know of drift and of reviewers, one sentence each."""
    return [*_drift(report), *_sides(report), *_raters(report)]


def _sides(report: RunReport) -> list[str]:
    """Name the reviewers who favour a side by their own votes."""
    if not report.evidence.sides_are_random:
        return []
    found = []
    for counts in report.voting:
        own = left_share(counts.left, counts.right, alpha=ALPHA)
        if (
            counts.rater.removed_at is None
            and own.share is not None
            and not own.interval.contains(_EVEN)
        ):
            found.append(
                gettext(
                    "%(rater)s favours a side: left won %(share)s of their decisive votes "
                    "(%(interval)s)."
                )
                % {
                    "rater": counts.rater.name,
                    "share": formats.percent(own.share),
                    "interval": formats.percent_range(own.interval.lower, own.interval.upper),
                }
            )
    return found


def _drift(report: RunReport) -> list[str]:
    halves = compare_halves(*report.walk.queue.order.halves())
    if report.run.is_unordered or halves is None:
        return []
    remarks = []
    if halves.p < ALPHA:
        remarks.append(
            gettext(
                "The win rate drifts: %(first)s in the first half, %(second)s in the second "
                "(p %(p)s, for one look)."
            )
            % {
                "first": formats.percent(halves.first),
                "second": formats.percent(halves.second),
                "p": formats.decimal(halves.p, 3),
            }
        )
    if names := list(drifting_intents(report.run, report.walk, alpha=ALPHA)):
        sentence = ngettext(
            "Within the run %(intents)s changed: look at its first and last examples.",
            "Within the run %(intents)s changed: look at their first and last examples.",
            len(names),
        )
        remarks.append(sentence % {"intents": formats.listed(names)})
    return remarks


def _raters(report: RunReport) -> list[str]:
    spread = rater_spread(report.rater_votes)
    if spread is None or spread.p >= ALPHA:
        return []
    (low, low_rate, _n), (high, high_rate, _m) = spread.raters[0], spread.raters[-1]
    remarks = [
        gettext(
            "Reviewers differ by more than chance (p %(p)s, for one look): %(low)s %(low_rate)s, "
            "%(high)s %(high_rate)s."
        )
        % {
            "p": formats.decimal(spread.p, 3),
            "low": low,
            "low_rate": formats.percent(low_rate),
            "high": high,
            "high_rate": formats.percent(high_rate),
        },
        gettext("So the win rate is one of these reviewers; more reviewers would say more."),
    ]
    if spread.another is not None:
        remarks.append(
            gettext("Another reviewer would probably be between %(interval)s.")
            % {"interval": formats.percent_range(spread.another.lower, spread.another.upper)}
        )
    return remarks
