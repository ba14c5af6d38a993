"""manage.py import_votes FILE --run NAME: imports votes cast elsewhere, with their raters."""

import time
from argparse import ArgumentParser
from codecs import getincrementaldecoder
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from datasets.conversations.errors import RowError
from datasets.conversations.texts import error_columns
from evaluation.management.files import readable_size
from evaluation.management.lookup import find_run
from evaluation.results.actions import vote_import
from evaluation.results.actions.outcome_import import OutcomeImportReport, import_outcomes
from evaluation.results.outcome_rows import read_outcomes
from evaluation.results.vote_rows import VoteRow, read_votes
from evaluation.runs.models import EvaluationRun
from reviewapp.core.commands import TouchstoneCommand, count_of
from reviewapp.core.errors import InvalidInput
from reviewapp.core.texts import render_english

SHOWN_ERRORS = 20


class Command(TouchstoneCommand):
    """Imports a file of votes, one JSON object a line."""

    help = (
        "Import votes that were cast elsewhere, and what leads decided beside them. Their raters "
        "are kept by name."
    )
    example = "manage.py import_votes votes.jsonl --run first-look --project aurora"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the file and the run, by its name."""
        parser.add_argument("file", type=Path, help="JSON lines: id, rater, verdict, ...")
        parser.add_argument("--run", required=True, metavar="NAME", help="the run's name")
        parser.add_argument("--project", metavar="SLUG", help="where several have such a run")
        parser.add_argument(
            "--adjudications",
            type=Path,
            metavar="FILE",
            help="adjudications.jsonl of an exported run: outcomes to store beside the votes",
        )
        parser.add_argument("--strict", action="store_true", help="exit 1 if a row was rejected")
        super().add_arguments(parser)

    def run(self, options: dict[str, Any]) -> None:
        """Import the file and report."""
        began = time.monotonic()
        run = find_run(options["run"], options["project"])
        rows, outcome_file = _rows_in(options["file"]), options["adjudications"]
        if outcome_file:
            readable_size(outcome_file, what="outcome", may_be_empty=True)
        with self.progress(total=rows, unit="votes") as bar:
            report = vote_import.import_votes(run_id=run.pk, rows=_read(options["file"], bar))
        outcomes = _import_outcomes(run, outcome_file) if outcome_file else None
        votes = run.votes.filter(undone_at__isnull=True).count()
        self.emit(
            {
                **_counts(report),
                "sides_not_kept": report.sides_not_kept,
                "reasons_not_kept": report.reasons_not_kept,
                "run": run.name,
                "votes": votes,
                "seconds": round(time.monotonic() - began, 3),
                **({"adjudications": _counts(outcomes)} if outcomes else {}),
            }
        )
        self.print_text(
            f"{count_of(report.read, 'vote')} read: {report.created} created, "
            f"{report.unchanged} unchanged, {report.rejected} rejected. "
            f"The run “{run}” has {count_of(votes, 'vote')}."
        )
        self._print_what_was_left_out(report)
        if outcomes:
            self._print_outcomes(outcomes)
        if options["strict"] and (report.rejected or (outcomes and outcomes.rejected)):
            raise SystemExit(1)

    def _print_what_was_left_out(self, report: vote_import.VoteImportReport) -> None:
        if report.sides_not_kept:
            self.print_text(
                "Stored already without what stood on the left, and a stored vote is not changed: "
                f"{count_of(report.sides_not_kept, 'vote')}. To have the sides, import answers and "
                "votes under another name of the run."
            )
        if report.reasons_not_kept:
            self.print_text(
                "Stored already with other reasons or none, and a stored vote is not changed: "
                f"{count_of(report.reasons_not_kept, 'vote')}. To have the reasons, import answers "
                "and votes under another name of the run."
            )
        self._print_errors(report)

    def _print_outcomes(self, report: OutcomeImportReport) -> None:
        self.print_text(
            f"{count_of(report.read, 'outcome')} of adjudications read: {report.created} created, "
            f"{report.unchanged} unchanged, {report.rejected} rejected. No figure counts them."
        )
        self._print_errors(report)

    def _print_errors(self, report: vote_import.VoteImportReport | OutcomeImportReport) -> None:
        for error in report.errors[:SHOWN_ERRORS]:
            self.print_text(f"line {error.line}: {render_english(error.message)}")
        if report.rejected > SHOWN_ERRORS:
            self.print_text(f"and {report.rejected - SHOWN_ERRORS} more; --json lists all of them.")


def _counts(report: vote_import.VoteImportReport | OutcomeImportReport) -> dict[str, Any]:
    return {
        "read": report.read,
        "created": report.created,
        "unchanged": report.unchanged,
        "rejected": report.rejected,
        "errors": [error_columns(error.line, error.message) for error in report.errors],
    }


def _import_outcomes(run: EvaluationRun, file: Path) -> OutcomeImportReport:
    with file.open("rb") as stream:
        return import_outcomes(run_id=run.pk, rows=read_outcomes(stream))


def _rows_in(file: Path) -> int:
    """Return the number of lines that are not blank, without keeping the file in memory.

    Raises:
        InvalidInput: it cannot be read, or is not UTF-8.
    """
    readable_size(file, what="vote")
    decoder, rows = getincrementaldecoder("utf-8")(), 0
    try:
        with file.open("rb") as stream:
            for line in stream:
                decoder.decode(line)
                rows += bool(line.strip())
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{file} is not UTF-8. Save it as UTF-8 and try again.") from error
    return rows


def _read(file: Path, bar: Any) -> Iterator[VoteRow | RowError]:
    """Yield the rows of the file one by one.

    Raises:
        InvalidInput: at its end, if it had no rows.
    """
    read, broken = 0, 0
    with file.open("rb") as stream:
        for row in read_votes(stream):
            read += 1
            broken += isinstance(row, RowError) and row.code == "not_json"
            yield row
            bar.update()
    if not read:
        raise InvalidInput(f"{file} is empty. Write one vote a line.")
    if read == broken:
        raise InvalidInput(f"{file} is not JSON lines. Write one JSON object a line.")
