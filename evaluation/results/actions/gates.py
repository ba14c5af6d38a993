"""Store what follows from the votes: tallies along the served order, gates, decisions.

All of it can be calculated again from the votes; storing it is cheaper, and dates a crossing.
`measure_gates` is called by the beat, by actions that change or use the figures, and by the
command. Pages and the API do not call it: reading them stores nothing.
"""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from evaluation.gates import GateResult, GateSettings, intents_to_serve
from evaluation.results.actions.decisions import record_decision
from evaluation.results.models import GateCheck, PendingMeasurement, RunAnswerMetrics, RunTally
from evaluation.results.reports import RunReport, build_report
from evaluation.results.reports.sums import FORMAT, RowSums
from evaluation.results.reports.walk import complete_walk
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import EvaluationRun, RunEvent
from evaluation.voting.actions.settling import close_overdue, runs_with_overdue

# Closing a run measures it a last time; what is stored of a closed run is evidence and stays.
_MEASURED_IN = (RunState.VOTING,)


def measure_gates(*, run_id: int) -> RunReport:
    """Update the tallies and gates of a run and return its report.

    Reads without a lock first and writes nothing if nothing has changed. Votes do not wait for it:
    they lock the row of the run only against deletion and closing.
    """
    if run_id in runs_with_overdue():
        close_overdue([run_id])
    run = _run(run_id, EvaluationRun.objects.all())
    walk = complete_walk(run, GateSettings.from_json(run.gate_settings))
    if walk is not None:
        report = build_report(run, walk=walk)
        if _is_stored(report):
            return report
    with transaction.atomic():
        locked = _run(run_id, EvaluationRun.objects.select_for_update(no_key=True, of=("self",)))
        return _stored(build_report(locked, is_locked=True))


@transaction.atomic
def reset_tallies(*, run: EvaluationRun) -> None:
    """Delete the tallies and crossings of a locked run, because votes were removed.

    The next measurement starts from the first comparison.
    """
    RunTally.objects.filter(run=run).delete()
    run.intents.update(decided_at=None)
    run.overall_decided_at, run.shared_first = None, False
    run.save(update_fields=["overall_decided_at", "shared_first"])


def measure_pending() -> int:
    """Measure every run that has changed since its last measurement; return how many.

    Two queries if nothing has changed. Examples whose votes can no longer be undone are closed
    first. Only changes that were committed before the measurement are
    marked as done; later ones are measured the next time.
    """
    if overdue := runs_with_overdue():
        with transaction.atomic():
            close_overdue(overdue)
            PendingMeasurement.objects.bulk_create(
                [PendingMeasurement(run_id=run_id) for run_id in overdue]
            )
    changes: dict[int, list[int]] = defaultdict(list)
    for pk, run_id in PendingMeasurement.objects.order_by("pk").values_list("pk", "run_id"):
        changes[run_id].append(pk)
    for run_id, seen in changes.items():
        measure_gates(run_id=run_id)
        PendingMeasurement.objects.filter(pk__in=seen).delete()
    return len(changes)


def _run(run_id: int, runs: QuerySet[EvaluationRun]) -> EvaluationRun:
    return runs.select_related("project", "candidate", "baseline").get(pk=run_id)


def _is_stored(report: RunReport) -> bool:
    """Return whether the report has nothing that is not stored."""
    run = report.run
    if run.state not in _MEASURED_IN:
        return True
    if report.walk.grown or not report.measures.is_stored:
        return False
    checks = _checks(run)
    judged = {(result.gate.value, result.subject): result for result in report.gates}
    return all(
        key in checks and _is_unchanged(checks[key], result) for key, result in judged.items()
    )


def _is_unchanged(check: GateCheck, result: GateResult) -> bool:
    """Return whether state and crossing are unchanged; the reason changes with each vote."""
    return (check.state, check.passed_at, check.passed_at_example) == (
        result.state.value,
        result.passed_at,
        result.passed_at_example,
    )


