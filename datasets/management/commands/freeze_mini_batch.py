"""`manage.py freeze_mini_batch PROJECT VERSION`: what changed since a version, with a replay."""

from argparse import ArgumentParser
from typing import Any

from datasets.versions.mini_batches.actions import freeze_mini_batch
from datasets.versions.mini_batches.plans import DEFAULT_PERCENT, MiniBatch, plan_mini_batch
from datasets.versions.models import DatasetVersion
from reviewapp.core.commands import EXIT_USAGE, TouchstoneCommand, count_of
from reviewapp.core.errors import InvalidInput
from reviewapp.people.lookup import find_project
from reviewapp.people.models import Project, User


class Command(TouchstoneCommand):
    """Counts what a mini-batch would hold, then freezes it as the next version."""

    help = "Freeze what changed since a version, with a replay of a share of the rest."
    example = (
        "manage.py freeze_mini_batch aurora 3 --replay 20 --by ada@aurora.example "
        '--changelog "New answers."'
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the project, the version, the share and who freezes."""
        parser.add_argument("project", metavar="PROJECT", help="the project's slug")
        parser.add_argument("version", metavar="VERSION", type=int, help="a number such as 3")
        parser.add_argument(
            "--replay",
            metavar="PERCENT",
            type=int,
            default=DEFAULT_PERCENT,
            help="of the unchanged training examples (default %(default)s)",
        )
        parser.add_argument(
            "--seed", metavar="N", type=int, default=0, help="of the replay (default %(default)s)"
        )
        parser.add_argument("--by", metavar="EMAIL", help="the lead who freezes it")
        parser.add_argument("--changelog", metavar="TEXT", default="", help="what changed")
        parser.add_argument("--dry-run", action="store_true", help="count, and freeze nothing")
        super().add_arguments(parser)

    def run(self, options: dict[str, Any]) -> None:
        """Count, then freeze."""
        project = find_project(options["project"])
        parent = _find_version(project, options["version"])
        chosen = {"percent": options["replay"], "seed": options["seed"]}
        batch = plan_mini_batch(parent, **chosen)
        if options["dry_run"]:
            self._report(parent, batch, None)
            return
        if not options["by"]:
            self.fail("Name the lead who freezes it: --by EMAIL.", code=EXIT_USAGE)
        version = freeze_mini_batch(
            parent=parent,
            changelog=options["changelog"],
            actor=_find_user(options["by"]),
            seen=batch.plan.fingerprint,
            **chosen,
        )
        self._report(parent, batch, version)

    def _report(
        self, parent: DatasetVersion, batch: MiniBatch, version: DatasetVersion | None
    ) -> None:
        counts = batch.provenance()
        self.emit(
            {
                "project": parent.project.slug,
                "number": version.number if version else None,
                "parent": parent.number,
                "percent": batch.percent,
                "seed": batch.seed,
                **counts,
                "digest": version.digest if version else None,
            }
        )
        what = "Nothing was frozen" if version is None else f"Version {version.number} is frozen"
        self.print_text(
            f"{what}: {count_of(counts['changed'], 'changed example')} since version "
            f"{parent.number}, {counts['replayed']:,} of {counts['unchanged']:,} unchanged ones "
            f"replayed, {counts['held_out']:,} held out."
        )


def _find_version(project: Project, number: int) -> DatasetVersion:
    found = project.versions.filter(number=number).first()
    if found is None:
        numbers = ", ".join(map(str, project.versions.values_list("number", flat=True)[:10]))
        there_is = f"The latest are: {numbers}." if numbers else "Freeze one on its page."
        raise InvalidInput(f"{project.name} has no version {number}. {there_is}")
    return found


def _find_user(email: str) -> User:
    found = User.objects.filter(email__iexact=email, is_active=True).first()
    if found is None:
        raise InvalidInput(f"Nobody with the address {email} can sign in. Check it.")
    return found
