"""The examples of a chunk of a bulk action, with the facts that the rules of curation ask for.

The facts are read for the whole chunk, so that a preview of many examples takes few queries.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import F, Max, QuerySet

from datasets.bulk.actions.touched import touched_reasons
from datasets.bulk.dealing import Dealing
from datasets.bulk.models import REVISING, BulkAction, BulkItem, BulkKind, Params
from datasets.curation.actions.findings import replaceable_findings
from datasets.curation.models import (
    EditDraft,
    ExampleEvent,
    Finding,
    GoldenExample,
    Review,
    Revision,
)
from datasets.curation.permissions import ExampleAccess, writer_ids
from datasets.curation.ruled_out import is_ruled_out
from datasets.curation.visibility import require_readable, with_visibility
from reviewapp.core.errors import PermissionDeniedError, StaleRevision
from reviewapp.core.messages import message
from reviewapp.people.models import User
from reviewapp.people.permissions import permissions_of


@dataclass(frozen=True)
class Target:
    """One example of a bulk action.

    Attributes:
        finding_ids: its open findings that the bulk action replaces.
        original: the example's item in the bulk action that this one undoes.
        latest_event: the id of its latest event; None if it was not read.
        touched_reason: of an imported example, the code of what was done to it since; empty if
            nothing was.
        dealing: who gets the examples of the chunk; only assignments use it.
        is_recreated: whether a newer example has the content of this one, which was deleted.
    """

    item: BulkItem
    example: GoldenExample
    access: ExampleAccess
    actor: User
    params: Params
    dealing: Dealing
    finding_ids: Collection[int] = ()
    original: BulkItem | None = None
    latest_event: int | None = None
    touched_reason: str = ""
    is_recreated: bool = False

    @property
    def reason(self) -> str:
        """The reason or comment that the user typed."""
        return str(self.params.get("reason", ""))

    def check_unchanged(self) -> None:
        """Check that the user may read the example, and that it is as when it was selected.

        Raises:
            PermissionDeniedError: its text is hidden from the user at present.
            StaleRevision: it was changed since.
        """
        try:
            require_readable(self.actor, self.example)
        except PermissionDeniedError as error:
            raise PermissionDeniedError(message("bulk.hidden")) from error
        selected = (self.item.number, self.item.was_state)  # type: ignore[attr-defined]
        was_deleted = self.original is None and self.example.deleted_at is not None
        if was_deleted or (self.example.latest_number, self.example.state) != selected:
            raise StaleRevision(message("bulk.changed_meanwhile"))


def targets_of(
    action: BulkAction, items: Sequence[BulkItem], *, is_locking: bool = False
) -> list[Target]:
    """Return the examples of these items by id, their rows locked if `is_locking`."""
    ids = [item.example_id for item in items]
    examples = _examples(action, ids, is_locking=is_locking)
    access = _access(action, examples)
    findings = findings_to_replace(action, items)
    originals = _originals(action, ids)
    events = latest_events(ids) if action.undoes_id else {}
    again = _recreated(action, examples.values()) if action.undoes_id else set()
    touched = touched_reasons(examples.values()) if action.batch_id else {}
    dealing = Dealing(action, ids)
    return [
        Target(
            item,
            examples[item.example_id],
            access[item.example_id],
            action.member,
            action.params,
            dealing,
            finding_ids=[finding.pk for finding in findings[item.revision_id]],
            original=originals.get(item.example_id),
            latest_event=events.get(item.example_id),
            touched_reason=touched.get(item.example_id, ""),
            is_recreated=item.example_id in again,
        )
        for item in items
    ]


def items_to_do(action: BulkAction, outcome: str) -> "QuerySet[BulkItem]":
    """Return the items of a bulk action with this outcome by example, with what its kind needs."""
    items = action.items.filter(outcome=outcome).order_by("example_id")
    items = items.annotate(number=F("revision__number"))
    return _with_content(items, action)


def latest_events(ids: Collection[int]) -> dict[int, int]:
    """Return the id of the latest event of each of these examples."""
    events = ExampleEvent.objects.filter(example__in=ids).order_by().values_list("example_id")
    return dict(events.annotate(Max("pk")))


def _examples(
    action: BulkAction, ids: Collection[int], *, is_locking: bool
) -> dict[int, GoldenExample]:
    examples = GoldenExample.with_deleted.filter(pk__in=ids).select_related("intent").order_by("pk")
    if is_locking:
        examples = examples.select_for_update(of=("self",))
    found = {
        example.pk: example for example in with_visibility(examples, action.member, action.project)
    }
    for example in found.values():
        example.project = action.project
    return found


def _access(action: BulkAction, examples: Mapping[int, GoldenExample]) -> dict[int, ExampleAccess]:
    """Return the actor's permissions on each example, with the facts that they need."""
    actor = action.member
    authors: dict[int, set[int | None]] = defaultdict(set)
    revisions = Revision.objects.filter(example__in=examples)
    rows = revisions.values_list("example_id", "author_id", "contributor_id")
    for example_id, *pair in rows:
        authors[example_id] |= writer_ids([pair])
    own_drafts = EditDraft.objects.filter(example__in=examples, user=actor)
    drafts = set(own_drafts.values_list("example_id", flat=True))
    permissions = permissions_of(actor, action.project)
    account_maker = actor.password_known_to()
    approved = _approved(examples) if action.is_deleting else set()
    found = {}
    for example in examples.values():
        access = ExampleAccess(
            actor,
            example,
            permissions=permissions,
            author_ids=authors[example.pk],
            has_draft=example.pk in drafts,
        )
        access.account_maker = account_maker
        access.was_approved = example.pk in approved
        found[example.pk] = access
    return found


