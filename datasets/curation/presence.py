"""Members who have an example open or edit it at present.

Who edits is read from the drafts that editors store as they type, who has it open from the visits
that its page renews. Both count for a short time, and nothing is recorded.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db.models import OuterRef, QuerySet, Value
from django.db.models.functions import JSONObject
from django.utils import timezone

from datasets.curation.models import EditDraft, ExampleVisit, GoldenExample
from reviewapp.core import formats
from reviewapp.people.models import User
from reviewapp.people.permissions import Permission

LASTS: Final = timedelta(minutes=2)
"""How long after the last stored change a member still counts as editing."""
VISIT_LASTS: Final = timedelta(seconds=90)
"""How long a page counts as open after its last request; hidden ones ask once a minute."""


@dataclass(frozen=True)
class Present:
    """The names of the others at an example.

    Attributes:
        editing: who has stored changes in the last minutes.
        opened: who has it open, without those who edit.
    """

    editing: str = ""
    opened: str = ""


NO_OTHERS: Final = Present()


def others_at(
    examples: Collection[int], reader: User, permissions: frozenset[Permission]
) -> dict[int, Present]:
    """Return the others at these examples, by the id of the example; none where there are none.

    Only members who could edit themselves see them.
    """
    if Permission.CURATE not in permissions or not examples:
        return {}
    drafts = _recent_drafts(reader).filter(example__in=examples).order_by()
    visits = ExampleVisit.objects.filter(
        example__in=examples, seen_at__gte=timezone.now() - VISIT_LASTS
    ).exclude(user=reader)
    columns = ("example_id", "user_id", "user__name", "user__email")
    # One query, as each view of the queue asks.
    edits = drafts.values_list(*columns, Value(value=True))
    rows = edits.union(visits.values_list(*columns, Value(value=False)))
    editing: dict[int, dict[int, str]] = defaultdict(dict)
    opened: dict[int, dict[int, str]] = defaultdict(dict)
    for example_id, user_id, name, email, is_editing in rows:
        names = editing if is_editing else opened
        names[example_id][user_id] = str(User(name=name, email=email))
    return {pk: _present(editing[pk], opened[pk]) for pk in {*editing, *opened}}


def _present(editing: Mapping[int, str], opened: Mapping[int, str]) -> Present:
    """Return the names by the ids of those who edit, and of those who have it open."""
    only_opened = (name for user_id, name in opened.items() if user_id not in editing)
    return Present(formats.listed(sorted(editing.values())), formats.listed(sorted(only_opened)))


def recent_editors(reader: User) -> QuerySet[EditDraft, dict[str, str]]:
    """Return who else edits the example of the outer query, for `names_of_editors`."""
    drafts = _recent_drafts(reader).filter(example=OuterRef("pk"))
    return drafts.values_list(JSONObject(name="user__name", email="user__email"), flat=True)


def names_of_editors(people: Iterable[Mapping[str, str]]) -> str:
    """Return the names of those whom `recent_editors` found."""
    return formats.listed([str(User(**person)) for person in people])


def _recent_drafts(reader: User) -> QuerySet[EditDraft]:
    recent = EditDraft.objects.filter(updated_at__gte=timezone.now() - LASTS)
    return recent.exclude(user=reader).order_by("updated_at")


def with_others(
    rows: Sequence[GoldenExample], reader: User, permissions: frozenset[Permission]
) -> Sequence[GoldenExample]:
    """Give each example `present`: who else edits it or has it open."""
    others = others_at([row.pk for row in rows], reader, permissions)
    for row in rows:
        row.present = others.get(row.pk, NO_OTHERS)  # type: ignore[attr-defined]
    return rows