def _stored(report: RunReport) -> RunReport:
    """Store what is new in the report of a locked run; return it with a new decision, if any."""
    if report.run.state not in _MEASURED_IN:
        return report
    if not report.measures.is_stored:
        RunAnswerMetrics.objects.create(run=report.run, figures=report.measures.as_json())
    if report.walk.grown:
        _store_walk(report)
    _store_gates(report)
    decided = record_decision(report)
    _store_serving(report)
    return replace(report, decisions=(*report.decisions, decided)) if decided else report


def _store_walk(report: RunReport) -> None:
    walk, run = report.walk, report.run
    _ = report.this_set  # Stored with the queue, so that the next look goes on from this one.
    queue = {"queue": walk.queue.as_json(), "votes": walk.votes, "sizes": walk.sizes}
    if walk.criteria:
        queue["criteria"] = {str(pk): sums.as_json() for pk, sums in walk.criteria.items()}
    main = _row_columns(walk.main, queue)
    if not RunTally.objects.filter(run=run, intent=None).update(**main):
        RunTally.objects.create(run=run, intent=None, **main)
    RunTally.objects.bulk_create(
        [
            RunTally(run=run, intent_id=pk, **_row_columns(row, {"order": row.order.as_json()}))
            for pk, row in walk.intents.items()
        ],
        update_conflicts=True,
        unique_fields=["intent"],
        update_fields=list(main),
    )


def _row_columns(row: RowSums, more: dict[str, object]) -> dict[str, Any]:
    return {
        "through": row.through,
        "scan": row.scan.as_json(),
        "crossed_at": row.crossed_at,
        "sums": {"format": FORMAT, "groups": row.groups_as_json(), **more},
    }


def _store_gates(report: RunReport) -> None:
    run, now = report.run, timezone.now()
    checks = _checks(run)
    changed = []
    for result in report.gates:
        check = checks.get((result.gate.value, result.subject))
        if check is not None and _is_unchanged(check, result):
            continue
        changed.append(_as_check(run, result, now))
        _record_change(report, result, check.state if check else "")
    columns = ["state", "reason", "passed_at", "passed_at_example", "checked_at"]
    GateCheck.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["run", "gate", "subject"],
        update_fields=columns,
    )


def _checks(run: EvaluationRun) -> dict[tuple[str, str], GateCheck]:
    return {(check.gate, check.subject): check for check in GateCheck.objects.filter(run=run)}


def _as_check(run: EvaluationRun, result: GateResult, now: datetime) -> GateCheck:
    return GateCheck(
        run=run,
        gate=result.gate.value,
        subject=result.subject,
        state=result.state.value,
        reason=result.reason,
        passed_at=result.passed_at,
        passed_at_example=result.passed_at_example,
        checked_at=now,
    )


def _record_change(report: RunReport, result: GateResult, before: str) -> None:
    """Record a change of the state of a gate; the first measurement is none."""
    was = before or "insufficient"
    if was == result.state.value:
        return
    RunEvent.objects.create(
        project=report.run.project,
        run=report.run,
        action="gate_changed",
        before=was,
        after=result.state.value,
        detail={
            "gate": result.gate.value,
            "reason": result.reason.as_json(),
            "subject": result.subject,
            "counted": report.overall.tally.n,
            "passed_at_example": result.passed_at_example,
        },
    )


def _store_serving(report: RunReport) -> None:
    """Store which intents are served, and what first; a decided intent may be undecided again.

    An intent that is only watched is served for as long as all intents are.
    """
    run, now = report.run, timezone.now()
    narrows = not report.serves_all
    if narrows != (run.overall_decided_at is not None):
        run.overall_decided_at = now if narrows else None
        run.save(update_fields=["overall_decided_at"])
    if report.serves_shared_first != run.shared_first:
        run.shared_first = report.serves_shared_first
        run.save(update_fields=["shared_first"])
    undecided = intents_to_serve(report.gates, report.decision)
    over = [row.name for row in report.intents if row.name not in undecided]
    run.intents.filter(name__in=over, decided_at=None).update(decided_at=now)
    run.intents.filter(decided_at__isnull=False).exclude(name__in=over).update(decided_at=None)
