"""The overlap set that a next run would need, so that the agreement of its reviewers shows."""

from __future__ import annotations

import math
from typing import Final

from evaluation.gates.hygiene import MIN_SHARED_EXAMPLES, raters_agree
from evaluation.gates.outlook import shared_for_agreement
from evaluation.gates.results import State
from evaluation.results.reports.run_report import RunReport

_SPARE: Final = 1.2
"""Shared examples more than the forecast, which is as uncertain as the agreement so far."""


def overlap_for_agreement(report: RunReport) -> int | None:
    """Return the percent of the examples that several reviewers should vote on in a next run.

    None where the agreement gate has passed, where more shared examples would not help, and
    where the run had as many. Never less than in this run.
    """
    run = report.run
    if run.votes_per_example > 1 or not report.set_size:
        return None
    if raters_agree(report.evidence, report.settings).state is State.PASSED:
        return None
    shared = shared_for_agreement(report.evidence, report.settings)
    if shared is None:
        has_measured = report.agreement_ac2.units >= MIN_SHARED_EXAMPLES
        shared = None if has_measured else MIN_SHARED_EXAMPLES
    if shared is None:
        return None
    percent = min(100, math.ceil(100 * _SPARE * shared / report.set_size))
    return percent if percent > run.overlap_percent else None
