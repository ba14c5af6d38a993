"""manage.py export_preferences PROJECT NUMBER --out FILE: a frozen set of pairs as JSON lines."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from evaluation.preferences.actions.freezing import export_preferences
from evaluation.preferences.formats import PairFormat
from evaluation.preferences.models import PreferenceSet
from reviewapp.core.commands import TouchstoneCommand
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message


class Command(TouchstoneCommand):
    """Writes what the page of the set offers to download, without a partial file after an error."""

    help = "Export a frozen set of preferences as JSON lines."
    example = "manage.py export_preferences aurora 1 --out pairs.jsonl --format chosen"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the set, the file and its format."""
        parser.add_argument("project", metavar="PROJECT", help="the project's slug")
        parser.add_argument("number", metavar="NUMBER", type=int, help="the number of the set")
        parser.add_argument("--out", metavar="FILE", required=True, help="the file to write")
        parser.add_argument(
            "--format",
            choices=[layout.value for layout in PairFormat],
            default=PairFormat.OPENAI.value,
            help="openai: OpenAI's DPO; chosen: prompt, chosen, rejected",
        )
        super().add_arguments(parser)

    def run(self, options: dict[str, Any]) -> None:
        """Write the file beside its place, then move it there."""
        sets = PreferenceSet.objects.select_related("project")
        found = sets.filter(project__slug=options["project"], number=options["number"]).first()
        if found is None:
            raise InvalidInput(message("preferences.unknown_set", number=options["number"]))
        out = Path(options["out"])
        partial = out.with_name(f"{out.name}.part")
        try:
            with partial.open("wb+") as content:
                lines = export_preferences(
                    found=found,
                    content=content,
                    layout=PairFormat(options["format"]),
                    actor=None,
                )
            partial.replace(out)
        except OSError as error:
            self.fail(f"{out} cannot be written: {error.strerror}.")
        finally:
            partial.unlink(missing_ok=True)
        self.emit({"set": found.number, "file": str(out), "pairs": lines, "digest": found.digest})
        self.print_text(f"{lines} pairs of set {found.number} are written to {out}.")
