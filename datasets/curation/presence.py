"""Members who edit an example at present, read from the drafts that editors store as they type.

A draft counts for a short time, so nothing has to be deleted and nothing is recorded.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final

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
    recent = EditDraft.objects.filter(
        example__in=list(examples), updated_at__gte=timezone.now() - LASTS
    )
    drafts = recent.exclude(user=reader).select_related("user").order_by("updated_at")
    names: dict[int, list[str]] = defaultdict(list)
    for draft in drafts:
        names[draft.example_id].append(str(draft.user))
    return {example_id: formats.listed(found) for example_id, found in names.items()}


def with_editors(
    rows: Sequence[GoldenExample], reader: User, permissions: frozenset[Permission]
) -> Sequence[GoldenExample]:
    """Give each example `editing_now`, the names of the others who edit it, or an empty text."""
    names = editors_of((row.pk for row in rows), reader, permissions) if rows else {}
    for row in rows:
        row.editing_now = names.get(row.pk, "")  # type: ignore[attr-defined]
    return rows
