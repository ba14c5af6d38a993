"""manage.py export_run RUN --out FILE: a run with its answers and votes as one ZIP file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from evaluation.management.lookup import find_run
from evaluation.results.actions.export import export_run
from reviewapp.core.commands import TouchstoneCommand


class Command(TouchstoneCommand):
    """Writes what the run's page offers to download, without a partial file after an error."""

    help = "Export a run with its answers, votes and figures as one ZIP file."
    example = "manage.py export_run first-look --out first-look.zip"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the run and the file."""
        parser.add_argument("name", metavar="RUN", help="the run's name")
        parser.add_argument("--project", metavar="SLUG", help="where several have such a run")
        parser.add_argument("--out", metavar="FILE", required=True, help="the ZIP file to write")
        parser.add_argument(
            "--parquet",
            action="store_true",
            help="fail if Parquet files cannot be written (make setup-parquet)",
        )
        super().add_arguments(parser)

    def run(self, options: dict[str, Any]) -> None:
        """Write the file beside its place, then move it there."""
        found = find_run(options["name"], options["project"])
        out = Path(options["out"])
        partial = out.with_name(f"{out.name}.part")
        try:
            with partial.open("wb") as file:
                export_run(run=found, file=file, actor=None, needs_parquet=options["parquet"])
            partial.replace(out)
        except OSError as error:
            self.fail(f"{out} cannot be written: {error.strerror}.")
        finally:
            partial.unlink(missing_ok=True)
        self.emit({"run": found.name, "file": str(out), "bytes": out.stat().st_size})
        self.print_text(f"{found.name} is written to {out}.")
