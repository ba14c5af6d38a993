"""Each cause of a refused request has its own page, with what to do and the setting to check."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from psycopg.errors import DiskFull

from reviewapp.ops.localpg import cluster
from reviewapp.people.actions import members as people
from reviewapp.people.models import Role
from reviewapp.web.middleware import DomainErrorMiddleware
from tests.datasets.curation.pages import page_text
from tests.factories.people import make_member, make_project, make_user

pytestmark = pytest.mark.django_db
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
TYPED = {"email": "someone@example.com", "name": "What I typed"}


def post(client: Client, **more: Any) -> Any:
    project = make_project()
    client.force_login(make_member(project, Role.LEAD))
    headers = BROWSER | more.pop("headers", {})
    return client.post(reverse("add_member", args=[project.slug]), TYPED, headers=headers, **more)


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/p/x/"])
def test_an_unknown_host_names_itself_and_its_setting(client: Client, path: str) -> None:
    answer = client.get(path, headers={"Host": "wrong.example"})
    assert answer.status_code == 400
    for word in ("This address is not set up", "“wrong.example”", "ALLOWED_HOSTS"):
        assert word in page_text(answer)
    assert "Go to the" not in page_text(answer), "no page of this address works"


def test_an_unknown_host_is_json_in_the_api(client: Client) -> None:
    answer = client.get("/api/v1/me", headers={"Host": "wrong.example"})
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert "ALLOWED_HOSTS" in answer.json()["detail"]


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://elsewhere.example"}, {"Referer": "https://elsewhere.example/x"}]
)
def test_an_unknown_origin_names_itself_and_its_setting(headers: dict[str, str]) -> None:
    answer = post(Client(enforce_csrf_checks=True), headers=headers, secure=True)
    assert answer.status_code == 403
    for word in ("came from another address", "elsewhere.example", "CSRF_TRUSTED_ORIGINS"):
        assert word in page_text(answer)
    assert "What I typed" in page_text(answer)


def test_a_browser_without_cookies_is_asked_to_allow_them() -> None:
    answer = post(Client(enforce_csrf_checks=True))
    assert answer.status_code == 403
    assert "Your browser sent no cookie" in page_text(answer)
    assert "HTTPS=true" in page_text(answer)
    assert "What I typed" in page_text(answer)


def test_a_body_that_is_too_large_is_named_on_pages_and_in_the_api(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "DATA_UPLOAD_MAX_MEMORY_SIZE", 1000)
    client.force_login(make_user())
    answer = client.post(reverse("create_token"), {"name": "x" * 2000})
    assert answer.status_code == 413
    assert "client_max_body_size" in page_text(answer)
    token = {"Authorization": f"Bearer {people.create_token(user=make_user()).secret}"}
    address = "/api/v1/comparisons/00000000-0000-4000-8000-000000000000/vote"
    asked = client.post(address, {"choice": "x" * 2000}, "application/json", headers=token)
    assert asked.status_code == 413
    assert asked["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, "No space left on device"), OperationalError("could not extend file")],
)
def test_a_full_disk_is_named(client: Client, error: Exception) -> None:
    if isinstance(error, OperationalError):
        error.__cause__ = DiskFull()
    request = RequestFactory().post("/p/x/")
    request.htmx = False  # type: ignore[attr-defined]
    answer = DomainErrorMiddleware(lambda _request: HttpResponse()).process_exception(
        request, error
    )
    assert answer is not None
    assert answer.status_code == 507
    assert "disk is full" in page_text(answer)


def test_the_end_of_the_database_by_a_full_disk_is_named(tmp_path: Path) -> None:
    log = tmp_path / "postgres.log"
    assert "its log is" in cluster.exit_reason(log)
    log.write_text("x\n" * 20_000 + "PANIC:  could not write: No space left on device\nLOG: end\n")
    assert "no space left" in cluster.exit_reason(log)


def test_browsers_store_no_response_by_default(client: Client) -> None:
    project = make_project()
    lead = make_member(project, Role.LEAD)
    token = {"Authorization": f"Bearer {people.create_token(user=lead).secret}"}
    assert client.get("/api/v1/me", headers=token)["Cache-Control"] == "private, no-store"
    client.force_login(lead)
    for name in ("members", "audit", "audit_file", "evaluation:runs"):
        answer = client.get(reverse(name, args=[project.slug]))
        assert answer["Cache-Control"] == "private, no-store", name
    assert client.get(reverse("tokens"))["Cache-Control"] == "private, no-store"
    assert client.get("/nothing/")["Cache-Control"] == "private, no-store"


def test_uploads_can_be_read_by_the_account_of_the_app_alone(tmp_path: Path) -> None:
    stores: Any = settings.STORAGES
    storage = FileSystemStorage(**stores["default"]["OPTIONS"] | {"location": tmp_path / "uploads"})
    file = Path(storage.path(storage.save("imports/one", ContentFile(b"{}"))))
    assert [
        oct(path.stat().st_mode & 0o777) for path in (file, file.parent, file.parent.parent)
    ] == [
        "0o600",
        "0o700",
        "0o700",
    ]
