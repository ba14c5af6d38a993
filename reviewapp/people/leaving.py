"""What other features do when a member loses permissions in a project."""

from collections.abc import Callable

from reviewapp.people.models import Project, User

Departure = Callable[[Project, User, User], None]
"""Takes the project, the member who lost a role, and the user who removed it."""
_DEPARTURES: list[Departure] = []


def on_leaving(departure: Departure) -> None:
    """Call this after each removal of a role, in its transaction. Registering twice is harmless."""
    if departure not in _DEPARTURES:
        _DEPARTURES.append(departure)


def leave(project: Project, user: User, actor: User) -> None:
    """Call what was registered, after a role of the member was removed."""
    for departure in _DEPARTURES:
        departure(project, user, actor)
