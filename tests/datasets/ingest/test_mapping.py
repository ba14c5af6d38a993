"""Columns and keys that a person maps: on reading, by command, by the API and on the page."""

import json
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from datasets.conversations.errors import ShapeError
from datasets.curation.models import GoldenExample
from datasets.ingest.files.mapping import parse_mapping
from datasets.ingest.files.opening import check_beginning, open_source
from datasets.ingest.files.raw import RawRow, Row, UnreadableFile
from datasets.ingest.files.rows import read_row
from datasets.ingest.files.source import Format
from datasets.ingest.models import ImportBatch
from datasets.ingest.tasks import IMPORTS
from reviewapp.core.commands import CommandFailed
from reviewapp.core.errors import InvalidInput
from reviewapp.people.actions.members import create_token
from reviewapp.people.models import Project, ProjectEvent, Role, User
from tests.factories.people import make_member, make_project

TABLE = b"Frage,Antwort,Ref,Note\nWo ist mein Paket?,Es kommt morgen.,crm-1,late\n"
MAPPING = {"frage": "user", "antwort": "assistant", "ref": "external_id", "note": "metadata"}


def rows_of(path: Path, mapping: Mapping[str, str]) -> list[Row]:
    source = open_source(path, mapping=mapping)
    return [read_row(raw, source.format, source.mapping) for raw in source.rows()]


def read(value: dict[str, Any], **mapping: str) -> Row:
    return read_row(RawRow(1, 1, json.dumps(value).encode()), Format.AUTO, mapping)


def texts(row: Row) -> list[tuple[str, str]]:
    return [(turn["role"], turn["content"]) for turn in row.content.messages]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_bytes(TABLE)
    return path


def test_columns_of_a_table_become_fields_metadata_or_nothing(table: Path) -> None:
    (row,) = rows_of(table, MAPPING)
    assert texts(row) == [("user", "Wo ist mein Paket?"), ("assistant", "Es kommt morgen.")]
    assert (row.external_id, row.metadata, row.unread) == ("crm-1", {"note": "late"}, ())
    (row,) = rows_of(table, {"FRAGE": "user", "antwort": "assistant", "ref": "skip"})
    assert (row.external_id, row.metadata) == ("", {"unknown": {"note": "late"}})


def test_keys_of_objects_become_fields_metadata_or_nothing() -> None:
    value = {"q": "Where?", "a": "Here.", "labels": "a; b", "ref": 7, "secret": 1, "at": {"x": 1}}
    row = read(
        value, q="user", a="assistant", labels="tags", ref="external_id", secret="skip", at=METADATA
    )
    assert texts(row) == [("user", "Where?"), ("assistant", "Here.")]
    assert (row.content.tags, row.external_id) == (["a", "b"], "7")
    assert (row.metadata, row.unread) == ({"at": {"x": 1}}, ())


METADATA = "metadata"
CHAT = {"messages": [{"role": "user", "content": "Where?"}]}


def test_a_system_text_comes_before_the_messages_and_metadata_is_never_overwritten() -> None:
    row = read(
        {**CHAT, "style": "Be brief.", "at": 2, "metadata": {"at": 1}},
        style="system",
        at=METADATA,
    )
    assert texts(row) == [("system", "Be brief."), ("user", "Where?")]
    assert row.metadata == {"at": 1, "at_": 2}


