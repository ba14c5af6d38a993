"""New revisions of many examples, with a few statements for all of them.

They leave the same rows as `revise` of each in turn, whose rules the caller has checked.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from datasets.conversations import chat
from datasets.conversations.chat import Content
from datasets.curation.actions.locking import EventPayload, apply_transition, record_events
from datasets.curation.actions.revision_storage import (
    NewRevision,
    add_revisions,
    by_subject,
    denormalise_revisions,
    duplicate_finding,
    findings_by,
    get_or_create_intent,
    inspection_settings_for,
    keep_dismissals,
)
from datasets.curation.actions.revisions import event_detail
from datasets.curation.lifecycle import Action
from datasets.curation.models import EditDraft, Finding, GoldenExample, Revision
from datasets.similarity.signatures import have_same_texts
from reviewapp.core.db.updating import update_rows
from reviewapp.core.messages import Message
from reviewapp.people.models import User


@dataclass(frozen=True)
class Change:
    """A locked example with its new content, and what was changed.

    Attributes:
        base: the revision that the content comes from; findings that were dismissed there stay so.
    """

    example: GoldenExample
    base: Revision
    content: Content
    note: Message


def revise_all(changes: Sequence[Change], *, actor: User | None) -> None:
    """Save a new revision of each example of a project; as with `revise` they are drafts again.

    The actor's drafts of them are deleted. `actor` None is a command.
    """
    columns, findings = add_contents(changes, actor=actor)
    before = {
        change.example.pk: apply_transition(change.example, Action.REVISE) for change in changes
    }
    examples = [change.example for change in changes]
    update_rows(examples, [*columns, "state", "approved_revision"])
    if actor is not None:
        EditDraft.objects.filter(example__in=before, user=actor).delete()
    details = {
        change.example.pk: event_detail(len(found), change.note)
        for change, found in zip(changes, findings, strict=True)
    }
    record_events(
        examples, EventPayload(Action.REVISE), actor=actor, before=before, details=details
    )


def add_contents(
    changes: Sequence[Change], *, actor: User | None
) -> tuple[list[str], list[list[Finding]]]:
    """Store a revision with the new content of each example, and set the example's columns.

    Returns:
        The names of the columns, which the caller stores, and the findings of each revision.
    """
    # Read before the examples get their new numbers.
    same_texts = {change.example.pk for change in changes if _says_the_same(change)}
    # The inspection of duplicates reads the hashes that the examples had before.
    twins = _Twins(changes)
    revisions = _add(changes, actor)
    findings = _inspect(changes, revisions, twins)
    examples = [change.example for change in changes]
    columns = denormalise_revisions(
        zip(examples, revisions, findings, strict=True), keep_signature=same_texts
    )
    return columns, findings


def _says_the_same(change: Change) -> bool:
    """Whether only the labels, tools or the system message of the latest revision change.

    An example without a signature gets one where it is looked for (`duplicates/actions.py`).
    """
    is_latest = change.base.number == change.example.latest_number
    return is_latest and have_same_texts(change.base.messages, change.content.messages)


def _add(changes: Sequence[Change], actor: User | None) -> list[Revision]:
    project = changes[0].example.project
    names = dict.fromkeys(change.content.intent for change in changes)
    return add_revisions(
        [
            NewRevision(
                change.example, change.content, change.example.latest_number + 1, change.note
            )
            for change in changes
        ],
        author=actor,
        intents={name: get_or_create_intent(project, name, actor=actor) for name in names},
    )


def _inspect(
    changes: Sequence[Change], revisions: Sequence[Revision], twins: "_Twins"
) -> list[list[Finding]]:
    """Store the findings of new revisions, and return those of each."""
    dismissed = _dismissed(change.base for change in changes)
    # The rules of the project are read once, not for each example.
    settings = inspection_settings_for(changes[0].example.project)
    found = []
    for change, revision in zip(changes, revisions, strict=True):
        findings = findings_by(settings, revision, change.content)
        twin = twins.replace(change.example, revision.content_hash)
        if twin is not None:
            findings.append(duplicate_finding(twin, revision))
        keep_dismissals(findings, revision, by_subject(dismissed[change.base.pk]))
        found.append(findings)
    Finding.objects.bulk_create(finding for findings in found for finding in findings)
    return found


def _dismissed(revisions: Iterable[Revision]) -> dict[int, list[Finding]]:
    by_revision: dict[int, list[Finding]] = defaultdict(list)
    dismissed = Finding.objects.filter(
        revision__in=[revision.pk for revision in revisions], state=Finding.State.DISMISSED
    )
    for finding in dismissed.select_related("revision", "dismissed_by"):
        by_revision[finding.revision_id].append(finding)
    return by_revision


class _Twins:
    """The examples of a project with the same content, while one after the other is revised."""

    def __init__(self, changes: Sequence[Change]) -> None:
        hashes = [chat.content_hash(change.content) for change in changes]
        project_id = changes[0].example.project_id
        same = GoldenExample.objects.filter(project=project_id, content_hash__in=hashes)
        self._ids: dict[str, set[int]] = defaultdict(set)
        for content_hash, example_id in same.values_list("content_hash", "pk"):
            self._ids[content_hash].add(example_id)

    def replace(self, example: GoldenExample, content_hash: str) -> int | None:
        """Give an example its new content; return the first other one with the same."""
        self._ids[example.content_hash].discard(example.pk)
        others = self._ids[content_hash] - {example.pk}
        self._ids[content_hash].add(example.pk)
        return min(others, default=None)
