"""The API of dataset versions: the same bytes and digests as on the pages."""

import hashlib
from base64 import b64encode
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from datasets.conversations.split import SPLITS
from datasets.versions.models import DatasetFile, DatasetVersion, VersionEvent
from datasets.versions.splits import DEFAULT_SHARES, TRAIN
from reviewapp.people.actions import members as people
from reviewapp.people.models import Role
from tests.factories.people import make_member, make_user
from tests.factories.versions import ProjectWithMembers, make_version

pytestmark = pytest.mark.django_db


def ask(version: DatasetVersion, rest: str, *, user: object = None, **headers: str) -> Any:
    person = user or make_member(version.project, Role.REVIEWER)
    secret = people.create_token(user=person).secret  # type: ignore[arg-type]
    return Client().get(
        f"/api/v1/projects/{version.project.slug}/versions{rest}",
        headers={"Authorization": f"Bearer {secret}", **headers},
    )


def test_versions_are_listed_with_the_digests_of_their_files() -> None:
    house = ProjectWithMembers()
    house.many(10)
    first = house.freeze("First.")
    house.approved()
    second = house.freeze("Second.")
    answer = ask(first, "").json()
    assert [version["number"] for version in answer["items"]] == [2, 1]
    assert answer["next"] is None
    latest = answer["items"][0]
    assert (latest["digest"], latest["changelog"]) == (second.digest, "Second.")
    assert latest["shares"] == DEFAULT_SHARES
    digests = {file["split"]: file["sha256"] for file in latest["files"]}
    assert digests == dict(second.files.values_list("split", "sha256"))


def test_the_list_goes_on_where_its_cursor_says() -> None:
    house = ProjectWithMembers()
    house.many(10)
    first = house.freeze()
    house.approved()
    house.freeze("Second.")
    answer = ask(first, "?cursor=2").json()
    assert [version["number"] for version in answer["items"]] == [1]


def test_one_version_says_what_it_holds_and_what_was_checked() -> None:
    version = make_version(5)
    answer = ask(version, "/1").json()
    assert answer["digest"] == version.digest
    assert answer["summary"] == version.summary
    train = next(file for file in answer["files"] if file["split"] == TRAIN)
    assert "at least 10" in train["errors"][0]
    assert train["warnings"] == []


@pytest.mark.parametrize("rest", ["/2", "/0", "/x", "/99999999999", "/1/all", "/2/train"])
def test_what_is_not_there_is_a_problem(rest: str) -> None:
    answer = ask(make_version(10), rest)
    assert answer.status_code in {404, 422}
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("split", SPLITS)
def test_a_file_is_its_exact_bytes(split: str) -> None:
    version = make_version(12)
    response = ask(version, f"/1/{split}")
    digest = hashlib.sha256(response.getvalue())
    assert digest.hexdigest() == version.files.get(split=split).sha256
    assert response["ETag"] == f'"{digest.hexdigest()}"'
    assert response["Repr-Digest"] == f"sha-256=:{b64encode(digest.digest()).decode()}:"
    assert response["Content-Type"] == "application/jsonl"
    assert VersionEvent.objects.filter(version=version, action="export").count() == 1


@pytest.mark.parametrize("known", ['"{}"', 'W/"{}"', '"x", "{}"', "*"])
def test_who_has_the_file_already_is_told_so(known: str) -> None:
    version = make_version(10)
    sha256 = version.files.get(split=TRAIN).sha256
    response = ask(version, "/1/train", **{"If-None-Match": known.format(sha256)})
    assert response.status_code == 304
    assert not VersionEvent.objects.filter(action="export").exists()


def test_asking_about_a_file_hands_nothing_out(client: Client) -> None:
    version = make_version(10)
    file = version.files.get(split=TRAIN)
    lead = make_member(version.project, Role.LEAD)
    client.force_login(lead)
    page = reverse("datasets:version_file", args=[version.project.slug, 1, TRAIN])
    token = {"Authorization": f"Bearer {people.create_token(user=lead).secret}"}
    for address, headers in (
        (page, {}),
        (f"/api/v1/projects/{version.project.slug}/versions/1/train", token),
    ):
        asked = client.head(address, headers=headers)
        assert asked.status_code == 200
        assert asked.headers["Content-Length"] == str(file.size_bytes)
        assert file.sha256 in asked.headers["ETag"]
        assert asked.content == b""
    assert not VersionEvent.objects.filter(action="export").exists()


def test_bytes_that_changed_are_not_handed_out() -> None:
    version = make_version(10)
    DatasetFile.objects.filter(version=version).update(sha256="0" * 64)
    response = ask(version, "/1/train")
    assert response.status_code == 409
    assert "is lost or damaged" in response.json()["detail"]


def test_a_stranger_and_nobody_get_nothing() -> None:
    version = make_version(10)
    for rest in ("", "/1", "/1/train"):
        assert ask(version, rest, user=make_user()).status_code == 404
        address = f"/api/v1/projects/{version.project.slug}/versions{rest}"
        assert Client().get(address).status_code == 401


def test_the_openapi_document_describes_them() -> None:
    document = Client().get("/api/v1/openapi.json").json()
    file = document["paths"]["/api/v1/projects/{slug}/versions/{number}/{split}"]["get"]
    assert "application/jsonl" in file["responses"]["200"]["content"]
    imports = document["paths"]["/api/v1/projects/{slug}/imports"]["post"]
    assert "multipart/form-data" in imports["requestBody"]["content"]
