"""`take_back_import`: delete the untouched examples of an import, or restore labels it changed."""

from argparse import ArgumentParser
from typing import Any

from datasets.bulk import actions as bulk
from datasets.bulk.models import BulkAction
from datasets.bulk.summary import summary_of
from datasets.bulk.taken_back import label_changes_of
from datasets.ingest.models import ImportBatch
from reviewapp.core.commands import TouchstoneCommand, count_of
from reviewapp.core.errors import InvalidInput
from reviewapp.people.actions import members as people
from reviewapp.people.lookup import find_project
from reviewapp.people.models import User


class Command(TouchstoneCommand):
    """Take an import back."""

    help = (
        "Delete the examples of an import that nobody has edited, submitted, approved or changed "
        "otherwise since. The bulk action can be undone on its page. With --labels, restore "
        "instead the labels of existing examples that the import changed."
    )
    example = "manage.py take_back_import 12 --project aurora --by ada@example.com --dry-run"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options of the command."""
        parser.add_argument("number", type=int, help="the last part of its address")
        parser.add_argument("--project", required=True, metavar="SLUG", help="where it went")
        parser.add_argument("--by", required=True, metavar="EMAIL", help="who takes it back")
        parser.add_argument("--labels", action="store_true", help="restore the labels it changed")
        parser.add_argument("--reason", default="", help="for the audit trail")
        parser.add_argument("--dry-run", action="store_true", help="look only; change nothing")
        super().add_arguments(parser)

    def run(self, options: dict[str, Any]) -> None:
        """Check the examples, delete those that can be, and report."""
        project, actor = find_project(options["project"]), people.find_person(options["by"])
        batch = ImportBatch.objects.filter(pk=options["number"], project=project).first()
        if batch is None:
            raise InvalidInput(f"There is no import {options['number']} in this project.")
        action = _selected(batch, actor, of_labels=options["labels"])
        bulk.run_bulk_action(action.pk)
        if options["dry_run"]:
            self._report(action, is_dry_run=True)
            action.delete()
            return
        if summary_of(action).ready:
            bulk.confirm(action_id=action.pk, actor=actor, reason=options["reason"])
            bulk.run_bulk_action(action.pk)
        self._report(action)

    def _report(self, action: BulkAction, *, is_dry_run: bool = False) -> None:
        found = summary_of(action)
        done, of_labels = found.ready if is_dry_run else found.changed, bool(action.undoes_id)
        self.emit(
            {
                "restored" if of_labels else "deleted": done,
                "stay": found.rejected,
                "reasons": {group.code: group.count for group in found.groups},
                "dry_run": is_dry_run,
                "bulk_action": None if is_dry_run else action.pk,
            }
        )
        verb = "restore" if of_labels else "delete"
        done_verb = f"Would {verb}" if is_dry_run else f"{verb.capitalize()}d"
        self.print_text(f"{done_verb} {count_of(done, 'example')}; {found.rejected:,} stay.")
        for group in found.groups:
            self.print_text(f"{group.count:,}: {group.text}")


def _selected(batch: ImportBatch, actor: User, *, of_labels: bool) -> BulkAction:
    if not of_labels:
        return bulk.select_import(batch_id=batch.pk, actor=actor)
    recorded = label_changes_of(batch)
    if recorded is None:
        raise InvalidInput("This import changed no labels. Leave out --labels.")
    return bulk.select_undo(action_id=recorded, actor=actor)
