"""Labels of examples whose conversation is imported again: found, and filled or replaced."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import F

from datasets.conversations.chat import Content
from datasets.curation.actions import content_of
from datasets.curation.actions.revising_many import Change, revise_all
from datasets.curation.lifecycle import Action, State, next_state
from datasets.curation.models import EditDraft, GoldenExample, Revision
from datasets.curation.permissions import ExampleAccess
from datasets.curation.visibility import require_readable, with_visibility
from datasets.ingest.files.differences import LABELS, changed_labels, labels_of, labels_to_change
from datasets.ingest.files.raw import PreparedRow, TakenRow
from datasets.ingest.models import ImportBatch, ImportDifference, Labels
from datasets.ingest.signals import Relabelled, labels_changed
from reviewapp.core.errors import DomainError
from reviewapp.core.messages import Message, message
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import permissions_of

STORED_LABELS = (
    *("example_id", "example__intent__name", "example__tags", "example__language"),
    *("example__policies", "example__external_id", "example__imported_split"),
)


@dataclass(frozen=True)
class LabelDifference:
    """A row of an existing conversation with other labels, and what is done about them.

    Attributes:
        labels: for each label that differs the example's value and the row's.
        changed: those that are changed.
        reason: why none is changed, though some were to be.
        change: the change of the example; None for none.
    """

    line: int
    example_id: int
    labels: Mapping[str, list[Any]]
    changed: tuple[str, ...] = ()
    reason: Message | None = None
    change: Change | None = None


def find_label_differences(
    project: Project, rows: Iterable[TakenRow], fresh: Iterable[PreparedRow]
) -> list[LabelDifference]:
    """Return the rows of existing conversations with other labels, by line."""
    is_fresh = {id(row) for row in fresh}
    stated = {
        row.content_hash: (row, labels)
        for row in rows
        if id(row) not in is_fresh and (labels := labels_of(row.row, language=row.detected))
    }
    known = Revision.objects.filter(content_hash__in=stated, example__project=project)
    # Labels of a row that matches an erased example are not stored either.
    known = known.filter(example__erased_at=None, example__deleted_at=None)
    examples = known.order_by("example_id").values_list("content_hash", *STORED_LABELS)
    found = []
    for content_hash, example_id, intent, *others in examples:
        row, labels = stated.pop(content_hash, (None, {}))
        stored = dict(zip(LABELS, (intent or "", *others), strict=True))
        if row is not None and (wrong := changed_labels(labels, stored)):
            found.append(LabelDifference(row.line, example_id, wrong))
    return sorted(found, key=lambda difference: difference.line)


def change_labels(
    batch: ImportBatch, found: Sequence[LabelDifference]
) -> Sequence[LabelDifference]:
    """Fill or replace the labels of examples as the import says; return what was done of each.

    As in the editor, each example gets a new revision, and one that was approved is a draft again.
    """
    note = message("ingest.labels_note", name=batch.file_name)
    planned = plan_labels(
        batch.project, found, choice=batch.labels, actor=batch.created_by, note=note
    )
    if changes := [difference.change for difference in planned if difference.change]:
        before = [_relabelled(change) for change in changes]
        revise_all(changes, actor=batch.created_by)
        labels_changed.send(ImportBatch, batch=batch, relabelled=before)
    return planned


def _relabelled(change: Change) -> Relabelled:
    example = change.example
    return Relabelled(
        example_id=example.pk,
        revision_id=change.base.pk,
        state=example.state,
        approved_id=example.approved_revision_id,
        split=example.imported_split,
    )


def plan_labels(
    project: Project,
    found: Sequence[LabelDifference],
    *,
    choice: str,
    actor: User | None,
    note: Message | None = None,
) -> Sequence[LabelDifference]:
    """Return what is to be done about each difference; `note` locks the examples for it.

    Args:
        choice: one of Labels.
        actor: who imports; None is a command.
        note: what the new revisions say; None only looks.
    """
    if choice == Labels.KEEP:
        return found
    fills_only = choice == Labels.FILL
    wanted = [labels_to_change(row.labels, fills_only=fills_only) for row in found]
    ids = {row.example_id for row, names in zip(found, wanted, strict=True) if names}
    examples = _Examples(project, ids, actor, note)
    planned = []
    for row, names in zip(found, wanted, strict=True):
        if names and row.example_id not in ids:
            # A file may have two wordings of one example, each with other labels.
            planned.append(replace(row, reason=message("ingest.labels_twice")))
        else:
            planned.append(examples.planned(row, names) if names else row)
            ids.discard(row.example_id)
    return planned


class _Examples:
    """The examples of a chunk whose labels are to be changed, with their latest revisions."""

    def __init__(
        self, project: Project, ids: Iterable[int], actor: User | None, note: Message | None
    ) -> None:
        ids = list(ids)
        rows = GoldenExample.objects.filter(pk__in=ids).order_by("pk").select_related("intent")
        if note is not None:
            rows = rows.select_for_update(of=("self",))
        shown = rows if actor is None else with_visibility(rows, actor, project)
        self._examples = {example.pk: example for example in shown}
        latest = Revision.objects.filter(example__in=ids, number=F("example__latest_number"))
        self._revisions = {
            revision.example_id: revision for revision in latest.select_related("intent")
        }
        self._actor, self._note = actor, note or message("ingest.labels_note", name="")
        self._permissions = permissions_of(actor, project) if actor else frozenset()
        drafts = EditDraft.objects.filter(example__in=ids, user=actor)
        self._with_draft = set(drafts.values_list("example_id", flat=True)) if actor else set()
        for example in self._examples.values():
            example.project = project

    def planned(self, difference: LabelDifference, names: Sequence[str]) -> LabelDifference:
        """Return the difference with the change of these labels, or with why there is none."""
        example = self._examples.get(difference.example_id)
        if example is None:
            return replace(difference, reason=message("curation.deleted"))
        try:
            self._check(example)
        except DomainError as error:
            reason = error.message
            known = reason if isinstance(reason, Message) else message("ingest.labels_denied")
            return replace(difference, reason=known)
        base = self._revisions[example.pk]
        stored = content_of(base)
        # Another member may have edited it before it was locked: what they chose stays.
        values = {
            name: difference.labels[name][1]
            for name in names
            if getattr(stored, name) == difference.labels[name][0]
        }
        if not values:
            return replace(difference, reason=message("ingest.labels_edited"))
        content: Content = replace(stored, **values)
        change = Change(example, base, content, self._note)
        return replace(difference, changed=tuple(values), change=change)

    def _check(self, example: GoldenExample) -> None:
        if self._actor is None:
            next_state(State(example.state), Action.REVISE)
            return
        require_readable(self._actor, example)
        access = ExampleAccess(
            self._actor,
            example,
            permissions=self._permissions,
            has_draft=example.pk in self._with_draft,
        )
        access.check(Action.REVISE)
        access.check_no_draft()


def store_differences(batch: ImportBatch, differences: Iterable[LabelDifference]) -> None:
    """Store the rows with other labels, and what became of them, for the import's page."""
    ImportDifference.objects.bulk_create(
        ImportDifference(
            batch=batch,
            line=difference.line,
            example_id=difference.example_id,
            labels=difference.labels,
            changed=list(difference.changed),
            reason=difference.reason,
        )
        for difference in differences
    )
