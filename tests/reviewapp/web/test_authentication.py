"""Session, token and user are read as Django would read them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user
from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone

from reviewapp.people.actions.members import create_token, revoke_token
from reviewapp.people.models import ApiToken, Role, User
from reviewapp.web.authentication import Backend, SessionStore
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return make_member(make_project(), Role.LEAD)


@pytest.fixture
def signed_in(client: Client, person: User) -> Client:
    client.force_login(person)
    return client


def has_user(client: Client) -> bool:
    """Whether a page of their own opens; a anonymous visitor is sent to the sign-in page."""
    return client.get("/accounts/password/change/").status_code == 200


def key_of(client: Client) -> str:
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


def test_a_session_holds_what_djangos_own_reads(signed_in: Client) -> None:
    key = key_of(signed_in)
    assert dict(SessionStore(key).items()) == dict(db.SessionStore(key).items()) != {}


def test_the_person_is_the_one_that_djangos_own_backend_finds(person: User) -> None:
    person.name, person.last_login = "Ada", timezone.now()
    person.save()
    found, usual = Backend().get_user(person.pk), ModelBackend().get_user(person.pk)
    assert found is not None
    assert usual is not None
    fields = [field.attname for field in User._meta.concrete_fields]
    assert [getattr(found, name) for name in fields] == [getattr(usual, name) for name in fields]
    found.name = "Ada L."
    found.save()
    person.refresh_from_db()
    assert person.name == "Ada L."


def test_an_expired_session_has_no_user_and_its_key_is_not_reused(
    signed_in: Client,
) -> None:
    assert has_user(signed_in)
    key = key_of(signed_in)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert not has_user(signed_in)
    store = SessionStore(key)
    assert list(store.items()) == []
    store["said"] = "hello"
    store.save()
    assert store.session_key != key


@pytest.mark.parametrize("key", ["", "short", "x" * 32, "x" * 5000, "' OR true --", "äöü"])
def test_an_unknown_key_has_no_user(client: Client, key: str) -> None:
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    assert not has_user(client)


def test_a_deactivated_user_is_signed_out_at_once(signed_in: Client, person: User) -> None:
    assert has_user(signed_in)
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert not has_user(signed_in)
    assert Backend().get_user(person.pk) is None


def test_another_password_ends_every_session(signed_in: Client, person: User) -> None:
    assert has_user(signed_in)
    person.set_password("another good password")
    person.save()
    assert not has_user(signed_in)


def test_signing_out_ends_the_session_for_every_copy_of_its_cookie(signed_in: Client) -> None:
    copy = Client()
    copy.cookies[settings.SESSION_COOKIE_NAME] = key_of(signed_in)
    assert has_user(copy)
    signed_in.post("/accounts/logout/")
    assert not has_user(copy)


def test_a_session_of_a_deleted_user_has_no_user() -> None:
    store = SessionStore()
    store[SESSION_KEY] = "987654321"
    store.save()
    request = HttpRequest()
    request.session = SessionStore(store.session_key)
    assert not get_user(request).is_authenticated
    assert Backend().get_user(987654321) is None


def test_a_token_is_its_holder_until_it_is_revoked_or_they_may_not_sign_in(
    client: Client, person: User
) -> None:
    made = create_token(user=person)
    headers = {"Authorization": f"Bearer {made.secret}"}
    project = person.memberships.get().project
    address = f"/api/v1/projects/{project.slug}/examples"

    def is_let_in() -> bool:
        return client.get(address, headers=headers).status_code != 401

    assert is_let_in()
    used = ApiToken.objects.get().last_used_at
    assert used is not None
    assert is_let_in()
    assert ApiToken.objects.get().last_used_at == used
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert not is_let_in()
    User.objects.filter(pk=person.pk).update(is_active=True)
    revoke_token(token_id=made.token.pk, actor=person)
    assert not is_let_in()


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer ts_nobody", "Bearer äö", "Basic x"]
)
def test_an_invalid_token_has_no_user(client: Client, header: str) -> None:
    assert (
        client.get("/api/v1/aliases/any/production", headers={"Authorization": header}).status_code
        == 401
    )
