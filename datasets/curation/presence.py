"""Members who have an example open or edit it at present.

Who edits is read from the drafts that editors store as they type, who has it open from the visits
that its page renews. Both count for a short time, and nothing is recorded.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db.models import OuterRef, QuerySet
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
    drafts = _recent_drafts(reader).filter(example__in=examples).select_related("user")
    visits = ExampleVisit.objects.filter(
        example__in=examples, seen_at__gte=timezone.now() - VISIT_LASTS
    )
    visits = visits.exclude(user=reader).select_related("user").order_by("seen_at")
    editing, opened = _names(drafts), _names(visits)
    return {
        pk: Present(
            formats.listed([*editing[pk].values()]),
            formats.listed([name for user, name in opened[pk].items() if user not in editing[pk]]),
        )
        for pk in {*editing, *opened}
    }


def _names(rows: Iterable[EditDraft | ExampleVisit]) -> dict[int, dict[int, str]]:
    """Return the names of users by their ids, by the id of the example."""
    names: dict[int, dict[int, str]] = defaultdict(dict)
    for row in rows:
        names[row.example_id][row.user_id] = str(row.user)
    return names


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
