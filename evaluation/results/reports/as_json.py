"""A run's report as `win_rates --json` prints it: the public names, proportions from 0 to 1."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import translation

from evaluation.results.reports.answers import measured_as_json
from evaluation.results.reports.wording import decision_sentence, estimate_sentence
from reviewapp.core.texts import render

if TYPE_CHECKING:
    from evaluation.results.models import RunDecision
    from evaluation.results.reports.rows import Row, Slice
    from evaluation.results.reports.run_report import RaterLine, RunReport
    from evaluation.stats.agreement import Agreement
    from evaluation.stats.intervals import Interval
    from evaluation.stats.operational import Measured
    from evaluation.stats.tally import Tally


def report_as_json(report: RunReport) -> dict[str, Any]:
    """Return the report under the names of the public interface, its sentences in English."""
    with translation.override(settings.LANGUAGE_CODE):
        return _in_active_language(report)


def _in_active_language(report: RunReport) -> dict[str, Any]:
    run = report.run
    return {
        "run": run.name,
        "project": run.project.slug,
        "state": run.state,
        "baseline": run.baseline.name,
        "candidate": run.candidate.name,
        "votes_per_example": "all" if run.all_votes else run.votes_per_example,
        "votes": report.votes,
        "demo_votes": report.demo_votes,
        "raters": report.active_raters,
        "counted": report.overall.tally.n,
        "left": report.overall.counted.left,
        "sentence": estimate_sentence(report.overall, alpha=report.settings.alpha),
        "overall": _overall(report),
        "intents": [_intent(row) for row in report.intents],
        "languages": [_slice("language", one) for one in report.languages],
        "tags": [_slice("tag", one) for one in report.tags],
        "agreement": _agreement(report),
        "position": _position(report),
        "hygiene": _hygiene(report),
        "rater_lines": [_rater(line) for line in report.raters],
        "length": _length(report),
        "answers": _answers(report),
        "gates": [{**one.as_json(), "reason": render(one.reason)} for one in report.gates],
        "decision": report.decision.value,
        "decisions": [_decision(one) for one in report.decisions],
        "decision_reason": report.decision_reason.value,
        "decision_sentence": decision_sentence(report),
        "forecast": _forecast(report),
        "run_number": report.run_number,
        "alpha": report.settings.alpha,
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        **row.figures.as_json(),
        "shares": _shares(row.tally),
        "win_rate_without_ties": _float(row.tally.win_rate_without_ties),
        "left": row.counted.left,
        "threshold": row.threshold,
        "alarmed_at_example": row.counted.alarmed_at,
    }


def _overall(report: RunReport) -> dict[str, Any]:
    row = report.overall
    found = report.this_set
    this_set = {**_ends(found), "size": report.set_size} if found else None
    return {
        **_row(row),
        "this_set": this_set,
        "both_bad": _ends(row.both_bad),
        "if_looked_at_once": _once(report),
    }


def _intent(row: Row) -> dict[str, Any]:
    label = row.label.value if row.label else None
    return {"intent": row.name, **_row(row), "label": label, "gated": row.gated}


def _slice(kind: str, one: Slice) -> dict[str, Any]:
    return {kind: one.name, **one.figures.as_json(), "shares": _shares(one.tally)}


def _shares(tally: Tally) -> dict[str, float] | None:
    if tally.shares is None:
        return None
    return {name: float(share) for name, share in asdict(tally.shares).items()}


def _once(report: RunReport) -> dict[str, Any]:
    row = report.overall
    return {
        "wilson": _ends(row.wilson),
        "standard_error": row.standard_error,
        "standard_error_by_rater": report.error_by_rater,
    }


def _agreement(report: RunReport) -> dict[str, Any]:
    found, nominal, ac2 = report.agreement, report.agreement_nominal, report.agreement_ac2
    return {
        "alpha_interval": found.value,
        "alpha_nominal": nominal.value,
        "ac2": ac2.value,
        "ac2_interval": _ends(ac2.interval) if ac2.interval else None,
        "reason": render(found.reason),
        "examples": found.units,
        "bootstrap_interval": _bootstrap(found),
    }


def _bootstrap(found: Agreement) -> dict[str, float] | None:
    return _ends(found.interval) if found.interval else None


def _position(report: RunReport) -> dict[str, Any]:
    found = report.position
    return {"left_share": found.share, **_ends(found.interval), "n": found.n}


def _hygiene(report: RunReport) -> dict[str, Any]:
    spread = report.without_one
    return {
        "skips": report.skips - report.set_aside,
        "set_aside": report.set_aside,
        "without_one_rater": _ends(spread) if spread else None,
    }


def _rater(line: RaterLine) -> dict[str, Any]:
    rater = line.voting.rater
    return {
        "rater": rater.name,
        "votes": line.voting.votes,
        "share_of_counted": line.held,
        "left": line.voting.left,
        "right": line.voting.right,
        "skips": line.voting.skips,
        "estimate": _float(line.votes.tally.estimate),
        "without": line.without,
        "removed": rater.removal_reason or None,
    }


def _length(report: RunReport) -> dict[str, Any]:
    longer, effect = report.longer, report.length
    return {
        "longer_share": longer.share,
        **_ends(longer.interval),
        "n": longer.n,
        "slope": effect.slope,
        "slope_error": effect.slope_error,
        "at_same_length": effect.at_same_length,
        "reason": render(effect.reason),
    }


def _answers(report: RunReport) -> dict[str, Any]:
    found = report.measures
    return {
        "candidate": asdict(found.candidate),
        "baseline": asdict(found.baseline),
        "p95_ratio": _measured(found.operations.p95_ratio),
        "cost_ratio": _measured(found.operations.cost_ratio),
        "refusals": _measured(found.operations.refusals),
        "errors": _measured(found.operations.errors),
    }


def _measured(found: Measured | None) -> dict[str, Any] | None:
    """Return a figure over the answers, its reason as a sentence."""
    if found is None:
        return None
    return {**(measured_as_json(found) or {}), "reason": render(found.reason)}


def _decision(stored: RunDecision) -> dict[str, Any]:
    """Return one change of the decision: what it became, why, and at which counted example."""
    return {
        "decision": stored.decision,
        "reason": stored.reason,
        "example": stored.counted,
        "at": stored.at.isoformat(),
    }


def _forecast(report: RunReport) -> dict[str, Any]:
    """Return the forecast of the whole run and of each gated intent, by its name."""
    found = {row.name: row.forecast.as_json() for row in report.intents if row.forecast}
    return {**found, "overall": report.forecast.as_json()}


def _ends(ends: Interval) -> dict[str, float]:
    return {"lower": ends.lower, "upper": ends.upper}


def _float(value: Any) -> float | None:
    return None if value is None else float(value)
