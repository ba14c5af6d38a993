"""Members who edit an example at present, read from the drafts that editors store as they type.

A draft counts for a short time, so nothing has to be deleted and nothing is recorded.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final

from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject
from django.utils import timezone

from datasets.curation.models import EditDraft, GoldenExample
from reviewapp.core import formats
from reviewapp.people.models import User
from reviewapp.people.permissions import Permission

LASTS: Final = timedelta(minutes=2)
"""How long after the last stored change a member still counts as editing."""


def editors_of(
    examples: Iterable[int], reader: User, permissions: frozenset[Permission]
) -> Mapping[int, str]:
    """Return the names of the others who edit these examples, by the id of the example.

    Only members who could edit themselves see them.
    """
    if Permission.CURATE not in permissions:
        return {}
    drafts = _recent_drafts(reader).filter(example__in=list(examples))
    names: dict[int, list[str]] = defaultdict(list)
    for example_id, name, email in drafts.values_list("example", "user__name", "user__email"):
        names[example_id].append(name or email)
    return {example_id: formats.listed(found) for example_id, found in names.items()}


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


def with_editors(
    rows: Sequence[GoldenExample], reader: User, permissions: frozenset[Permission]
) -> Sequence[GoldenExample]:
    """Give each example `editing_now`, the names of the others who edit it, or an empty text."""
    names = editors_of((row.pk for row in rows), reader, permissions) if rows else {}
    for row in rows:
        row.editing_now = names.get(row.pk, "")  # type: ignore[attr-defined]
    return rows
