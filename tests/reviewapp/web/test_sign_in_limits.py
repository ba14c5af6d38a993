"""Limits of sign-in do not lock others out, and mail tells nobody who has an account."""

from __future__ import annotations

import smtplib
import threading
from typing import Any

import pytest
from django.core import mail, signing
from django.core.cache import cache
from django.test import Client, RequestFactory

from reviewapp.people.models import Role, User
from reviewapp.web import adapters, devices
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db
PASSWORD = "a long password"


@pytest.fixture(autouse=True)
def _no_attempts_yet() -> None:
    cache.clear()


@pytest.fixture
def ada() -> User:
    return make_member(make_project(), Role.LEAD)


@pytest.fixture
def ben() -> User:
    return make_member(make_project(), Role.LEAD)


def signs_in(user: User, password: str, **where: str) -> bool:
    fields = {"login": user.email, "password": password}
    return Client().post("/accounts/login/", fields, **where).status_code == 302  # type: ignore[arg-type]


def test_failures_from_one_address_do_not_lock_others_out(ada: User) -> None:
    for _ in range(6):
        assert not signs_in(ada, "wrong", REMOTE_ADDR="203.0.113.5")
    assert not signs_in(ada, PASSWORD, REMOTE_ADDR="203.0.113.5")
    assert signs_in(ada, PASSWORD, REMOTE_ADDR="203.0.113.6")


def test_failures_of_one_account_lock_out_no_other_at_the_same_address(
    ada: User, ben: User
) -> None:
    for _ in range(12):
        signs_in(ada, "wrong")
    assert signs_in(ben, PASSWORD)


def test_behind_a_trusted_proxy_the_client_counts_and_not_the_proxy(
    ada: User, settings: Any
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    forged = {"HTTP_X_FORWARDED_FOR": "198.51.100.9, 203.0.113.5"}
    for number in range(6):
        forged["HTTP_X_FORWARDED_FOR"] = f"198.51.100.{number}, 203.0.113.5"
        signs_in(ada, "wrong", **forged)
    assert not signs_in(ada, PASSWORD, **forged), "what the client claims does not count"
    assert signs_in(ada, PASSWORD, HTTP_X_FORWARDED_FOR="203.0.113.6")


@pytest.mark.parametrize("count", [0, 2])
def test_a_missing_address_is_no_error(ada: User, settings: Any, count: int) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = count
    assert signs_in(ada, PASSWORD, REMOTE_ADDR="", HTTP_X_FORWARDED_FOR="203.0.113.6")


@pytest.fixture
def _with_mail(settings: Any) -> None:
    settings.EMAIL_HOST = "mail.example.com"
    settings.ROOT_URLCONF = "tests.reviewapp.web.urls_with_mail"


def ask_for_link(email: str) -> tuple[int, str]:
    """Ask for a new password and wait for the mail; status of the answer, and where it leads."""
    answer = Client().post("/accounts/password/reset/", {"email": email})
    adapters._MAIL.submit(lambda: None).result(timeout=10)
    return answer.status_code, answer.headers.get("Location", "")


@pytest.mark.usefixtures("_with_mail")
def test_only_an_address_with_an_account_gets_mail_and_the_answer_is_the_same(ada: User) -> None:
    assert ask_for_link(ada.email) == ask_for_link("outsider@example.com")
    assert [message.to for message in mail.outbox] == [[ada.email]]


@pytest.mark.usefixtures("_with_mail")
def test_a_mail_server_that_is_away_changes_no_answer(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def away(message: mail.EmailMessage, **_options: Any) -> int:
        tried.extend(message.to)
        raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")

    monkeypatch.setattr(mail.EmailMessage, "send", away)
    assert ask_for_link(ada.email) == ask_for_link("outsider@example.com")
    assert ask_for_link(ada.email)[0] == 302
    assert tried == [ada.email] * 2


@pytest.mark.usefixtures("_with_mail")
def test_the_answer_does_not_wait_for_the_mail_server(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_send = threading.Event()
    monkeypatch.setattr(mail.EmailMessage, "send", lambda _message: may_send.wait(10))
    answer = Client().post("/accounts/password/reset/", {"email": ada.email})
    assert answer.status_code == 302
    assert not may_send.is_set()
    may_send.set()
    adapters._MAIL.submit(lambda: None).result(timeout=10)


def browser_of(user: User) -> Client:
    """Return a browser in which the user signed in before and has signed out."""
    client = Client()
    assert client.post("/accounts/login/", {"login": user.email, "password": PASSWORD}).url  # type: ignore[attr-defined]
    del client.cookies["sessionid"]
    return client


def status_in(client: Client, user: User, password: str = PASSWORD) -> int:
    fields = {"login": user.email, "password": password}
    return client.post("/accounts/login/", fields).status_code


def test_one_address_that_is_used_up_locks_out_no_known_browser(
    ada: User, ben: User, settings: Any
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "3/m/ip", "login_failed": "2/5m/key"}
    known = browser_of(ada)
    while (status := status_in(Client(), ada, "wrong")) != 429:
        assert status == 200
    assert status_in(known, ben) == 429, "the cookie is for one account"
    assert status_in(known, ada) == 302
    del known.cookies["sessionid"]
    assert [status_in(known, ada, "wrong") for _ in range(2)] == [200, 200]
    assert status_in(known, ada, "wrong") == 429, "a known browser has limits too"


def test_the_cookie_of_a_browser_is_signed_and_names_nobody(ada: User, ben: User) -> None:
    known = browser_of(ada)
    cookie = known.cookies["device"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert ada.email not in cookie.value
    request = RequestFactory().post("/")
    request.COOKIES["device"] = cookie.value
    assert devices.known_device(request, ada.email.upper())
    assert devices.known_device(request, ben.email) == ""
    for forged in ("", "x", cookie.value[:-1], signing.dumps("x", salt=devices._SALT)):
        request.COOKIES["device"] = forged
        assert devices.known_device(request, ada.email) == ""
