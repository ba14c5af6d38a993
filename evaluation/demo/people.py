"""The members of Aurora Commerce. They exist in the demo only and are marked so."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.hashers import check_password, make_password

from reviewapp.people.actions import members as people
from reviewapp.people.models import Project, Role, User


@dataclass(frozen=True)
class DemoPerson:
    """A member of the demo project; `key` is the name in the demo's files."""

    key: str
    name: str
    role: Role

    @property
    def email(self) -> str:
        """The email address, below a domain that can never exist."""
        return f"{self.key}@aurora.example"


PEOPLE = (
    DemoPerson("ada", "Ada Lindqvist", Role.LEAD),
    DemoPerson("henrik", "Henrik Vos", Role.LEAD),
    DemoPerson("giulia", "Giulia Ferri", Role.ANNOTATOR),
    DemoPerson("tomas", "Tomás Rey", Role.ANNOTATOR),
    DemoPerson("mara", "Mara Vogel", Role.REVIEWER),
    DemoPerson("jonas", "Jonas Brandt", Role.REVIEWER),
    DemoPerson("ines", "Inés Calvo", Role.REVIEWER),
    DemoPerson("pieter", "Pieter de Wit", Role.REVIEWER),
)


def add_people(project: Project, *, password: str) -> dict[str, User]:
    """Add the demo's members and return them by key; each may sign in with `password`."""
    users = {
        person.key: people.add_member(
            project=project, email=person.email, role=person.role, name=person.name
        ).user
        for person in PEOPLE
    }
    # Hashing is slow by design, so the one password is hashed and checked once for all accounts.
    encoded, *others = {user.password for user in users.values()}
    if others or not check_password(password, encoded):
        encoded = make_password(password)
    return {
        key: people.make_demo_person(user=user, encoded_password=encoded)
        for key, user in users.items()
    }


def stored_password(folder: Path) -> str:
    """Return the demo accounts' password, drawn once for each installation and kept in a file."""
    file = folder / "demo-password"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(f"{secrets.token_urlsafe(9)}\n", encoding="utf-8")
    return file.read_text(encoding="utf-8").strip()


def sign_in_list(password: str) -> list[Mapping[str, str]]:
    """Return the text printed at the start: email, password, role and name of each member."""
    return [
        {
            "email": person.email,
            "password": password,
            "role": person.role.value,
            "name": person.name,
        }
        for person in PEOPLE
    ]
