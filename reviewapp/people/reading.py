"""The languages that members read."""

from collections.abc import Sequence
from typing import Final

from reviewapp.core.db.compiled import CompiledQuery
from reviewapp.people.models import ReadingLanguages


def languages_read(project_id: int, user_ids: Sequence[int]) -> dict[int, list[str]]:
    """Return the languages of those of these users who read only some, by user id."""
    return {
        user: codes for user, codes in _STORED.rows(project=project_id, users=user_ids) if codes
    }


_STORED: Final = CompiledQuery(
    lambda project, users: ReadingLanguages.objects.filter(
        project=project, user__in=[users]
    ).values_list("user_id", "languages"),
    "project",
    "users",
)
