"""manage.py import_votes FILE --run NAME: votes cast elsewhere, kept with their raters."""

import time
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from datasets.errors import InvalidInput
from datasets.management.base import TouchstoneCommand
from evaluation.actions import studies
from evaluation.management.files import readable_size
from evaluation.management.lookup import find_run
from evaluation.rows import RowError
from evaluation.stats.words import count_of
from evaluation.vote_rows import VoteRow, read_votes

SHOWN_ERRORS = 20


class Command(TouchstoneCommand):
    """Imports a file of votes, one JSON object a line."""

    help = "Import votes that were cast elsewhere. Their raters are kept by name."
    example = "manage.py import_votes study.votes.jsonl --run study --project aurora"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file and the run, by its name."""
        parser.add_argument("file", type=Path, help="JSON lines: id, rater, verdict, ...")
        parser.add_argument("--run", required=True, metavar="NAME", help="the run's name")
        parser.add_argument("--project", metavar="SLUG", help="where several have such a run")
        parser.add_argument("--strict", action="store_true", help="exit 1 if a row was rejected")
        super().add_arguments(parser)

    def run(self, options: dict[str, Any]) -> None:
        """Import the file and report."""
        began = time.monotonic()
        run = find_run(options["run"], options["project"])
        rows = _readable(options["file"])
        with self.progress(total=len(rows), unit="votes") as bar:
            report = studies.import_votes(run_id=run.pk, rows=_ticking(rows, bar))
        votes = run.votes.filter(undone_at__isnull=True).count()
        self.emit(
            {
                "read": report.read,
                "created": report.created,
                "unchanged": report.unchanged,
                "rejected": report.rejected,
                "sides_not_kept": report.sides_not_kept,
                "errors": [error.as_json() for error in report.errors],
                "run": run.name,
                "votes": votes,
                "seconds": round(time.monotonic() - began, 3),
            }
        )
        self.say(
            f"{count_of(report.read, 'vote')} read: {report.created} created, "
            f"{report.unchanged} unchanged, {report.rejected} rejected. "
            f"The run “{run}” has {count_of(votes, 'vote')}."
        )
        if report.sides_not_kept:
            self.say(
                "Stored already without what stood on the left, and a stored vote is not changed: "
                f"{count_of(report.sides_not_kept, 'vote')}. To have the sides, import answers and "
                "votes under another name of the run."
            )
        for error in report.errors[:SHOWN_ERRORS]:
            self.say(f"line {error.line}: {error.message}")
        if report.rejected > SHOWN_ERRORS:
            self.say(f"and {report.rejected - SHOWN_ERRORS} more; --json lists all of them.")
        if options["strict"] and report.rejected:
            raise SystemExit(1)


def _readable(file: Path) -> list[VoteRow | RowError]:
    """Read the whole file. Raises InvalidInput with a sentence if nothing in it is a row."""
    readable_size(file, what="vote")
    content = file.read_bytes()
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{file} is not UTF-8. Save it as UTF-8 and try again.") from error
    rows = list(read_votes(content.split(b"\n")))
    if not rows:
        raise InvalidInput(f"{file} is empty. Write one vote a line.")
    if all(isinstance(row, RowError) and row.code == "not_json" for row in rows):
        raise InvalidInput(f"{file} is not JSON lines. Write one JSON object a line.")
    return rows


def _ticking(rows: list[VoteRow | RowError], bar: Any) -> Iterator[VoteRow | RowError]:
    for row in rows:
        yield row
        bar.update()
