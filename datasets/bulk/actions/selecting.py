"""Select the examples of a bulk action, as they are now."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext

from datasets.bulk.models import BulkAction, BulkItem, BulkKind, Outcome, Stage
from datasets.bulk.permissions import require_kind, require_own
from datasets.curation.filters import ExampleFilter
from datasets.curation.models import GoldenExample
from datasets.curation.visibility import searched
from datasets.ingest.models import ImportBatch
from reviewapp.core.errors import InvalidInput, InvalidTransition
from reviewapp.jobs.models import JobState
from reviewapp.people.models import Project, User

# Kinds whose preview depends on what the user enters after the selection.
WITH_PARAMS = frozenset(
    {
        BulkKind.LABEL,
        BulkKind.ASSIGN,
        BulkKind.SPLIT,
        BulkKind.REPLACE_FINDINGS,
        BulkKind.REPLACE_TEXT,
    }
)

# One statement, so that revision and columns of an example belong together.
_ADD_ITEMS = """
INSERT INTO datasets_bulkitem
    (action_id, example_id, revision_id, was_state, was_approved_id, was_split, outcome)
SELECT %s, e.id, r.id, e.state, e.approved_revision_id, e.imported_split, %s
FROM datasets_goldenexample e
JOIN datasets_revision r ON r.example_id = e.id AND r.number = e.latest_number
WHERE e.id IN ({ids})
ORDER BY e.id
"""


@dataclass(frozen=True)
class Selection:
    """What a user selected: single examples, or all that match a filter.

    Attributes:
        ids: the examples picked one by one; others than the project's are left out.
        example_filter: selects all that match it now; None if `ids` does.
        expected: how many examples the user saw; 0 if they saw no exact number.
    """

    ids: Collection[int] = ()
    example_filter: ExampleFilter | None = None
    expected: int = 0


@transaction.atomic
def select_examples(
    *, project: Project, kind: BulkKind, selection: Selection, actor: User
) -> BulkAction:
    """Store the examples of a new bulk action; nothing else changes.

    Raises:
        PermissionDeniedError: the actor may not do this in the project.
        InvalidInput: no example of the project is selected.
    """
    require_kind(kind, actor, project)
    examples = GoldenExample.objects.filter(project=project)
    if selection.example_filter is None:
        chosen = examples.filter(pk__in=selection.ids)
        query, expected = "", len(set(selection.ids))
    else:
        matching = examples.matching(selection.example_filter, user=actor)
        chosen = searched(matching, selection.example_filter, actor, project)
        query, expected = selection.example_filter.query, selection.expected
    if not chosen.exists():
        raise InvalidInput(gettext("Select at least one example, then choose what to do."))
    action = BulkAction.objects.create(
        project=project, kind=kind, query=query, expected=expected, created_by=actor
    )
    add_items(action, chosen)
    return action


@transaction.atomic
def select_undo(*, action_id: int, actor: User) -> BulkAction:
    """Return a new bulk action that restores what another one changed.

    Raises:
        PermissionDeniedError: the actor neither started the other one nor is a lead.
        InvalidTransition: it has changed nothing, cannot be undone, or its import still runs.
    """
    originals = BulkAction.objects.select_related("project", "created_by", "batch")
    original = originals.get(pk=action_id)
    require_own(original, actor)
    if not original.has_changed or original.kind == BulkKind.UNDO:
        raise InvalidTransition(gettext("This bulk action cannot be undone at present."))
    _check_is_over(original.batch)
    changed = original.items.filter(outcome=Outcome.CHANGED).values("example")
    chosen = GoldenExample.with_deleted.filter(pk__in=changed)
    action = BulkAction(project=original.project, kind=BulkKind.UNDO, undoes=original)
    if not _begin(action, chosen, actor):
        raise InvalidTransition(gettext("This bulk action changed nothing, so nothing is undone."))
    return action


@transaction.atomic
def select_repeat(*, action_id: int, actor: User) -> BulkAction:
    """Return a new bulk action that does to the same examples what an undone one did.

    What was entered is filled in; nothing is checked or changed before the actor goes on.

    Raises:
        PermissionDeniedError: the actor may not do this in the project.
        InvalidTransition: it was not undone, or is an undo or of an import.
        InvalidInput: none of its examples is left.
    """
    original = BulkAction.objects.select_related("project").get(pk=action_id)
    if not original.may_be_repeated():
        raise InvalidTransition(gettext("Only a bulk action that was undone is done again."))
    require_kind(original.kind, actor, original.project)
    chosen = GoldenExample.objects.filter(pk__in=original.items.values("example"))
    action = BulkAction(project=original.project, kind=original.kind, params=original.params)
    if not _begin(action, chosen, actor):
        raise InvalidInput(gettext("None of its examples is left. Select others in the list."))
    return action


@transaction.atomic
def select_import(*, batch_id: int, actor: User) -> BulkAction:
    """Return a new bulk action that takes back an import: all its examples, not checked yet.

    Raises:
        PermissionDeniedError: the actor is neither annotator nor lead.
        InvalidTransition: the import has not ended, or has no examples.
    """
    batch = ImportBatch.objects.select_related("project").get(pk=batch_id)
    require_kind(BulkKind.TAKE_BACK, actor, batch.project)
    _check_is_over(batch)
    chosen = GoldenExample.objects.filter(batch=batch)
    action = BulkAction(project=batch.project, kind=BulkKind.TAKE_BACK, batch=batch)
    if not _begin(action, chosen, actor):
        raise InvalidTransition(gettext("This import has no examples, so nothing is taken back."))
    return action


def _begin(action: BulkAction, chosen: QuerySet[GoldenExample], actor: User) -> bool:
    """Store a new bulk action with its examples; return whether there are any."""
    action.created_by, action.expected = actor, chosen.count()
    if not action.expected:
        return False
    action.save()
    add_items(action, chosen)
    return True


def _check_is_over(batch: ImportBatch | None) -> None:
    if batch is not None and not batch.is_over:
        raise InvalidTransition(
            gettext("The import is still running. Cancel it, or wait until it has ended.")
        )


def add_items(action: BulkAction, examples: "QuerySet[GoldenExample]") -> None:
    """Store the examples of a bulk action, and its first stage."""
    sql, params = examples.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_ADD_ITEMS.format(ids=sql), [action.pk, Outcome.SELECTED.value, *params])
    action.selected = BulkItem.objects.filter(action=action).count()
    action.total = action.selected
    if action.kind in WITH_PARAMS:
        # Nothing to run before the user has entered them.
        action.state = JobState.DONE
    else:
        action.stage = Stage.CHECKING
    action.save(update_fields=["selected", "total", "state", "stage"])
