"""Which model serves now: what clients ask before they call a model."""

import pytest
from django.test import Client

from evaluation.promotion import actions as promotion
from evaluation.registry.models import ModelVersion
from reviewapp.people.actions import members as people
from reviewapp.people.models import Project, Role
from tests.factories.people import make_member, make_project, make_user
from tests.factories.runs import make_model_version

pytestmark = pytest.mark.django_db


def serve(project: Project, **words: str) -> ModelVersion:
    model = make_model_version(project)
    promotion.declare(
        project=project,
        alias="production",
        model_id=model.pk,
        note="It served before.",
        actor=make_member(project, Role.LEAD),
        **words,
    )
    return model


def headers(user: object, **more: str) -> dict[str, str]:
    secret = people.create_token(user=user).secret  # type: ignore[arg-type]
    return {"Authorization": f"Bearer {secret}", **more}


def test_a_lead_learns_which_model_serves(client: Client) -> None:
    project = make_project()
    model = serve(project)
    token = headers(make_member(project, Role.LEAD))
    answer = client.get(f"/api/v1/aliases/{project.slug}/production", headers=token)
    assert answer.status_code == 200
    assert answer.json()["model"]["name"] == model.name
    assert answer.json()["model"]["base_url"] == "http://127.0.0.1:9/v1"
    assert answer["ETag"].startswith('"')


def test_the_etag_answers_304_until_the_alias_moves(client: Client) -> None:
    project = make_project()
    serve(project)
    token = headers(make_member(project, Role.LEAD))
    address = f"/api/v1/aliases/{project.slug}/production"
    etag = client.get(address, headers=token)["ETag"]
    again = client.get(address, headers={**token, "If-None-Match": etag})
    assert again.status_code == 304
    assert not again.content
    for known in (f"W/{etag}", f'"older", {etag}', "*"):
        assert client.get(address, headers={**token, "If-None-Match": known}).status_code == 304
    other = client.get(address, headers={**token, "If-None-Match": '"older"'})
    assert other.status_code == 200


def test_an_alias_that_points_nowhere_is_not_found(client: Client) -> None:
    project = make_project()
    token = headers(make_member(project, Role.LEAD))
    answer = client.get(f"/api/v1/aliases/{project.slug}/production", headers=token)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


def test_a_stranger_learns_nothing(client: Client) -> None:
    project = make_project()
    serve(project)
    token = headers(make_user())
    assert (
        client.get(f"/api/v1/aliases/{project.slug}/production", headers=token).status_code == 404
    )
    assert client.get(f"/api/v1/aliases/{project.slug}/production").status_code == 401
