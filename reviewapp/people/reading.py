"""The languages that members read."""

from collections.abc import Sequence

from reviewapp.people.models import ReadingLanguages


def languages_read(project_id: int, user_ids: Sequence[int]) -> dict[int, list[str]]:
    """Return the languages of those of these users who read only some, by user id."""
    stored = ReadingLanguages.objects.filter(project=project_id, user__in=user_ids)
    return dict(stored.exclude(languages=[]).values_list("user_id", "languages"))
