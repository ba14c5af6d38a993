"""The product works below a path, whether the proxy passes it on or removes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import get_resolver, reverse

from reviewapp import env
from reviewapp.ops.user_error import UserError
from reviewapp.people.models import Role
from tests.below_a_path import BASE_PATH, below_a_path
from tests.datasets.curation.pages import page_text
from tests.factories.people import make_member, make_project

ROOT_ADDRESS = re.compile(
    r"""(?:\b(?:href|src|srcset|action|formaction|poster|hx-[a-z]+|data-[\w-]*url)=["']"""
    r"""|url\(["']?|\bredirect\(f?"|\bResponseRedirect\(f?"|\bfetch\(["'`])/(?!/)"""
)


@pytest.fixture
def _below(tmp_path: Path) -> Iterator[None]:
    with below_a_path():
        settings.STATIC_ROOT = tmp_path
        yield


PROXIES = pytest.mark.parametrize("passed_on", [BASE_PATH, ""], ids=["passed on", "removed"])


@PROXIES
@pytest.mark.django_db
@pytest.mark.usefixtures("_below")
def test_every_address_of_a_page_is_below_the_path(client: Client, passed_on: str) -> None:
    project = make_project()
    client.force_login(make_member(project, Role.LEAD))
    for page in ("/accounts/language/", f"/p/{project.slug}/members/", "/help/", "/nowhere/"):
        html = client.get(passed_on + page).content.decode()
        addresses = re.findall(r'\b(?:href|src|action|hx-(?:get|post))="(/[^"]*)"', html)
        assert len(addresses) > 10, page
        wrong = [address for address in addresses if not address.startswith(f"{BASE_PATH}/")]
        assert wrong == []


@PROXIES
@pytest.mark.django_db
@pytest.mark.usefixtures("_below")
def test_signing_in_leads_back_to_the_page_below_the_path(client: Client, passed_on: str) -> None:
    user = make_member(project := make_project(), Role.LEAD)
    user.set_password("a long password")
    user.save()
    members = reverse("members", args=[project.slug])
    sent = client.get(passed_on + members.removeprefix(BASE_PATH))
    assert sent["Location"] == f"{BASE_PATH}/accounts/login/?next={members}"
    typed = {"login": user.email, "password": "a long password", "next": members}
    signed_in = client.post(f"{passed_on}/accounts/login/", typed)
    assert signed_in["Location"] == members
    names = {name: cookie["path"] for name, cookie in signed_in.cookies.items()}
    assert names["touchstone_sessionid"] == BASE_PATH
    assert set(names.values()) == {BASE_PATH}


@PROXIES
@pytest.mark.django_db
@pytest.mark.usefixtures("_below")
def test_static_files_and_checks_answer_with_and_without_the_path(
    client: Client, passed_on: str
) -> None:
    (settings.STATIC_ROOT / "js").mkdir()
    (settings.STATIC_ROOT / "js" / "app.js").write_text("1;")
    assert client.get(f"{passed_on}/static/js/app.js").getvalue() == b"1;"
    assert client.get(f"{passed_on}/healthz").status_code == 200
    assert client.get(passed_on or "/")["Location"].startswith(f"{BASE_PATH}/accounts/login/")


@PROXIES
@pytest.mark.django_db
@pytest.mark.usefixtures("_below")
def test_the_api_describes_itself_below_the_path(client: Client, passed_on: str) -> None:
    client.force_login(make_member(make_project(), Role.LEAD))
    found = client.get(f"{passed_on}/api/v1/openapi.json").json()
    assert found["servers"] == [{"url": BASE_PATH}]
    assert "/api/v1/me" in found["paths"]
    page = client.get(f"{passed_on}/api/v1/docs").content.decode()
    assert f'"url": "{BASE_PATH}/api/v1/openapi.json"' in page
    unknown = client.get(f"{passed_on}/api/v1/me", headers={"Authorization": "Bearer no"})
    assert unknown["Content-Type"] == "application/problem+json"


@pytest.mark.django_db
@pytest.mark.usefixtures("_below")
def test_an_invitation_and_single_sign_on_name_the_whole_address(client: Client) -> None:
    project = make_project()
    client.force_login(make_member(project, Role.LEAD))
    address = reverse("invite_member", args=[project.slug])
    form = {"invite-email": "ines@example.com", "invite-role": "reviewer", "invite-days": "7"}
    page = client.post(address, form)
    assert page.context["link"].startswith(f"http://testserver{BASE_PATH}/invitations/")
    callback = reverse("openid_connect_callback", args=["sso"])
    assert callback == f"{BASE_PATH}/accounts/oidc/sso/login/callback/"


@pytest.mark.django_db
def test_process_checks_are_not_redirected_to_https_below_a_path(client: Client) -> None:
    with below_a_path(HTTPS="true") as changed, pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "SECURE_SSL_REDIRECT", True)
        assert changed["SECURE_REDIRECT_EXEMPT"]
        for check in ("/healthz", f"{BASE_PATH}/healthz"):
            assert client.get(check).status_code == 200
        assert client.get("/help/")["Location"] == f"https://testserver{BASE_PATH}/help/"


