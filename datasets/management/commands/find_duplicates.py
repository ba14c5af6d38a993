"""`manage.py find_duplicates PROJECT`: clusters of like examples, or the overlap of a version."""

from argparse import ArgumentParser
from typing import Any

from datasets.duplicates.actions import sign_missing
from datasets.duplicates.pairs import clusters_of
from datasets.similarity.signatures import Kind
from datasets.versions.overlaps import Overlap
from datasets.versions.plans import stored_overlaps
from reviewapp.core.commands import TouchstoneCommand, count_of
from reviewapp.core.errors import InvalidInput
from reviewapp.people.lookup import find_project
from reviewapp.people.models import Project

MAX_SHOWN = 20


class Command(TouchstoneCommand):
    """Lists like examples."""

    help = (
        "List clusters of near-duplicates, or of one question with two answers; with --of-version "
        "the pairs of like examples in the files of a frozen version."
    )
    example = "manage.py find_duplicates aurora --of-version 3 --strict"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the project, the kind and the version."""
        parser.add_argument("project", metavar="PROJECT", help="the project's slug")
        parser.add_argument("--kind", choices=[*map(str, Kind)], default=str(Kind.NEAR))
        parser.add_argument("--of-version", type=int, metavar="NUMBER")
        parser.add_argument(
            "--strict", action="store_true", help="exit with 1 if anything was found"
        )
        super().add_arguments(parser)

    def run(self, options: dict[str, Any]) -> None:
        """Compare what is not compared yet, report, and choose the exit code."""
        project = find_project(options["project"])
        sign_missing(limit=project.examples.count())
        number = options["of_version"]
        found = self._clusters(project, Kind(options["kind"])) if number is None else None
        if found is None:
            found = self._overlap(project, number)
        if found and options["strict"]:
            self.exit_failed("Some examples are much alike.")

    def _clusters(self, project: Project, kind: Kind) -> int:
        clusters = clusters_of(project, kind, None)
        self.emit({"project": project.slug, "kind": kind.value, "clusters": clusters})
        self.print_text(f"{count_of(len(clusters), 'cluster')} of kind {kind.value}")
        for members in clusters[:MAX_SHOWN]:
            self.print_text(f"examples {', '.join(map(str, members))}")
        self._print_rest(len(clusters))
        return len(clusters)

    def _overlap(self, project: Project, number: int) -> int:
        version = project.versions.filter(number=number).first()
        if version is None:
            raise InvalidInput(f"There is no version {number}. Name a version of {project.slug}.")
        report = stored_overlaps(version)
        if report is None:
            raise InvalidInput(
                f"Version {number} was frozen before its examples were compared. Freeze a new one."
            )
        self.emit({"project": project.slug, "version": number, **report.as_json()})
        self.print_text(
            f"version {number}: {count_of(report.tested, 'pair')} with the test file, "
            f"{count_of(report.validated, 'pair')} of training and validation, "
            f"{count_of(report.two_answers, 'pair')} with two answers"
        )
        for pair in report.pairs[:MAX_SHOWN]:
            self.print_text(_line(pair))
        self._print_rest(report.total)
        return report.total

    def _print_rest(self, total: int) -> None:
        if total > MAX_SHOWN:
            self.print_text(f"... and {total - MAX_SHOWN:,} more.")


def _line(pair: Overlap) -> str:
    return (
        f"{pair.kind}: example {pair.example} ({pair.split}) and {pair.other} "
        f"({pair.other_split}), question {pair.question} %, answer {pair.answer} %"
    )