def _approved(examples: Collection[int]) -> set[int]:
    """Return those of these examples of which a revision was ever approved."""
    approvals = Review.objects.filter(decision=Review.Decision.APPROVE)
    approvals = approvals.filter(revision__example__in=examples).order_by()
    return set(approvals.values_list("revision__example", flat=True))


def _recreated(action: BulkAction, examples: Iterable[GoldenExample]) -> set[int]:
    """Return those of these deleted examples whose content was stored again after the deletion."""
    deleted = [example for example in examples if example.deleted_at is not None]
    hashes = [example.content_hash for example in deleted]
    same = GoldenExample.objects.filter(project=action.project_id, content_hash__in=hashes)
    newest = dict(same.order_by().values_list("content_hash").annotate(Max("created_at")))
    return {
        example.pk
        for example in deleted
        if example.deleted_at is not None
        and example.content_hash in newest
        and newest[example.content_hash] > example.deleted_at
    }


def findings_to_replace(action: BulkAction, items: Sequence[BulkItem]) -> dict[int, list[Finding]]:
    """Return the findings that a bulk action replaces, by revision; none of other kinds."""
    found: dict[int, list[Finding]] = defaultdict(list)
    if action.kind == BulkKind.REPLACE_FINDINGS:
        code, choice = action.params["code"], action.params.get("choice", "")
        findings = replaceable_findings(action.project, code, choice).filter(
            revision__in=[item.revision_id for item in items]
        )
        revisions = {item.revision_id: item.revision for item in items}
        for finding in findings:
            finding.revision = revisions[finding.revision_id]
            if not is_ruled_out(finding, action.project):
                found[finding.revision_id].append(finding)
    return found


def _originals(action: BulkAction, ids: Collection[int]) -> dict[int, BulkItem]:
    if action.undoes is None:
        return {}
    items = BulkItem.objects.filter(action=action.undoes_id, example__in=ids)
    items = items.annotate(number=F("revision__number"))
    return {item.example_id: item for item in _with_content(items, action.undoes)}


def _with_content(items: "QuerySet[BulkItem]", action: BulkAction) -> "QuerySet[BulkItem]":
    """Return items with their revisions, if the kind of their bulk action reads text or labels."""
    is_revising = action.kind in REVISING
    return items.select_related("revision__intent") if is_revising else items
