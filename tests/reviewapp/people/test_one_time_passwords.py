"""A one-time password opens nothing but the choice of an own one, which ends what was before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from reviewapp.core.errors import PermissionDeniedError
from reviewapp.i18n.views import catalog_version
from reviewapp.people.actions import members as people
from reviewapp.people.models import ApiToken, ProjectEvent, Role, User
from reviewapp.web.middleware import OPEN_TO_ONE_TIME_PASSWORDS, WITHOUT_SESSIONS
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db
OWN = "an own long password"


@pytest.fixture
def invited() -> tuple[User, str]:
    """A new reviewer with the one-time password that the lead saw."""
    made = people.add_member(project=make_project(), email="bob@example.com", role=Role.REVIEWER)
    assert made.password is not None
    return made.user, made.password


def sign_in(email: str, password: str) -> Client:
    client = Client()
    answer = client.post(reverse("account_login"), {"login": email, "password": password})
    assert answer.status_code == 302
    return client


def choose(client: Client, old: str, new: str = OWN) -> str:
    """Change the password on the page; where it leads."""
    fields = {"oldpassword": old, "password1": new, "password2": new}
    answer = client.post(reverse("account_change_password"), fields)
    assert answer.status_code == 302
    return str(answer["Location"])


SAMPLE = {"IntConverter": "1", "UUIDConverter": "00000000-0000-4000-8000-000000000000"}


def addresses(
    resolver: URLResolver, spaces: tuple[str, ...] = (), given: dict[str, str] | None = None
) -> Iterator[tuple[str, str]]:
    """Yield the name and an address of every named view."""
    for pattern in resolver.url_patterns:
        groups = dict.fromkeys(pattern.pattern.regex.groupindex, "1")
        kinds = {key: type(kind).__name__ for key, kind in pattern.pattern.converters.items()}
        values = {**(given or {}), **groups}
        values |= {key: SAMPLE.get(kind, "x") for key, kind in kinds.items()}
        if isinstance(pattern, URLResolver):
            inner = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from addresses(pattern, inner, values)
        elif pattern.name:
            name = ":".join((*spaces, pattern.name))
            yield name, reverse(name, kwargs=values)


def test_a_one_time_password_opens_only_the_listed_views(invited: tuple[User, str]) -> None:
    client = sign_in(invited[0].email, invited[1])
    assert sorted(OPEN_TO_ONE_TIME_PASSWORDS) == [
        "account_change_password",
        "account_logout",
        "account_reauthenticate",
        "catalog_script",
    ]
    denied = 0
    for name, address in addresses(get_resolver()):
        if name in OPEN_TO_ONE_TIME_PASSWORDS or address.startswith(WITHOUT_SESSIONS):
            continue
        for answer in (client.get(address), client.post(address)):
            assert answer.status_code == 302, name
            assert answer["Location"] == reverse("account_change_password"), name
        denied += 1
    assert denied > 60
    shown = client.get(reverse("account_change_password"))
    assert shown.status_code == 200
    page = shown.content.decode()
    assert 'class="tabs"' not in page, "what it links would lead back here"
    script = reverse("catalog_script", args=catalog_version("en"))
    assert script in page
    assert client.get(script)["Content-Type"].startswith("text/javascript")
    assert client.get("/api/v1/me").status_code == 401


def test_no_token_is_made_with_a_one_time_password(invited: tuple[User, str]) -> None:
    client = sign_in(invited[0].email, invited[1])
    client.post(reverse("create_token"), {"days": 90, "scopes": ["voting"]})
    with pytest.raises(PermissionDeniedError, match="one-time password"):
        people.create_token(user=invited[0])
    with pytest.raises(CommandError, match="one-time password"):
        call_command("createtoken", invited[0].email)
    assert not ApiToken.objects.exists()


def test_a_token_is_refused_while_its_person_has_a_one_time_password(client: Client) -> None:
    member = make_member(make_project(), Role.REVIEWER)
    headers = {"Authorization": f"Bearer {people.create_token(user=member).secret}"}
    assert client.get("/api/v1/me", headers=headers).status_code == 200
    User.objects.filter(pk=member.pk).update(must_change_password=True)
    assert client.get("/api/v1/me", headers=headers).status_code == 401


def test_an_own_password_ends_older_sessions_and_leads_home(invited: tuple[User, str]) -> None:
    user, password = invited
    lead = sign_in(user.email, password)
    bob = sign_in(user.email, password)
    assert choose(bob, password) == reverse("home")
    assert bob.get(reverse("tokens")).status_code == 200
    assert lead.get(reverse("tokens")).status_code == 302


def test_every_change_of_a_password_revokes_older_tokens_with_an_event() -> None:
    project = make_project()
    member = make_member(project, Role.REVIEWER)
    client = Client()

    def token_is_valid(secret: str) -> bool:
        headers = {"Authorization": f"Bearer {secret}"}
        return client.get("/api/v1/me", headers=headers).status_code == 200

    first = people.create_token(user=member).secret
    choose(sign_in(member.email, "a long password"), "a long password")
    assert not token_is_valid(first)
    event = ProjectEvent.objects.get(project=project, action="revoke_token")
    assert (event.actor, event.before) == (member, first[:8])
    second = people.create_token(user=member).secret
    assert token_is_valid(second)
    call_command("changepassword", f" {member.email.upper()} ", stdout=StringIO())
    assert not token_is_valid(second)
    assert ProjectEvent.objects.filter(project=project, action="revoke_token").count() == 2


def test_changepassword_prints_a_new_one_time_password(capsys: pytest.CaptureFixture[str]) -> None:
    member = make_member(make_project(), Role.LEAD)
    old = sign_in(member.email, "a long password")
    call_command("changepassword", member.email, "--json")
    password = json.loads(capsys.readouterr().out)["password"]
    assert old.get(reverse("tokens")).status_code == 302
    assert choose(sign_in(member.email, password), password) == reverse("home")
    with pytest.raises(CommandError, match="no person “nobody@example"):
        call_command("changepassword", "nobody@example.com")


def test_the_session_of_a_deactivated_person_stays_dead_after_reactivation() -> None:
    member = make_member(make_project(), Role.LEAD)
    client = sign_in(member.email, "a long password")
    for is_active in (False, True):
        member.is_active = is_active
        member.save()
    assert client.get(reverse("tokens")).status_code == 302
    assert sign_in(member.email, "a long password").get(reverse("tokens")).status_code == 200
