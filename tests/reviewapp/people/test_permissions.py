"""Every address, requested with every role, as a non-member and without sign-in."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from reviewapp.people.models import Project, Role, User
from reviewapp.people.permissions import DENIED_REASONS, ROLE_PERMISSIONS, Permission
from tests.factories.people import make_member, make_project, make_user

pytestmark = pytest.mark.django_db

# Reached without signing in, or by any signed-in person; everything else is a project's page.
OUTSIDE_PROJECTS = (
    *("accounts/", "api/v1/", "help/", "i18n/", "invitations/", "notifications/", "projects/"),
)
OPEN = {"home", "styleguide", "demo_sign_in", "healthz", "readyz", "metrics"}
# Any value does: what is behind an address is looked up after the caller was let in.
SAMPLE = {"int": "999999", "slug": "production", "uuid": "00000000-0000-4000-8000-000000000000"}


def _patterns(
    resolver: URLResolver, prefix: str = "", spaces: tuple[str, ...] = ()
) -> Iterator[tuple[str, str, URLPattern]]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from _patterns(pattern, route, inner)
        else:
            yield route, ":".join((*spaces, pattern.name or "")), pattern


PAGES = [
    (route, name, pattern)
    for route, name, pattern in _patterns(get_resolver())
    if not route.startswith(OUTSIDE_PROJECTS) and name not in OPEN
]


def _address(pattern: URLPattern, name: str, project: Project) -> str:
    values = {
        key: "train"
        if key == "split"
        else SAMPLE.get(converter.__class__.__name__[:-9].lower(), "x")
        for key, converter in pattern.pattern.converters.items()
    }
    return reverse(name, kwargs={**values, "slug": project.slug})


def _answer(client: Client, address: str) -> HttpResponseBase:
    """What the address answers to a GET, or to a POST where it takes no other."""
    response = client.get(address)
    return client.post(address) if response.status_code == 405 else response


def _lacks(response: HttpResponseBase, permission: Permission) -> bool:
    """Return whether the view was denied because of this permission, not for another reason."""
    sentence = str(DENIED_REASONS[permission]).partition("%")[0]
    return response.status_code == 403 and sentence in getattr(response, "content", b"").decode()


def test_every_address_of_a_project_asks_for_a_permission() -> None:
    unguarded = [name for _, name, pattern in PAGES if not hasattr(pattern.callback, "permission")]
    assert unguarded == []
    assert len(PAGES) > 20


@contextmanager
def _undone() -> Iterator[None]:
    """Take back what is done inside, so that the next address finds the same project."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _client_of(user: User | None) -> Client:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
    return client


def test_only_members_with_the_permission_get_in() -> None:
    project, wrong = make_project(), []
    anonymous, stranger = _client_of(None), _client_of(make_user())
    members = {role: _client_of(make_member(project, role)) for role in Role}
    for _route, name, pattern in PAGES:
        address = _address(pattern, name, project)
        with _undone():
            if not _answer(anonymous, address)["Location"].startswith(reverse("account_login")):
                wrong.append((name, "without signing in"))
            # Otherwise a user who is not a member learns that the project exists.
            if _answer(stranger, address).status_code != 404:
                wrong.append((name, "stranger"))
        needed: Permission = pattern.callback.permission  # type: ignore[attr-defined]
        for role, client in members.items():
            with _undone():
                denied = _lacks(_answer(client, address), needed)
            if denied != (needed not in ROLE_PERMISSIONS[role]):
                wrong.append((name, role.value))
    assert wrong == []


def test_head_is_answered_like_get() -> None:
    project, wrong = make_project(), []
    lead = _client_of(make_member(project, Role.LEAD))
    for _route, name, pattern in PAGES:
        address = _address(pattern, name, project)
        with _undone():
            if lead.head(address).status_code != lead.get(address).status_code:
                wrong.append(name)
    assert wrong == []


def test_a_site_admin_gets_in_everywhere(client: Client) -> None:
    project, admin = make_project(), make_user()
    admin.is_superuser = True
    admin.save(update_fields=["is_superuser"])
    client.force_login(admin)
    assert client.get(reverse("members", args=[project.slug])).status_code == 200


def test_a_deactivated_member_is_signed_out(client: Client) -> None:
    project = make_project()
    member = make_member(project, Role.LEAD)
    client.force_login(member)
    member.is_active = False
    member.save(update_fields=["is_active"])
    assert client.get(reverse("project_home", args=[project.slug])).status_code == 302
