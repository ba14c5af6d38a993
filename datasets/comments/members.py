"""The members who may be mentioned in comments on an example."""

from collections import Counter
from collections.abc import Iterable

from datasets.curation.models import GoldenExample
from datasets.curation.visibility import require_readable
from reviewapp.core.errors import PermissionDeniedError
from reviewapp.people.models import Project, User

MAX_PROPOSED = 8


def members_of(project: Project) -> list[User]:
    """Return the active members of a project by name."""
    found = User.objects.filter(memberships__project=project, is_active=True).distinct()
    return sorted(found, key=lambda user: (str(user).casefold(), user.pk))


def labels_of(users: Iterable[User]) -> dict[int, str]:
    """Return what each user is called in a mention: the name, or the address where two share it."""
    people = {user.pk: user for user in users}
    names = Counter(str(user).casefold() for user in people.values())
    return {
        pk: str(user) if names[str(user).casefold()] == 1 else user.email
        for pk, user in people.items()
    }


def may_read(user: User, example: GoldenExample) -> bool:
    """Return whether no rule hides the example from the user at present."""
    try:
        require_readable(user, example)
    except PermissionDeniedError:
        return False
    return True


def proposed_members(example: GoldenExample, beginning: str, *, actor: User) -> list[str]:
    """Return labels of other members with a word of this beginning who may read the example."""
    start = beginning.casefold().strip()
    members = members_of(example.project)
    labels = labels_of(members)
    found: list[str] = []
    for user in members:
        words = f"{user} {user.email}".casefold()
        is_match = words.startswith(start) or f" {start}" in words
        if user.pk != actor.pk and is_match and may_read(user, example):
            found.append(labels[user.pk])
        if len(found) == MAX_PROPOSED:
            break
    return found
