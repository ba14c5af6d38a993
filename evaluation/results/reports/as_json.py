"""A run's report as JSON: with sentences as `win_rates --json` prints it, with codes to be stored.

Proportions are from 0 to 1.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import translation

from evaluation.results.rater_removal import removal_text
from evaluation.results.reports.answers import measured_as_json
from evaluation.results.reports.wording import decision_sentence, estimate_sentence
from reviewapp.core.texts import render

if TYPE_CHECKING:
    from collections.abc import Callable

    from evaluation.results.models import RunDecision
    from evaluation.results.reports.criteria import CriterionRow
    from evaluation.results.reports.rows import Row, Slice
    from evaluation.results.reports.run_report import RaterLine, RunReport
    from evaluation.runs.models import Rater
    from evaluation.stats.agreement import Agreement
    from evaluation.stats.intervals import Interval
    from evaluation.stats.operational import Measured
    from evaluation.stats.tally import Tally
    from reviewapp.core.messages import Message

    ReasonWriter = Callable[[Message | None], Any]
    RemovalWriter = Callable[[Rater], Any]


def report_as_json(report: RunReport) -> dict[str, Any]:
    """Return the report under the names of the public interface, its sentences in English."""
    with translation.override(settings.LANGUAGE_CODE):
        return {
            **_figures(report, render, _removal_text),
            "sentence": estimate_sentence(report.overall, alpha=report.settings.alpha),
            "gates": [
                {**result.as_json(), "reason": render(result.reason)} for result in report.gates
            ],
            "decision_sentence": decision_sentence(report),
            "next_step": {
                **report.next_step.as_json(),
                "sentence": render(report.next_step.message),
            },
        }


def report_for_evidence(report: RunReport) -> dict[str, Any]:
    """Return the figures that a promotion stores, with messages as JSON in place of sentences.

    The gates are not in it: a promotion stores them beside the figures.
    """
    return _figures(report, _message_as_json, _removal_as_json)


def _message_as_json(reason: Message | None) -> dict[str, Any] | None:
    return reason.as_json() if reason else None


def _removal_text(rater: Rater) -> str:
    return removal_text(rater.removal_rule, rater.removal_reason)


def _removal_as_json(rater: Rater) -> dict[str, str]:
    return {"rule": rater.removal_rule, "reason": rater.removal_reason}


def _figures(report: RunReport, reason: ReasonWriter, removal: RemovalWriter) -> dict[str, Any]:
    """Return everything but the gates and the sentences.

    Args:
        report: of a run.
        reason: writes why a figure is missing.
        removal: writes why a rater was removed.
    """
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
        "overall": _overall(report),
        "intents": [_intent(row) for row in report.intents],
        "criteria": [_criterion(criterion) for criterion in report.criteria],
        "languages": [_slice("language", language) for language in report.languages],
        "tags": [_slice("tag", tag) for tag in report.tags],
        "agreement": _agreement(report, reason),
        "position": _position(report),
        "hygiene": _hygiene(report),
        "rater_lines": [_rater(line, removal) for line in report.raters],
        "length": _length(report, reason),
        "answers": _answers(report, reason),
        "decision": report.decision.value,
        "decisions": [_decision(decision) for decision in report.decisions],
        "decision_reason": report.decision_reason.value,
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


def _criterion(found: CriterionRow) -> dict[str, Any]:
    """Return a criterion by its key; `missing` are counted examples that nobody answered it on."""
    missing = found.missing_by_intent
    intents = [
        {**_slice("intent", intent), "missing": missing.get(intent.name, 0)}
        for intent in found.intents
    ]
    row = found.row
    return {
        "criterion": found.key,
        **_row(row),
        "gated": row.gated,
        "missing": found.missing,
        "intents": intents,
    }


def _slice(kind: str, piece: Slice) -> dict[str, Any]:
    return {kind: piece.name, **piece.figures.as_json(), "shares": _shares(piece.tally)}


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


def _agreement(report: RunReport, reason: ReasonWriter) -> dict[str, Any]:
    found, nominal, ac2 = report.agreement, report.agreement_nominal, report.agreement_ac2
    return {
        "alpha_interval": found.value,
        "alpha_nominal": nominal.value,
        "ac2": ac2.value,
        "ac2_interval": _ends(ac2.interval) if ac2.interval else None,
        "reason": reason(found.reason),
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


def _rater(line: RaterLine, removal: RemovalWriter) -> dict[str, Any]:
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
        "removed": removal(rater) if rater.removed_at else None,
    }


def _length(report: RunReport, reason: ReasonWriter) -> dict[str, Any]:
    longer, effect = report.longer, report.length
    return {
        "longer_share": longer.share,
        **_ends(longer.interval),
        "n": longer.n,
        "slope": effect.slope,
        "slope_error": effect.slope_error,
        "at_same_length": effect.at_same_length,
        "reason": reason(effect.reason),
    }


def _answers(report: RunReport, reason: ReasonWriter) -> dict[str, Any]:
    found = report.measures
    return {
        "candidate": asdict(found.candidate),
        "baseline": asdict(found.baseline),
        "p95_ratio": _measured(found.operations.p95_ratio, reason),
        "cost_ratio": _measured(found.operations.cost_ratio, reason),
        "refusals": _measured(found.operations.refusals, reason),
        "errors": _measured(found.operations.errors, reason),
    }


def _measured(found: Measured | None, reason: ReasonWriter) -> dict[str, Any] | None:
    """Return a figure over the answers."""
    if found is None:
        return None
    return {**(measured_as_json(found) or {}), "reason": reason(found.reason)}


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
