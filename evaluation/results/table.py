"""A run's page as a table for spreadsheets: win rates, gates, then votes by rater."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evaluation.gates.criterion_texts import criterion_name
from evaluation.gates.texts import gate_title
from evaluation.results import display as run_display
from evaluation.results.reports import RunReport
from evaluation.results.reports.wording import decision_label
from evaluation.stats.figures import Figures
from reviewapp.core.texts import render

# Figures are named as in `win_rates --json`.
_FIGURES = ("estimate", "lower", "upper", "n", "wins", "ties_good", "ties_bad", "losses")
COLUMNS = (
    *("row", "name", *_FIGURES, "score_sum"),
    *("label", "gated", "state", "reason", "passed_at", "passed_at_example", "votes", "skips"),
    *("ties_identical", "mixed", "criterion", "missing"),
)
"""`row` is overall, intent, criterion, gate, decision or rater.

A column without meaning for a row is empty.
"""


def table_of(report: RunReport) -> Iterator[list[Any]]:
    """Yield the rows of a run's table: a header, then rates, gates and raters."""
    yield list(COLUMNS)
    for found in (*_rates(report), *_gates(report), *_raters(report)):
        yield [found.get(name, "") for name in COLUMNS]


def _rates(report: RunReport) -> Iterator[dict[str, Any]]:
    label, _tone = run_display.overall_reading(report.overall)
    yield {"row": "overall", "name": "All", "label": label, **_figures(report.overall.figures)}
    states = run_display.intent_states(report)
    for row in report.intents:
        label, _tone = run_display.intent_reading(row, states.get(row.name))
        yield {
            "row": "intent",
            "name": row.name,
            "label": label,
            "gated": row.gated,
            **_figures(row.figures),
        }
    for criterion in report.criteria:
        label, _tone = run_display.overall_reading(criterion.row)
        yield {
            "row": "criterion",
            "name": criterion_name(criterion.key),
            "criterion": criterion.key,
            "label": label,
            "gated": criterion.row.gated,
            "missing": criterion.missing,
            **_figures(criterion.row.figures),
        }


def _figures(found: Figures) -> dict[str, Any]:
    known = found.as_json()
    named = {name: known[name] for name in (*_FIGURES, "score_sum", "ties_identical")}
    return {**named, "mixed": found.mixed}


def _gates(report: RunReport) -> Iterator[dict[str, Any]]:
    for result in report.gates:
        yield {
            "row": "gate",
            "name": gate_title(result.gate, result.subject, report.settings),
            "state": result.state.value,
            "reason": render(result.reason),
            "passed_at": result.passed_at.isoformat() if result.passed_at else None,
            "passed_at_example": result.passed_at_example,
        }
    yield {
        "row": "decision",
        "name": decision_label(report),
        "state": report.decision.value,
        "reason": report.decision_reason.value,
        "votes": report.votes,
    }


def _raters(report: RunReport) -> Iterator[dict[str, Any]]:
    for line in report.raters:
        voting = line.voting
        yield {
            "row": "rater",
            "name": voting.rater.name,
            "votes": voting.votes,
            "skips": voting.skips,
            "state": "removed" if voting.rater.removed_at else "",
            **_figures(line.own),
        }
