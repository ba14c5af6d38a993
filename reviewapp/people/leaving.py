"""What other features do when a member loses permissions in a project."""

from django.utils.module_loading import import_string

from reviewapp.people.models import Project, User

_DEPARTURES: list[str] = []


def on_leaving(path: str) -> None:
    """Call the function at this dotted path after each removal of a role, in its transaction.

    It takes the project, the member, and the user who removed the role. It is imported when it is
    needed, because apps register it in every command. Registering twice is harmless.
    """
    if path not in _DEPARTURES:
        _DEPARTURES.append(path)


def leave(project: Project, user: User, actor: User) -> None:
    """Call what was registered, after a role of the member was removed."""
    for path in _DEPARTURES:
        import_string(path)(project, user, actor)
