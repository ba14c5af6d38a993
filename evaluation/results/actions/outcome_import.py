"""Import outcomes of adjudications that were decided elsewhere, with the names of the leads."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction

from datasets.conversations.errors import RowError
from evaluation.adjudication.models import IMPORT_OUTCOMES, Adjudication
from evaluation.results.outcome_rows import OutcomeRow
from evaluation.runs.actions.run_setup import record
from evaluation.runs.models import Comparison, EvaluationRun
from evaluation.voting.blinding import choice_of
from reviewapp.core.messages import message


@dataclass
class OutcomeImportReport:
    """The outcome of an import: read = created + unchanged + rejected."""

    read: int = 0
    created: int = 0
    unchanged: int = 0
    errors: list[RowError] = field(default_factory=list)

    @property
    def rejected(self) -> int:
        """Number of rejected rows."""
        return len(self.errors)


@transaction.atomic
def import_outcomes(*, run_id: int, rows: Iterable[OutcomeRow | RowError]) -> OutcomeImportReport:
    """Store the outcomes beside the votes, in file order; the last of a comparison is current.

    What a lead decided here stays the outcome of its comparison: rows about it are rejected.
    """
    run = EvaluationRun.objects.select_for_update(of=("self",), no_key=True).get(pk=run_id)
    comparisons = {c.external_id: c for c in run.comparisons.defer("prompt") if c.external_id}
    stored = list(Adjudication.objects.filter(comparison__run=run))
    decided_here = {outcome.comparison_id for outcome in stored if outcome.actor_id}
    known = {_identity(outcome) for outcome in stored}
    report, created = OutcomeImportReport(), []
    for row in rows:
        report.read += 1
        if isinstance(row, RowError):
            report.errors.append(row)
            continue
        comparison = comparisons.get(row.external_id)
        if rejected := _rejection(row, comparison, decided_here):
            report.errors.append(rejected)
            continue
        outcome = _adjudication(row, comparison)
        if _identity(outcome) in known:
            report.unchanged += 1
            continue
        known.add(_identity(outcome))
        created.append(outcome)
    if created:
        Adjudication.objects.bulk_create(created)
        report.created = len(created)
        detail = {"created": report.created, "rejected": report.rejected}
        record(run, IMPORT_OUTCOMES, None, detail=detail)
    return report


def _rejection(
    row: OutcomeRow, comparison: Comparison | None, decided_here: set[int]
) -> RowError | None:
    if comparison is None:
        return RowError(row.line, message("results.id_unknown", id=row.external_id))
    if comparison.state not in {Comparison.State.OPEN, Comparison.State.CLOSED}:
        return RowError(row.line, message("results.example_set_aside"))
    if comparison.pk in decided_here:
        return RowError(row.line, message("results.decided_here"))
    return None


def _adjudication(row: OutcomeRow, comparison: Comparison | None) -> Adjudication:
    return Adjudication(
        comparison=comparison,
        decided_elsewhere_by=row.adjudicator,
        left=row.left,
        choice=choice_of(row.verdict, left=row.left),
        verdict=row.verdict,
        note=row.note,
        at=row.at,
    )


def _identity(outcome: Adjudication) -> tuple[object, ...]:
    """Return what tells an outcome from the others; an erasure of its note does not change it."""
    return (
        outcome.comparison_id,
        outcome.decided_elsewhere_by,
        str(outcome.verdict),
        str(outcome.left),
        outcome.at,
    )
