"""The threads of a project with a suggested edit, as the API lists them."""

from django.db.models import F

from datasets.comments.models import Suggestion, Thread
from datasets.comments.threads import ShownThread, shown_threads
from datasets.curation.models import Revision
from datasets.curation.visibility import hidden_from
from reviewapp.core.paging import newest_first
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import permissions_of


def threads_with_suggestions(
    user: User, project: Project, *, state: str = "", before: int | None = None
) -> tuple[list[ShownThread], int | None]:
    """Return a page of threads with a suggestion, and the id that requests the next page.

    Args:
        state: one of SuggestionState; empty for all.
        before: the id of the last thread of the previous page.
    """
    suggestions = Suggestion.objects.filter(comment__deleted_at=None)
    if state:
        suggestions = suggestions.filter(state=state)
    found = Thread.objects.filter(
        project=project, example__deleted_at=None, pk__in=suggestions.values("comment__thread")
    )
    for hidden, _reason in hidden_from(user, project):
        found = found.exclude(example__in=hidden)
    rows, following = newest_first(found.select_related("example"), before=before)
    examples = {thread.example_id for thread in rows}
    latest = Revision.objects.filter(example__in=examples, number=F("example__latest_number"))
    by_example = {revision.example_id: revision for revision in latest}
    return shown_threads(rows, by_example, user, permissions_of(user, project)), following
