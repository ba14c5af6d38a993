"""Give examples to members, each change with its event."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from datasets.assignments.changes import Change
from datasets.assignments.models import Assignment
from datasets.assignments.permissions import Assigning, check_due
from datasets.assignments.signals import assigned
from datasets.curation.actions.locking import locked_example
from datasets.curation.assignees import ASSIGN_EVENT
from datasets.curation.models import ExampleEvent, GoldenExample
from datasets.curation.visibility import require_readable
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import Permission, permissions_of


@transaction.atomic
def assign(
    *, example_id: int, assignee: User | None, actor: User, due_on: date | None = None
) -> Assignment | None:
    """Give an example to a member, or with None to nobody; its state stays.

    Raises:
        PermissionDeniedError, InvalidTransition, InvalidInput: as `Assigning.check` does, or the
            example is hidden from the actor.
    """
    example = locked_example(example_id)
    require_readable(actor, example)
    assignee_id = assignee.pk if assignee else None
    current = Assignment.objects.filter(example=example).first()
    Assigning(actor, example.project).check(
        example, current, assignee_id=assignee_id, due_on=due_on
    )
    check_due(due_on, unchanged=current.due_on if current else None)
    change_all([(example, Change(assignee_id, due_on))], actor=actor)
    return Assignment.objects.filter(example=example).first()


def change_all(
    changes: Sequence[tuple[GoldenExample, Change]],
    *,
    actor: User,
    action: str = ASSIGN_EVENT,
    **detail: Any,
) -> None:
    """Store who gets locked examples, as `Assigning.check` allowed, with an event each."""
    ids = [example.pk for example, _change in changes]
    before = {
        row.example_id: Change(row.assignee_id, row.due_on)
        for row in Assignment.objects.filter(example__in=ids)
    }
    _store(changes, actor)
    ExampleEvent.objects.bulk_create(
        ExampleEvent(
            project_id=example.project_id,
            example=example,
            actor=actor,
            action=action,
            before=example.state,
            after=example.state,
            revision_number=example.latest_number,
            detail={
                **detail,
                "from": before.get(example.pk, Change(None)).as_json(),
                "to": change.as_json(),
            },
        )
        for example, change in changes
    )
    if action == ASSIGN_EVENT:
        _report(changes, before, actor)


def _report(
    changes: Sequence[tuple[GoldenExample, Change]], before: Mapping[int, Change], actor: User
) -> None:
    """Send who has got which examples, for those who notify."""
    given: dict[int, list[int]] = defaultdict(list)
    for example, change in changes:
        was = before.get(example.pk, Change(None))
        if change.assignee_id is not None and change.assignee_id != was.assignee_id:
            given[change.assignee_id].append(example.pk)
    if given:
        project = changes[0][0].project
        assigned.send(sender=Assignment, project=project, actor=actor, given=given)


def _store(changes: Sequence[tuple[GoldenExample, Change]], actor: User) -> None:
    now = timezone.now()
    given = [
        Assignment(
            example_id=example.pk,
            assignee_id=change.assignee_id,
            due_on=change.due_on,
            assigned_by=actor,
            assigned_at=now,
        )
        for example, change in changes
        if change.assignee_id is not None
    ]
    taken = {example.pk for example, change in changes if change.assignee_id is None}
    Assignment.objects.filter(example__in=taken).delete()
    Assignment.objects.bulk_create(
        given,
        update_conflicts=True,
        unique_fields=["example"],
        update_fields=["assignee", "due_on", "assigned_by", "assigned_at"],
    )


def unassign_former_editor(project: Project, user: User, actor: User) -> None:
    """Take all examples of a project from a member, unless they may still edit them."""
    if Permission.CURATE in permissions_of(user, project):
        return
    examples = GoldenExample.with_deleted.filter(project=project, assignment__assignee=user)
    locked = examples.select_for_update(of=("self",)).order_by("pk")
    change_all([(example, Change(None)) for example in locked], actor=actor, left=True)