@pytest.mark.django_db
def test_another_path_than_that_of_the_proxy_names_the_setting(client: Client) -> None:
    for where in ({"HTTP_X_FORWARDED_PREFIX": "/golden"}, {"SCRIPT_NAME": "/golden"}):
        answer = client.get("/accounts/login/", **where)  # type: ignore[arg-type]
        assert answer.status_code == 400
        assert "BASE_PATH" in page_text(answer)
    for path, status in ((BASE_PATH, 200), ("/other", 400)):
        with below_a_path():
            answer = client.get("/accounts/login/", headers={"X-Forwarded-Prefix": path})
        assert answer.status_code == status
    assert client.get("/accounts/login/", headers={"X-Forwarded-Prefix": "/"}).status_code == 200


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("", ""),
        ("/", ""),
        ("/touchstone", "/touchstone"),
        ("/tools/touch.stone/", "/tools/touch.stone"),
    ],
)
def test_the_path_has_no_slash_at_its_end(
    given: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BASE_PATH", given)
    assert env.base_path() == path


@pytest.mark.parametrize(
    "path", ["touchstone", "/a b", "//a", "/a//b", "/../a", "/api", "/p/x", "https://x.example/a"]
)
def test_what_is_no_path_or_one_of_ours_is_rejected_at_the_start(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BASE_PATH", path)
    with pytest.raises(UserError, match="BASE_PATH"):
        env.base_path()


@pytest.mark.parametrize("name", ["SCRIPT_NAME", "FORCE_SCRIPT_NAME"])
def test_variables_of_other_servers_name_the_setting(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "/golden")
    with pytest.raises(UserError, match=f"Unset {name} and set BASE_PATH"):
        env.base_path()
    monkeypatch.setenv(name, "/")
    env.base_path()


def test_every_beginning_of_an_own_address_is_reserved() -> None:
    routes = {str(pattern.pattern).split("/")[0] for pattern in get_resolver().url_patterns}
    assert routes - {""} | {"static"} == env.OWN_SEGMENTS


def _sources() -> Iterator[Path]:
    for folder in ("templates", "static", "datasets", "evaluation", "reviewapp"):
        for path in (env.ROOT / folder).rglob("*"):
            if path.suffix in {".html", ".js", ".css", ".py", ".svg", ".txt"}:
                yield path


def test_no_source_has_an_address_from_the_root() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in _sources()}
    assert len(texts) > 300
    found = [
        f"{path.relative_to(env.ROOT)}: {match.group()}"
        for path, text in texts.items()
        for match in ROOT_ADDRESS.finditer(text)
    ]
    assert found == []
