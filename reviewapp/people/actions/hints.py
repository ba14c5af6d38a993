"""Hints that a person has dismissed; a preference, which leaves no event."""

from reviewapp.people.models import DismissedHint, Project, User


def is_hint_dismissed(user: User, project: Project, hint: str) -> bool:
    """Return whether the user has dismissed the hint in this project."""
    return DismissedHint.objects.filter(user=user, project=project, hint=hint).exists()


def dismiss_hint(*, user: User, project: Project, hint: str) -> None:
    """Hide a hint for one user in one project."""
    DismissedHint.objects.get_or_create(user=user, project=project, hint=hint)