@pytest.mark.parametrize(
    ("value", "mapping", "code"),
    [
        ({**CHAT, "id": "1", "external_id": "2"}, {"id": "external_id"}, "bad_field"),
        ({**CHAT, "q": "Where?"}, {"q": "user"}, "bad_field"),
        ({"q": 7, "a": "Here."}, {"q": "user", "a": "assistant"}, "content_not_text"),
        ({"q": "", "a": None}, {"q": "user", "a": "assistant"}, "empty_row"),
    ],
)
def test_a_row_that_the_mapping_does_not_fit_is_rejected(
    value: dict[str, Any], mapping: dict[str, str], code: str
) -> None:
    with pytest.raises(ShapeError) as caught:
        read(value, **mapping)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["question"], "ingest.map.not_a_mapping"),
        (["=user"], "ingest.map.not_a_mapping"),
        (["q=questions"], "ingest.map.unknown_target"),
        (["q=user", "question=user"], "ingest.map.same_target"),
        (["q=user", "q=system"], "ingest.map.twice"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_named(given: list[str], sentence: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_mapping(given)
    assert caught.value.message.code == sentence  # type: ignore[union-attr]
    assert str(caught.value)


def test_a_name_with_an_equals_sign_can_be_mapped() -> None:
    assert parse_mapping(["a=b=user", "x=skip", "y=skip"]) == {
        "a=b": "user",
        "x": "skip",
        "y": "skip",
    }


@pytest.mark.parametrize(
    ("content", "mapping", "sentence"),
    [
        (TABLE, {**MAPPING, "colour": "skip"}, "ingest.map.no_column"),
        (b"user,answer,assistant\na,b,c\n", {"answer": "assistant"}, "ingest.map.same_target"),
        (b"messages,q\n[],b\n", {"q": "user"}, "ingest.map.beside_messages"),
        (b'{"messages": []}\n', {"colour": "skip"}, "ingest.map.no_column"),
    ],
)
def test_a_mapping_that_does_not_fit_the_file_is_named_before_anything_is_stored(
    tmp_path: Path, content: bytes, mapping: dict[str, str], sentence: str
) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(content)
    for check in (open_source, check_beginning):
        with pytest.raises(UnreadableFile) as caught:
            check(path, mapping=mapping)
        assert caught.value.message.params["cause"].code == sentence


@pytest.mark.django_db
def test_the_command_maps_names_it_and_stores_it(table: Path) -> None:
    out, err = StringIO(), StringIO()
    mapped = [f"--map={column}={target}" for column, target in MAPPING.items()]
    arguments = ("import_examples", str(table), "--project", "house", "--create-project", "--json")
    call_command(*arguments, *mapped, "--dry-run", stdout=out, stderr=err)
    assert json.loads(out.getvalue())["created"] == 1
    assert "`frage` is read as `user`." in err.getvalue()
    call_command(*arguments, *mapped, stdout=StringIO(), stderr=StringIO())
    batch = ImportBatch.objects.get()
    assert (batch.created, batch.unread, batch.mapping) == (1, {}, MAPPING)
    assert GoldenExample.objects.get().external_id == "crm-1"
    with pytest.raises(CommandFailed, match="`frage` and `antwort` would both be `user`"):
        call_command(*arguments, "--map=frage=user", "--map=antwort=user", stderr=StringIO())


@pytest.fixture
def project(settings: Settings, tmp_path: Path) -> Project:
    storages = {**settings.STORAGES}
    storages["default"] = {**storages["default"], "OPTIONS": {"location": tmp_path / "uploads"}}
    settings.STORAGES = storages
    return make_project()


@pytest.fixture
def annotator(project: Project) -> User:
    return make_member(project, Role.ANNOTATOR)


@pytest.mark.django_db
def test_the_api_maps(project: Project, annotator: User) -> None:
    query = "&".join(f"map={column}={target}" for column, target in MAPPING.items())
    headers = {"Authorization": f"Bearer {create_token(user=annotator).secret}"}

    def send(query: str) -> Any:
        return Client().post(
            f"/api/v1/projects/{project.slug}/imports?file_name=a.csv&{query}",
            data=TABLE,
            content_type="text/csv",
            headers=headers,
        )

    answer = send(query)
    assert (answer.status_code, answer.json()["mapping"]) == (202, MAPPING)
    wrong = send("map=frage=questions")
    assert (wrong.status_code, "`questions`" in wrong.json()["detail"]) == (422, True)
    IMPORTS.run(answer.json()["id"])
    assert GoldenExample.objects.filter(project=project).count() == 1


@pytest.mark.django_db
def test_a_member_maps_the_columns_of_a_table_on_the_page_and_imports_it(
    client: Client, project: Project, annotator: User
) -> None:
    client.force_login(annotator)
    home = f"/p/{project.slug}/import/"
    upload = SimpleUploadedFile("rows.csv", b"customer,staff,ticket\nWhere?,Here.,crm-1\n")
    client.post(home, {"upload": upload, "look": "1"})
    batch = ImportBatch.objects.get()
    IMPORTS.run(batch.pk)
    page = client.get(f"{home}{batch.pk}/")
    form = page.context["form"]
    assert {field.label: field.initial for field in form} == {
        "customer": "user",
        "staff": "",
        "ticket": "external_id",
    }
    assert (page.context["may_import"], "Columns to map" in page.content.decode()) == (
        False,
        True,
    )

    again = f"{home}{batch.pk}/map/"
    doubled = {"map-customer": "user", "map-staff": "user", "map-ticket": "intent"}
    refused = client.post(again, doubled)
    assert refused.status_code == 422
    assert "would both be" in refused.content.decode()
    assert refused.context["form"]["map-ticket"].value() == "intent"

    assert client.get(again).headers["Location"] == f"{home}{batch.pk}/"
    chosen = {"map-customer": "user", "map-staff": "assistant", "map-ticket": "external_id"}
    assert client.post(again, chosen).status_code == 302
    IMPORTS.run(batch.pk)
    page = client.get(f"{home}{batch.pk}/")
    assert page.context["batch"].preview[0]["labels"]["external_id"] == "crm-1"
    assert "read as" in page.content.decode()
    client.post(f"{home}{batch.pk}/start/")
    IMPORTS.run(batch.pk)
    assert GoldenExample.objects.get(project=project).external_id == "crm-1"
    actions = ProjectEvent.objects.filter(detail__batch=batch.pk).order_by("pk")
    assert [event.action for event in actions] == ["look_at_file", "map_columns", "import_file"]


@pytest.mark.django_db
def test_keys_of_rows_that_are_no_conversation_can_be_mapped(
    client: Client, project: Project, annotator: User
) -> None:
    client.force_login(annotator)
    home = f"/p/{project.slug}/import/"
    upload = SimpleUploadedFile("rows.jsonl", b'{"q": "Where?", "a": "Here."}\n')
    client.post(home, {"upload": upload, "look": "1"})
    batch = ImportBatch.objects.get()
    IMPORTS.run(batch.pk)
    client.post(f"{home}{batch.pk}/map/", {"map-q": "user", "map-a": "assistant"})
    IMPORTS.run(batch.pk)
    batch.refresh_from_db()
    assert (batch.read, batch.created, batch.rejected) == (1, 1, 0)
    assert not batch.rejections.exists()
