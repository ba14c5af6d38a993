"""The frame of the API: tokens, problem details, writes that may be repeated."""

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from reviewapp.people.actions import members as people
from reviewapp.people.models import ApiToken, IdempotencyKey, Role, User
from reviewapp.web.api import middleware
from tests.factories.people import make_member, make_project, make_user

pytestmark = pytest.mark.django_db


def bearer(user: object) -> dict[str, str]:
    made = people.create_token(user=user)  # type: ignore[arg-type]
    return {"Authorization": f"Bearer {made.secret}"}


def test_a_token_says_who_it_acts_for(client: Client) -> None:
    project = make_project()
    member = make_member(project, Role.REVIEWER, Role.ANNOTATOR)
    answer = client.get("/api/v1/me", headers=bearer(member)).json()
    assert answer["email"] == member.email
    assert answer["projects"][0]["slug"] == project.slug
    assert sorted(answer["projects"][0]["roles"]) == ["annotator", "reviewer"]


def test_a_site_admin_sees_every_project(client: Client) -> None:
    slugs = {make_project().slug for _ in range(2)}
    admin = make_user()
    User.objects.filter(pk=admin.pk).update(is_superuser=True)
    answer = client.get("/api/v1/me", headers=bearer(admin)).json()
    assert answer["is_site_admin"] is True
    assert {project["slug"] for project in answer["projects"]} == slugs


def test_head_asks_for_the_same_without_its_body(client: Client) -> None:
    asked = client.head("/api/v1/me", headers=bearer(make_user()))
    assert asked.status_code == 200
    assert asked["Content-Type"].startswith("application/json")
    assert asked.content == b""
    assert client.head("/api/v1/me").status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer wrong", "Basic abc", "Bearer"])
def test_without_a_valid_token_the_door_is_closed(client: Client, header: str) -> None:
    response = client.get("/api/v1/me", headers={"Authorization": header} if header else {})
    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"
    assert response["WWW-Authenticate"] == "Bearer"
    assert response.json()["detail"]


def test_every_error_has_a_code_for_programs(client: Client) -> None:
    lead = make_member(make_project(), Role.LEAD)
    address = f"/api/v1/projects/{lead.memberships.get().project.slug}"
    token = bearer(lead)
    act, of_json = "/api/v1/runs/9/actions", "application/json"
    answers = [
        client.get("/api/v1/me"),
        client.get(f"{address}/nothing", headers=token),
        client.delete("/api/v1/me", headers=token),
        client.get("/api/v1/runs/9/win-rates", headers=token),
        client.get(f"{address}/runs?limit=0", headers=token),
        client.post(act, "{", content_type=of_json, headers=token),
        client.post(act, {}, content_type=of_json, headers=token),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (401, "no_token"),
        (404, "not_found"),
        (405, "wrong_method"),
        (404, "not_found"),
        (422, "invalid_input"),
        (400, "unreadable"),
        (422, "invalid_input"),
    ]


def test_a_browser_session_is_no_token(client: Client) -> None:
    client.force_login(make_user())
    assert client.get("/api/v1/me").status_code == 401


def test_a_revoked_token_opens_nothing(client: Client) -> None:
    user = make_user()
    made = people.create_token(user=user)
    people.revoke_token(token_id=made.token.pk, actor=user)
    headers = {"Authorization": f"Bearer {made.secret}"}
    assert client.get("/api/v1/me", headers=headers).status_code == 401


def test_only_the_digest_of_a_token_is_kept() -> None:
    made = people.create_token(user=make_user())
    stored = ApiToken.objects.filter(pk=made.token.pk).values().get()
    assert made.secret not in str(stored)


def test_without_a_database_the_error_is_json_too(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_request: object) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(middleware, "token_of", gone)
    response = client.get("/api/v1/me", headers={"Authorization": "Bearer ts_x"})
    assert response.status_code == 503
    assert response["Content-Type"] == "application/problem+json"
    assert "Nothing was done" in response.json()["detail"]


def test_an_unknown_path_is_json_and_not_a_page(client: Client) -> None:
    response = client.get("/api/v1/nothing-here")
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"


def test_a_wrong_method_names_the_right_ones(client: Client) -> None:
    response = client.post("/api/v1/me", headers=bearer(make_user()))
    assert response.status_code == 405
    assert "GET" in response["Allow"]
    assert response["Content-Type"] == "application/problem+json"


def test_the_openapi_document_is_open_and_of_version_3_1(client: Client) -> None:
    document = client.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert "/api/v1/me" in document["paths"]


def test_the_docs_page_needs_no_other_host(client: Client) -> None:
    page = client.get("/api/v1/docs")
    assert page.status_code == 200
    assert b"http://" not in page.content
    assert b"https://" not in page.content


def test_a_key_in_progress_asks_the_second_to_wait(client: Client) -> None:
    user = make_user()
    headers = {**bearer(user), "Idempotency-Key": "k1"}
    client.post("/api/v1/me", headers=headers)
    entry = IdempotencyKey.objects.get(user=user, key="k1")
    IdempotencyKey.objects.filter(pk=entry.pk).update(status=None, created_at=timezone.now())
    assert client.post("/api/v1/me", headers=headers).status_code == 409


def test_a_key_with_another_request_is_rejected(client: Client) -> None:
    headers = {**bearer(make_user()), "Idempotency-Key": "k2"}
    client.post("/api/v1/me", data=b"1", content_type="application/json", headers=headers)
    again = client.post("/api/v1/me", data=b"2", content_type="application/json", headers=headers)
    assert again.status_code == 422


def test_a_key_longer_than_its_column_is_rejected(client: Client) -> None:
    headers = {**bearer(make_user()), "Idempotency-Key": "k" * 300}
    assert client.post("/api/v1/me", headers=headers).status_code == 422


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/projects/a%00b/examples",
        "/api/v1/aliases/a%00b/production",
        "/api/v1/aliases/a/b%00",
        "/api/v1/projects/a/examples?q=%00",
    ],
)
def test_a_nul_in_an_address_is_an_error_and_no_crash(client: Client, address: str) -> None:
    response = client.get(address, headers=bearer(make_user()))
    assert response.status_code == 422
    assert "NUL" in response.json()["detail"]


def test_a_body_in_chunks_is_asked_for_with_its_length(client: Client) -> None:
    headers = {**bearer(make_user()), "Transfer-Encoding": "chunked"}
    response = client.post("/api/v1/projects/a/imports", headers=headers)
    assert response.status_code == 411
    assert "Content-Length" in response.json()["detail"]
