"""API tokens expire, are limited to their scopes, and leave events."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from reviewapp.core.errors import InvalidInput
from reviewapp.people.actions import members as people
from reviewapp.people.models import ApiToken, ProjectEvent, Role, Scope
from reviewapp.web.api.assembly import api
from tests.factories.people import make_member, make_project, make_user

pytestmark = pytest.mark.django_db


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_every_operation_but_me_needs_one_scope_whose_label_names_it(client: Client) -> None:
    member = make_member(make_project(), Role.LEAD)
    secrets = {scope: people.create_token(user=member, scopes=[scope]).secret for scope in Scope}
    needs: dict[str, list[Scope]] = {}
    own_token: set[str | None] = set()
    paths = api.get_openapi_schema()["paths"]
    for path, methods in paths.items():
        address = re.sub(r"\{(\w*_id|number)\}", "1", path).replace("{", "").replace("}", "")
        for method in methods:
            for scope, secret in secrets.items():
                answer = client.generic(method.upper(), address, headers=bearer(secret))
                if answer.status_code == 401:
                    own_token.add(answer.resolver_match.url_name)
                    continue
                if "lacks the scope" not in answer.content.decode():
                    needs.setdefault(f"{method} {path}", []).append(scope)
                    continue
                assert answer.status_code == 403
                assert answer["Content-Type"] == "application/problem+json"
    assert own_token == {"bundle_events", "announce", "add_part"}
    assert needs.pop("get /api/v1/me") == list(Scope)
    assert {len(scopes) for scopes in needs.values()} == {1}
    assert needs["get /api/v1/aliases/{project}/{alias}"] == [Scope.SERVING]
    report = "post /api/v1/projects/{slug}/models/{name}/service-reports"
    serving = {operation for operation, scopes in needs.items() if scopes == [Scope.SERVING]}
    assert serving == {"get /api/v1/aliases/{project}/{alias}", report}
    for operation, (scope,) in needs.items():
        method, path = operation.split()
        (tag,) = paths[path][method]["tags"]
        assert tag in scope.label.lower(), f"the label of {scope} names no {tag}: {operation}"


def test_a_token_opens_nothing_after_its_last_day(client: Client) -> None:
    made = people.create_token(user=make_user(), days=7)
    left = made.token.expires_at - timezone.now()
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)
    assert client.get("/api/v1/me", headers=bearer(made.secret)).status_code == 200
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get("/api/v1/me", headers=bearer(made.secret)).status_code == 401


def test_a_token_lasts_90_days_by_default() -> None:
    made = people.create_token(user=make_user()).token
    made.refresh_from_db()
    assert (made.expires_at - timezone.now()).days in {89, 90}


@pytest.mark.parametrize("wrong", [{"days": 0}, {"days": 367}, {"scopes": []}, {"scopes": ["all"]}])
def test_impossible_days_or_scopes_are_rejected(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        people.create_token(user=make_user(), **wrong)


def test_the_database_refuses_a_token_without_a_known_scope() -> None:
    made = people.create_token(user=make_user()).token
    for scopes in ([], ["all"]):
        with pytest.raises(IntegrityError), transaction.atomic():
            ApiToken.objects.filter(pk=made.pk).update(scopes=scopes)


def test_the_page_creates_a_limited_token_and_revokes_it_with_events(client: Client) -> None:
    project = make_project()
    member = make_member(project, Role.LEAD)
    client.force_login(member)
    fields = {"name": "CI", "days": "30", "scopes": ["serving"]}
    page = client.post(reverse("create_token"), fields).content.decode()
    assert "Serving: which models the aliases name" in page
    token = ApiToken.objects.get()
    assert (token.name, token.scopes) == ("CI", ["serving"])
    client.post(reverse("revoke_token", args=[token.pk]))
    client.post(reverse("revoke_token", args=[token.pk]))
    events = ProjectEvent.objects.filter(project=project, action__endswith="_token")
    found = list(events.order_by("pk").values_list("action", "before", "after", "actor"))
    assert found == [
        ("create_token", "", token.prefix, member.pk),
        ("revoke_token", token.prefix, "", member.pk),
    ]
    rejected = client.post(reverse("create_token"), {"name": "CI two", "days": "30"})
    assert rejected.status_code == 422
    assert "CI two" in rejected.content.decode()


def test_createtoken_limits_what_it_makes(capsys: pytest.CaptureFixture[str]) -> None:
    member = make_member(make_project(), Role.LEAD)
    words = ("--days", "7", "--scope", "serving", "--scope", "runs", "--json")
    call_command("createtoken", member.email.upper(), *words)
    messages = json.loads(capsys.readouterr().out)
    assert messages["scopes"] == ["runs", "serving"]
    with pytest.raises(CommandError, match="1 to 366 days"):
        call_command("createtoken", member.email, "--days", "0")
