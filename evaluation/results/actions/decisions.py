"""Store each change of the decision of a run, as a row and as an event."""

from typing import Any

from django.utils import timezone

from evaluation.gates import Decision, GateResult
from evaluation.results.models import RunDecision
from evaluation.results.reports import RunReport
from evaluation.runs.models import RunEvent


def record_decision(report: RunReport) -> RunDecision | None:
    """Store the decision of a locked run if it is another one than the last.

    Returns the new row, or None. A decision to promote is stored again after a rater was
    removed: it rests on other votes then.
    """
    last = report.decisions[-1] if report.decisions else None
    before = Decision(last.decision) if last else Decision.KEEP_VOTING
    # The decision of an unordered run follows its figures and is not stored as a fact.
    is_renewed = (
        report.decision is Decision.PROMOTE
        and report.promotion_decision is None
        and not report.run.is_unordered
    )
    if report.decision is before and not is_renewed:
        return None
    decided = RunDecision.objects.create(
        run=report.run,
        decision=report.decision.value,
        reason=report.decision_reason.value,
        counted=report.overall.tally.n,
        removed_raters=report.removed_raters,
        at=timezone.now(),
        gates=[_gate_as_json(result) for result in report.gates],
    )
    RunEvent.objects.create(
        project=report.run.project,
        run=report.run,
        action="decision_changed",
        before=before.value,
        after=report.decision.value,
        reason=report.decision_reason.value,
        detail={"counted": report.overall.tally.n},
    )
    return decided


def _gate_as_json(result: GateResult) -> dict[str, Any]:
    return {
        "gate": result.gate.value,
        "subject": result.subject,
        "state": result.state.value,
        "reason": result.reason.as_json(),
    }
