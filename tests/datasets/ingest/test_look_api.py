"""Looking at a file first by the API: what it answers, and who may do it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from datasets.curation.models import GoldenExample
from datasets.ingest import actions as imports
from datasets.ingest.files.opening import open_source
from datasets.ingest.models import ImportBatch
from datasets.ingest.tasks import IMPORTS
from reviewapp.people.actions.members import create_token
from reviewapp.people.models import Project, Role, Scope, User
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db

TABLE = b"customer|staff|ticket\nWhere?|Here.|crm-1\n"
MAPPING = {"customer": "user", "staff": "assistant", "ticket": "external_id"}


@pytest.fixture
def project(settings: Settings, tmp_path: Path) -> Project:
    storages = {**settings.STORAGES}
    storages["default"] = {**storages["default"], "OPTIONS": {"location": tmp_path / "uploads"}}
    settings.STORAGES = storages
    return make_project()


@pytest.fixture
def annotator(project: Project) -> User:
    return make_member(project, Role.ANNOTATOR)


class Api:
    """Requests about the imports of a project, with a token of a user."""

    def __init__(self, project: Project, user: User, scopes: Sequence[str] = tuple(Scope)) -> None:
        secret = create_token(user=user, scopes=scopes).secret
        self.headers = {"Authorization": f"Bearer {secret}"}
        self.url = f"/api/v1/projects/{project.slug}/imports"

    def look(self, content: bytes = TABLE, name: str = "a.csv") -> Any:
        query = f"?look_first=true&file_name={name}"
        return Client().post(
            self.url + query, data=content, content_type="text/csv", headers=self.headers
        )

    def send(self, method: str, rest: str, body: Any = None) -> Any:
        act = getattr(Client(), method)
        return act(
            self.url + rest, data=body, content_type="application/json", headers=self.headers
        )


def test_a_script_looks_maps_looks_again_and_imports(project: Project, annotator: User) -> None:
    api = Api(project, annotator)
    looked = api.look()
    assert (looked.status_code, looked.json()["is_trial"]) == (202, True)
    at = f"/{looked.json()['id']}"
    assert api.send("post", f"{at}/start").status_code == 409
    IMPORTS.run(looked.json()["id"])
    seen = api.send("get", at).json()
    assert (seen["state"], seen["mappable"]) == ("failed", list(MAPPING))

    assert api.send("post", f"{at}/map", {"mapping": {"staff": "nobody"}}).status_code == 422
    assert api.send("post", f"{at}/map", {"mapping": MAPPING}).status_code == 202
    IMPORTS.run(looked.json()["id"])
    seen = api.send("get", at).json()
    assert (seen["created"], seen["mapping"]) == (1, MAPPING)
    assert seen["preview"][0]["labels"]["external_id"] == "crm-1"
    assert not GoldenExample.objects.exists()

    assert api.send("post", f"{at}/start").status_code == 202
    IMPORTS.run(looked.json()["id"])
    assert GoldenExample.objects.get().external_id == "crm-1"
    assert api.send("delete", at).status_code == 409


def test_a_script_discards_what_it_looked_at(project: Project, annotator: User) -> None:
    api = Api(project, annotator)
    at = f"/{api.look().json()['id']}"
    assert api.send("delete", at).status_code == 409
    IMPORTS.run(int(at[1:]))
    assert api.send("delete", at).status_code == 204
    assert api.send("get", at).status_code == 404


def test_only_who_imports_may_look_map_start_and_discard(project: Project, annotator: User) -> None:
    at = f"/{Api(project, annotator).look().json()['id']}"
    IMPORTS.run(int(at[1:]))
    reviewer = make_member(project, Role.REVIEWER)
    outsider = make_member(make_project(), Role.LEAD)
    for user, scopes, status in (
        (reviewer, [*Scope], 403),
        (outsider, [*Scope], 404),
        (annotator, [Scope.VOTING], 403),
    ):
        api = Api(project, user, scopes)
        answers = [
            api.look(),
            api.send("post", f"{at}/map", {"mapping": MAPPING}),
            api.send("post", f"{at}/start"),
            api.send("delete", at),
        ]
        assert [answer.status_code for answer in answers] == [status] * 4
    assert ImportBatch.objects.count() == 1


def test_a_cancelled_look_does_not_say_that_something_was_imported(
    project: Project, annotator: User
) -> None:
    looked = Api(project, annotator).look().json()
    imports.cancel_batch(batch_id=looked["id"], actor=annotator)
    error = ImportBatch.objects.get().error
    assert error is not None
    assert error.code == "ingest.cancelled_look"


def test_the_format_of_another_tool_is_named_before_rows_are_read(
    client: Client, project: Project, annotator: User
) -> None:
    looked = Api(project, annotator).look(
        b'{"instruction": "Where?", "output": "Here."}\n', "a.jsonl"
    )
    client.force_login(annotator)
    page = client.get(f"/p/{project.slug}/import/{looked.json()['id']}/")
    assert page.context["recognised"].code == "ingest.format.alpaca"
    assert page.context["batch"].read == 0


def test_a_table_may_be_separated_by_vertical_bars(tmp_path: Path) -> None:
    path = tmp_path / "rows.txt"
    path.write_bytes(b"user|assistant|tags\nWhere, please?|Here; there.|a;b\n")
    (row,) = open_source(path).rows()
    assert row.cells == {"user": "Where, please?", "assistant": "Here; there.", "tags": "a;b"}
