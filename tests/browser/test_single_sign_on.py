"""Single sign-on in a browser, with an OpenID Connect provider that runs as its own process."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers import registry
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from reviewapp.people.actions import invitations
from reviewapp.people.actions import members as people
from reviewapp.people.models import ApiToken, ProjectEvent, Role, User
from tests.browser.pages import watched
from tests.factories.people import make_member, make_project
from tests.workers import eventually

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "Example login"
CLAIMS = (
    {"sub": "bob", "email": "Bob@Example.com", "email_verified": True},
    {"sub": "unverified", "email": "bob@example.com", "email_verified": False},
    {"sub": "as-a-word", "email": "bob@example.com", "email_verified": "false"},
    {"sub": "stranger", "email": "stranger@example.com", "email_verified": True},
)


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The address of a running identity provider."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    people_known = [word for claim in CLAIMS for word in ("--user-claims", json.dumps(claim))]
    process = subprocess.Popen(
        [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), *people_known],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    issuer = f"http://127.0.0.1:{port}"
    eventually(lambda: _answers(issuer), "the provider runs")
    yield issuer
    process.terminate()
    process.wait(10)


def _answers(issuer: str) -> bool:
    try:
        return requests.get(f"{issuer}/.well-known/openid-configuration", timeout=5).ok
    except requests.ConnectionError:
        return False


@pytest.fixture(autouse=True)
def installation(settings: Any, provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set what OIDC_ISSUER and its companions set."""
    monkeypatch.setitem(registry.provider_map, OpenIDConnectProvider.id, OpenIDConnectProvider)
    app = {
        "provider_id": "sso",
        "name": NAME,
        "client_id": "touchstone",
        "secret": "quiet",
        "settings": {"server_url": provider, "oauth_pkce_enabled": True},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    settings.OIDC_ORIGINS = [provider]


@pytest.fixture
def page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    context = browser.new_context(base_url=live_server.url)
    yield context.new_page()
    context.close()


@pytest.fixture
def invited() -> people.NewMember:
    """A new member, whose one-time password the lead saw."""
    return people.add_member(project=make_project(), email="bob@example.com", role=Role.REVIEWER)


def enter(page: Page, who: str) -> None:
    """Press the button on the sign-in page, and choose a person at the provider."""
    page.goto(reverse("account_login"))
    page.get_by_role("button", name=f"Continue with {NAME}").click()
    page.get_by_role("button", name=who, exact=True).click()


def is_signed_in(page: Page) -> bool:
    return page.request.get(reverse("tokens"), max_redirects=0).status == 200


def test_an_invited_person_enters_by_the_button_and_their_account_is_linked(
    page: Page, invited: people.NewMember
) -> None:
    problems = watched(page)
    enter(page, "bob")
    expect(page.get_by_role("heading", level=1)).to_contain_text(
        str(invited.user.memberships.get().project)
    )
    assert SocialAccount.objects.get().user == invited.user
    invited.user.refresh_from_db()
    assert not invited.user.must_change_password
    assert invited.password is not None
    assert not invited.user.check_password(invited.password)
    page.locator("[data-menu] summary").last.click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert not is_signed_in(page)
    enter(page, "bob")
    assert is_signed_in(page)
    assert [text for text in problems if "violates" in text] == []


def test_an_invitation_link_creates_the_account_of_a_verified_address(page: Page) -> None:
    lead = make_member(make_project(), Role.LEAD)
    project = lead.memberships.get().project
    secret = invitations.invite(
        project=project, email="stranger@example.com", role=Role.REVIEWER, actor=lead
    ).secret
    page.goto(reverse("invitation", args=[secret]))
    page.get_by_role("button", name=f"Continue with {NAME}").click()
    page.get_by_role("button", name="stranger", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(str(project))
    user = User.objects.get(email="stranger@example.com")
    assert not user.has_usable_password()
    assert user.memberships.get().role == Role.REVIEWER


def test_the_first_entry_ends_the_password_sessions_and_tokens_from_before(page: Page) -> None:
    project = make_project()
    member = make_member(project, Role.REVIEWER)
    User.objects.filter(pk=member.pk).update(email="bob@example.com")
    secret = people.create_token(user=member).secret
    before = Client()
    before.login(email="bob@example.com", password="a long password")
    assert before.get(reverse("tokens")).status_code == 200
    enter(page, "bob")
    expect(page.get_by_text("Your earlier password and API tokens no longer work")).to_be_visible()
    assert before.get(reverse("tokens")).status_code == 302
    headers = {"Authorization": f"Bearer {secret}"}
    assert Client().get("/api/v1/me", headers=headers).status_code == 401
    assert ProjectEvent.objects.filter(project=project, action="revoke_token").count() == 1
    people.set_password(user=member, password="another long password")
    kept = people.create_token(user=member).token
    enter(page, "bob")
    assert ApiToken.objects.get(pk=kept.pk).revoked_at is None
    member.refresh_from_db()
    assert member.check_password("another long password")


@pytest.mark.parametrize(
    ("who", "heading"),
    [
        ("unverified", "Your email address is not verified"),
        ("as-a-word", "Your email address is not verified"),
        ("stranger", "There is no account for you yet"),
    ],
)
def test_who_is_unverified_or_unknown_is_refused_with_the_cause(
    page: Page, invited: people.NewMember, who: str, heading: str
) -> None:
    enter(page, who)
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    assert not is_signed_in(page)
    assert not SocialAccount.objects.exists()
    assert list(User.objects.values_list("email", flat=True)) == ["bob@example.com"]
    invited.user.refresh_from_db()
    assert invited.user.must_change_password


def test_a_deactivated_person_does_not_enter(page: Page, invited: people.NewMember) -> None:
    User.objects.filter(pk=invited.user.pk).update(is_active=False)
    enter(page, "bob")
    expect(page.get_by_text("inactive").first).to_be_visible()
    assert not is_signed_in(page)


def test_cancelling_at_the_provider_says_so(page: Page) -> None:
    page.goto(reverse("account_login"))
    page.get_by_role("button", name=f"Continue with {NAME}").click()
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_text("was cancelled")).to_be_visible()


def test_a_forged_answer_of_the_provider_is_refused_with_a_page(client: Client) -> None:
    answer = client.get("/accounts/oidc/sso/login/callback/?code=x&state=y")
    assert answer.status_code == 502
    assert "did not complete the sign-in" in answer.content.decode()


def test_a_provider_that_is_away_is_a_page_and_no_crash(settings: Any, client: Client) -> None:
    app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    app["settings"] = {"server_url": "http://127.0.0.1:9"}
    answer = client.post("/accounts/oidc/sso/login/")
    assert answer.status_code == 502
    assert "Example login did not complete the sign-in" in answer.content.decode()


def test_only_the_pages_with_the_button_may_send_a_form_to_the_provider(
    client: Client, provider: str
) -> None:
    def policy(address: str) -> str:
        return str(client.get(address)["Content-Security-Policy"])

    assert f"form-action 'self' {provider};" in f"{policy(reverse('account_login'))};"
    client.force_login(make_member(make_project(), Role.LEAD))
    assert provider in policy(reverse("socialaccount_connections"))
    assert provider not in policy(reverse("tokens"))
