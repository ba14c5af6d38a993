"""Give a member the raw conversation that the set needs most."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import F, Q, QuerySet

from datasets.assignments.actions import assign
from datasets.assignments.models import Assignment
from datasets.coverage.cells import Axis, Covered, Labels, covered, missing
from datasets.coverage.counting import groups_of, targets_of
from datasets.coverage.raw import raw_examples
from datasets.curation.lifecycle import State
from datasets.curation.models import GoldenExample, Revision
from datasets.similarity.variety import nearness
from datasets.versions.variety import texts_of
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import Permission, require_permission

CANDIDATES: Final = 60
"""So many raw conversations of a target are compared with what is approved."""
COMPARED: Final = 200
_FIELDS: Final = {
    Axis.INTENT: "intent__name",
    Axis.LANGUAGE: "language",
    Axis.TAG: "tags__contains",
    Axis.POLICY: "policies__contains",
}


@dataclass(frozen=True)
class Next:
    """The example that a member got, and the target for which; None if no target misses any."""

    example: GoldenExample
    covered: Covered | None


@transaction.atomic
def take_next(*, project: Project, actor: User) -> Next:
    """Assign to a member the raw conversation that is least covered, in a language they read.

    Targets with the largest uncovered share come first; within one, the conversation that is
    least like the approved examples. Two members at once get two conversations.

    Raises:
        PermissionDeniedError: the actor is neither annotator nor lead.
        InvalidInput: no raw conversation is left.
    """
    require_permission(actor, project, Permission.CURATE)
    targets, _are_set = targets_of(project)
    short = missing(covered(groups_of(project), targets))
    raw = raw_examples(project, actor)
    for entry in (*(entry for entry in short if entry.counts.raw), None):
        labels = entry.target.labels if entry else Labels()
        for example_id in _ordered(project, raw.filter(_condition(labels)), labels):
            if example := _taken(example_id, actor):
                return Next(example, entry)
    raise InvalidInput(message("coverage.nothing_left"))


def _condition(labels: Labels) -> Q:
    """Return the condition of examples that have the labels."""
    condition = Q()
    for axis, value in labels.given().items():
        is_list = axis in {Axis.TAG, Axis.POLICY}
        condition &= Q(**{_FIELDS[axis]: [value] if is_list else value})
    return condition


def _ordered(project: Project, raw: "QuerySet[GoldenExample]", labels: Labels) -> Iterator[int]:
    """Yield the ids of some raw examples, those least like the approved ones first."""
    chosen = [*raw.order_by("content_hash").values_list("pk", flat=True)[:CANDIDATES]]
    if not chosen:
        return
    revisions = [*Revision.objects.filter(example__in=chosen, number=1)]
    approved = project.examples.filter(_condition(labels), state=State.APPROVED)
    newest = approved.order_by("-pk").values_list("pk", flat=True)[:COMPARED]
    others = Revision.objects.filter(example__in=[*newest], number=F("example__latest_number"))
    near = nearness(texts_of(revisions), texts_of([*others]))
    yield from _nearest_last(revisions, near)


def _nearest_last(revisions: Sequence[Revision], near: Sequence[float]) -> Iterator[int]:
    pairs = zip(near, (revision.example_id for revision in revisions), strict=True)
    yield from (example_id for _near, example_id in sorted(pairs))


def _taken(example_id: int, actor: User) -> GoldenExample | None:
    """Assign an example, unless another member takes it at this moment or has taken it."""
    locked = GoldenExample.objects.select_for_update(skip_locked=True, of=("self",))
    example = locked.filter(pk=example_id, state=State.DRAFT, latest_number=1).first()
    # Read after the lock: the row of the example does not change when it is assigned.
    if example is None or Assignment.objects.filter(example=example_id).exists():
        return None
    assign(example_id=example_id, assignee=actor, actor=actor)
    return example
