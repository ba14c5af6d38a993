"""Import votes that were cast elsewhere, in file order, with the names of their raters."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from datasets.conversations.errors import RowError
from evaluation.results.actions import gates, vote_import_sql
from evaluation.results.vote_rows import VoteRow
from evaluation.runs.actions.criteria import criteria_of
from evaluation.runs.actions.identical import reopen_identical
from evaluation.runs.actions.run_setup import record
from evaluation.runs.criteria import CriterionTerms
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import EvaluationRun
from evaluation.voting.actions.counts import recount
from evaluation.voting.models import Vote
from reviewapp.core.errors import InvalidTransition
from reviewapp.core.lookalikes import name_key
from reviewapp.core.messages import message
from reviewapp.people.models import User


@dataclass
class VoteImportReport:
    """The outcome of an import: read = created + unchanged + rejected.

    Stored votes do not change: `sides_not_kept` counts the unchanged rows that have the side of a
    vote which is stored without a side, `reasons_not_kept` those whose reasons, own words or
    "recognised" differ from the stored ones.
    """

    read: int = 0
    created: int = 0
    unchanged: int = 0
    sides_not_kept: int = 0
    reasons_not_kept: int = 0
    errors: list[RowError] = field(default_factory=list)

    @property
    def rejected(self) -> int:
        """Number of rejected rows."""
        return len(self.errors)


@transaction.atomic
def import_votes(
    *,
    run_id: int,
    rows: Iterable[VoteRow | RowError],
    actor: User | None = None,
    source: Vote.Source = Vote.Source.IMPORTED,
) -> VoteImportReport:
    """Store votes that were cast elsewhere; `actor` None is a command.

    If the answers came with their served order, the first `votes_needed` votes of an example count,
    and later ones only for agreement; otherwise the run becomes unordered and every vote counts.
    Votes of the demo (`source`) belong to the reviewers of the same name. Stored votes do not
    change. Rejected rows are reported and do not stop the import. Memory does not grow with the
    number of rows.

    Raises:
        InvalidTransition: the run is not open for votes.
    """
    run = EvaluationRun.objects.select_for_update(of=("self",), no_key=True).get(pk=run_id)
    _check_voting_open(run)
    report = VoteImportReport()
    becomes_unordered = source != Vote.Source.DEMO and not (run.order_from_file or run.is_unordered)
    parameters = {
        "run": run.pk,
        "is_demo": source == Vote.Source.DEMO,
        "takes_all": run.is_unordered or becomes_unordered,
        "has_criteria": run.criteria_count > 0,
        "source": str(source),
        "now": timezone.now(),
    }
    _import_rows(run, rows, parameters, report)
    if not report.created:
        return report
    if becomes_unordered:
        _make_unordered(run)
    voted_on = Vote.objects.filter(run=run, undone_at__isnull=True).order_by()
    recount(run=run, comparison_ids=voted_on.values_list("comparison_id", flat=True).distinct())
    detail = {"created": report.created, "rejected": report.rejected}
    record(run, "import_votes", actor, detail=detail)
    gates.measure_gates(run_id=run.pk)
    return report


def _check_voting_open(run: EvaluationRun) -> None:
    if run.state == RunState.VOTING:
        return
    sentence = (
        f"The run “{run}” is not open for votes. Its state is {run.state}."  # not translated: CLI
    )
    raise InvalidTransition(sentence)


def _import_rows(
    run: EvaluationRun,
    rows: Iterable[VoteRow | RowError],
    parameters: dict[str, Any],
    report: VoteImportReport,
) -> None:
    """Stage and classify the rows, and store the new votes."""
    with connection.cursor() as cursor:
        cursor.execute(vote_import_sql.LOCK, {"run": run.pk})
        _stage(cursor, run, rows, report)
        _classify_rows(cursor, parameters, report)
        if report.created:
            _store(cursor, parameters)
        cursor.execute(vote_import_sql.CLEAR)


def _stage(
    cursor: Any, run: EvaluationRun, rows: Iterable[VoteRow | RowError], report: VoteImportReport
) -> None:
    """Copy the valid rows to the staging table; report the others.

    Two spellings of a name are one rater, under the first spelling.
    """
    names = {name_key(name): name for name in run.raters.values_list("name", flat=True)}
    asked = criteria_of(run)
    cursor.execute(vote_import_sql.CLEAR)
    cursor.execute(vote_import_sql.STAGE)
    with cursor.copy(vote_import_sql.COPY) as copy:
        for found in rows:
            report.read += 1
            row = _with_fitting_criteria(found, asked)
            if isinstance(row, RowError):
                report.errors.append(row)
                continue
            copy.write_row(
                (
                    row.line,
                    row.external_id,
                    names.setdefault(name_key(row.rater), row.rater),
                    row.verdict.value,
                    row.left.value if row.left else None,
                    row.rationale,
                    row.at,
                    json.dumps(row.criteria),
                    json.dumps(row.reasons),
                    row.recognised,
                )
            )
    cursor.execute(vote_import_sql.ANALYZE)


def _with_fitting_criteria(
    row: VoteRow | RowError, asked: Sequence[CriterionTerms]
) -> VoteRow | RowError:
    """Return the row, or why it or its verdicts on criteria do not fit those of the run."""
    if isinstance(row, RowError):
        return row
    known = [criterion.key for criterion in asked]
    if unknown := row.criteria.keys() - set(known):
        shown = {"criterion": min(unknown), "known": known}
        return RowError(row.line, message("results.criterion_unknown", **shown))
    missing = [
        criterion.key
        for criterion in asked
        if criterion.gated and criterion.key not in row.criteria
    ]
    if missing:
        return RowError(row.line, message("results.criterion_missing", criterion=missing[0]))
    return row


def _classify_rows(cursor: Any, parameters: dict[str, Any], report: VoteImportReport) -> None:
    """Classify the staged rows as new, unchanged or rejected, and report them."""
    cursor.execute(vote_import_sql.CLASSIFY, parameters)
    cursor.execute(vote_import_sql.SELECT_REJECTED)
    report.errors += [_rejected_row(*row) for row in cursor.fetchall()]
    report.errors.sort(key=lambda error: error.line)
    cursor.execute(vote_import_sql.COUNTED)
    report.created, report.unchanged, report.sides_not_kept, report.reasons_not_kept = (
        cursor.fetchone()
    )


def _rejected_row(
    line: int, external_id: str, rater: str, verdict: str, left: str | None, outcome: str
) -> RowError:
    reasons = {
        "id_unknown": message("results.id_unknown", id=external_id),
        "example_set_aside": message("results.example_set_aside"),
        "rater_votes_here": message("results.rater_votes_here", rater=rater),
        "rater_removed": message("results.rater_removed", rater=rater),
        "verdict_differs": message("results.vote_differs.verdict", rater=rater, verdict=verdict),
        "criteria_differ": message("results.vote_differs.criteria", rater=rater),
        "left_differs": message("results.vote_differs.left", rater=rater, left=left),
    }
    return RowError(line, reasons[outcome])


def _store(cursor: Any, parameters: dict[str, Any]) -> None:
    """Write the new raters and votes."""
    cursor.execute(vote_import_sql.ADD_RATERS, parameters)
    cursor.execute(vote_import_sql.ADD_VOTES, parameters)
    if parameters["has_criteria"]:
        cursor.execute(vote_import_sql.ADD_CRITERION_VOTES, parameters)


def _make_unordered(run: EvaluationRun) -> None:
    """Mark the locked run as unordered: its votes have no served order.

    Its raters voted on identical answers too, so no rule closes those.
    """
    run.unordered_votes = True
    run.save(update_fields=["unordered_votes"])
    reopen_identical(run)
