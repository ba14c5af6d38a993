"""Export a run with its answers and votes. An event records who took it."""

from typing import IO

from django.db import transaction

from evaluation.results.archive import write_archive
from evaluation.results.parquet import has_parquet, require_parquet
from evaluation.results.reports import build_report
from evaluation.runs.actions.run_setup import record
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import EvaluationRun
from evaluation.runs.permissions import answers_denied_reason, figures_denied_reason
from reviewapp.core.errors import InvalidTransition, PermissionDeniedError
from reviewapp.core.messages import message
from reviewapp.people.models import User
from reviewapp.people.permissions import require_lead


@transaction.atomic
def export_run(
    *, run: EvaluationRun, file: IO[bytes], actor: User | None, needs_parquet: bool = False
) -> None:
    """Write a run that is or was open for votes as a ZIP file; `actor` None is a command.

    Votes and examples are Parquet files too where that can be written.

    Raises:
        PermissionDeniedError: the actor is not a lead, votes in the run, or votes in an open run
            of one of its models.
        InvalidTransition: the run has not been opened, or Parquet files are needed and cannot be
            written here.
    """
    require_lead(actor, run.project)
    if actor is not None:
        denied = figures_denied_reason(actor, run) or answers_denied_reason(actor, run)
        if denied:
            raise PermissionDeniedError(denied)
    if run.state not in {RunState.VOTING, RunState.CLOSED}:
        raise InvalidTransition(message("results.export_not_opened"))
    if needs_parquet:
        require_parquet()
    report = build_report(run)
    write_archive(file, report, with_parquet=has_parquet())
    record(run, "export_run", actor, detail={"votes": report.votes})
