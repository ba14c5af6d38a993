"""Users and projects for tests."""

from itertools import count

from reviewapp.people.actions import members as people
from reviewapp.people.actions import projects
from reviewapp.people.models import Project, Role, User

_numbers = count(1)


def make_user(name: str = "") -> User:
    """Return a user without memberships."""
    number = next(_numbers)
    return User.objects.create_user(
        email=f"person{number}@example.com", password="a long password", name=name
    )


def make_project(slug: str = "") -> Project:
    """Return a project without members."""
    return projects.create_project(slug=slug or f"house-{next(_numbers)}")


def make_member(project: Project, *roles: Role | str, name: str = "") -> User:
    """Return a user with these roles in the project."""
    user = make_user(name)
    for role in roles:
        people.add_member(project=project, email=user.email, role=str(role))
    return user
