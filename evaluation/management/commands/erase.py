"""`manage.py erase example 12 --reason WHY`: what the pages of a lead do, as the system."""

from argparse import ArgumentParser
from typing import Any

from datasets.curation.models import GoldenExample
from datasets.erasure.actions import erase_example, erase_rejects
from datasets.ingest.models import ImportBatch
from evaluation.erasure.actions import erase_comparison, erase_gold_check
from evaluation.erasure.parts import Part
from evaluation.runs.models import Comparison, GoldCheck
from reviewapp.core.commands import TouchstoneCommand
from reviewapp.core.errors import InvalidInput


class Command(TouchstoneCommand):
    """Erases an example, the rejected rows of an import, a comparison or a gold check."""

    help = "Erase a person's text for good: an example, rejects, a comparison, a gold check."
    example = "manage.py erase example 12 --reason 'request of the customer, ticket 118' --yes"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what is erased, and why."""
        parser.add_argument("kind", choices=["example", "import", "comparison", "gold-check"])
        parser.add_argument(
            "number",
            metavar="NUMBER",
            help="that of its address; of a comparison RUN/POSITION",
        )
        parser.add_argument("--reason", required=True, help="for the audit trail, without the text")
        parser.add_argument(
            "--part",
            action="append",
            choices=Part.values,
            help="of a comparison; more than once for several, all but rationales if left out",
        )
        parser.add_argument("--yes", action="store_true", help="it cannot be brought back")
        super().add_arguments(parser)

    def run(self, options: dict[str, Any]) -> None:
        """Erase it, and print what was erased."""
        kind, number, reason = options["kind"], options["number"], options["reason"]
        if not options["yes"]:
            raise InvalidInput("Nothing was erased. Add --yes: it cannot be brought back.")
        if kind == "example":
            erase_example(example_id=_id(GoldenExample, number), reason=reason, actor=None)
        elif kind == "import":
            erase_rejects(batch_id=_id(ImportBatch, number), reason=reason, actor=None)
        elif kind == "gold-check":
            erase_gold_check(gold_check_id=_id(GoldCheck, number), reason=reason, actor=None)
        else:
            parts = options["part"] or [part for part in Part if part != Part.RATIONALES]
            erase_comparison(
                comparison_id=_comparison_id(number), parts=parts, reason=reason, actor=None
            )
        self.emit({"erased": kind, "number": number})
        self.print_text(f"Erased {kind} {number}. Backups and exported files keep their copies.")


def _id(model: Any, number: str) -> int:
    if number.isascii() and number.isdecimal() and len(number) < 19:  # noqa: PLR2004 64 bits
        found = model._base_manager.filter(pk=int(number)).values_list("pk", flat=True).first()
        if found is not None:
            return int(found)
    raise InvalidInput(f"There is no {model._meta.verbose_name} {number}. Look at its address.")


def _comparison_id(number: str) -> int:
    run, _, position = number.partition("/")
    if all(part.isascii() and part.isdecimal() and len(part) < 10 for part in (run, position)):  # noqa: PLR2004
        found = Comparison.objects.filter(run=int(run), position=int(position)).first()
        if found is not None:
            return found.pk
    raise InvalidInput(f"There is no comparison {number}. Write RUN/POSITION, such as 3/17.")
