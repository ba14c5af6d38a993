"""Text blocks: what is stored, what the editor offers, the finding, the file, the API."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from datasets.curation.actions import reviews
from datasets.text_blocks import actions
from datasets.text_blocks.documents import BlockValues, blocks_of_document, document_of
from datasets.text_blocks.models import TextBlock
from reviewapp.core.errors import DomainError, InvalidInput, PermissionDeniedError
from reviewapp.core.messages import Message
from reviewapp.people.models import Project, ProjectEvent, Role
from tests.api_scripts import Script
from tests.factories.examples import make_content, make_example
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db

RETURN = BlockValues("Return", "Dear {name}, send it back.", "en", ("returns", "refund"))


@pytest.fixture
def project() -> Project:
    return make_project()


def save(project: Project, values: BlockValues = RETURN, **more: Any) -> TextBlock:
    return actions.save_text_block(project=project, values=values, actor=None, **more)


def code_of(error: InvalidInput) -> str:
    assert isinstance(error.message, Message)
    return error.message.code


def page_of(project: Project, name: str, *args: Any) -> str:
    return reverse(f"datasets:{name}", args=[project.slug, *args])


def test_a_change_is_recorded_once_and_an_older_form_is_rejected(project: Project) -> None:
    block = save(project)
    changed = BlockValues(" Return ", "New\r\ntext ", "EN-gb", ("refund", "refund", ""))
    save(project, changed, block_id=block.pk, seen=1)
    save(project, changed, block_id=block.pk, seen=2)
    block.refresh_from_db()
    assert (block.text, block.language, block.intents) == ("New\ntext", "en", ["refund"])
    with pytest.raises(InvalidInput) as caught:
        save(project, block_id=block.pk, seen=1)
    assert code_of(caught.value) == "text_blocks.changed_meanwhile"
    events = ProjectEvent.objects.filter(action="save_text_block").order_by("pk")
    assert [event.before for event in events] == ["", "Return"]
    assert events[1].detail["before"]["text"] == RETURN.text


def test_names_are_unique_in_a_project_and_only_leads_write(project: Project) -> None:
    save(project)
    save(make_project())
    with pytest.raises(InvalidInput):
        save(project)
    annotator = make_member(project, Role.ANNOTATOR)
    for write in (
        lambda: actions.save_text_block(project=project, values=RETURN, actor=annotator),
        lambda: actions.remove_text_block(project=project, block_id=1, actor=annotator),
        lambda: actions.import_text_blocks(project=project, document={}, actor=annotator),
    ):
        with pytest.raises(PermissionDeniedError):
            write()


@pytest.mark.parametrize(
    "row",
    [
        1,
        {"name": "A"},
        {"name": "", "text": "x"},
        {"name": "A", "text": 1},
        {"name": "A", "text": "x", "intents": "refund"},
        {"name": "A", "text": "x", "colour": "red"},
        {"name": "A" * 61, "text": "x"},
        {"name": "A", "text": "x\x00"},
        {"name": "A", "text": "x", "language": "abcdefghijklm"},
    ],
)
def test_a_bad_row_of_a_file_is_named(row: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        blocks_of_document({"format": "touchstone-text-blocks-1", "text_blocks": [row]})
    assert code_of(caught.value) == "text_blocks.in_block"
    assert str(caught.value).startswith("Text block 1:")


def test_a_file_adds_and_changes_by_name_and_keeps_the_others(
    client: Client, project: Project
) -> None:
    save(project, BlockValues("Other", "Stays."))
    block = save(project)
    client.force_login(make_member(project, Role.LEAD))
    exported = json.loads(client.get(page_of(project, "export_text_blocks")).content)
    assert [row["name"] for row in exported["text_blocks"]] == ["Other", "Return"]
    rows = [BlockValues("Return", "Changed."), BlockValues("New", "Hello.")]
    for body, status in ((document_of(rows), 302), ([], 422), ({"format": "x"}, 422)):
        file = SimpleUploadedFile("blocks.json", json.dumps(body).encode())
        assert client.post(page_of(project, "import_text_blocks"), {"file": file}).status_code == (
            status
        )
    block.refresh_from_db()
    assert block.text == "Changed."
    assert set(project.text_blocks.values_list("name", flat=True)) == {"Other", "Return", "New"}


def test_a_lead_writes_changes_and_removes_one(client: Client, project: Project) -> None:
    client.force_login(make_member(project, Role.LEAD))
    typed = {"name": "Return", "text": "Dear {name}", "intents": "refund, returns"}
    assert client.post(page_of(project, "new_text_block"), typed).status_code == 302
    block = project.text_blocks.get()
    assert block.intents == ["refund", "returns"]
    again = client.post(page_of(project, "new_text_block"), {**typed, "text": "Kept as typed"})
    assert (again.status_code, "Kept as typed" in again.content.decode()) == (422, True)
    page = page_of(project, "text_block", block.pk)
    assert client.post(page, {**typed, "text": "Bye", "seen": "1"}).status_code == 302
    stale = client.post(page, {**typed, "text": "Mine", "seen": "1"})
    assert (stale.status_code, "Mine" in stale.content.decode()) == (422, True)
    assert "Bye" in client.get(page_of(project, "text_blocks")).content.decode()
    remove = page_of(project, "remove_text_block", block.pk)
    assert [client.post(remove).status_code for _ in range(2)] == [302, 404]


def test_the_editor_offers_them_to_who_may_edit(client: Client, project: Project) -> None:
    example = make_example(project)
    page, new = page_of(project, "example", example.pk), page_of(project, "new_example")
    client.force_login(make_member(project, Role.ANNOTATOR))
    assert "data-text-blocks" not in client.get(page).content.decode()
    save(project)
    for address in (page, new):
        shown = client.get(address).content.decode()
        assert 'data-placeholder="{name}"' in shown
        assert "data-text-blocks" in shown
    client.force_login(make_member(project, Role.REVIEWER))
    assert RETURN.text not in client.get(page).content.decode()


def test_an_unfilled_placeholder_prevents_a_submission(project: Project) -> None:
    save(project)
    author = make_member(project, Role.ANNOTATOR)
    content = make_content(answer="Dear {name}, here it is.")
    example = make_example(project, author=author, content=content)
    [finding] = example.latest_revision.findings.all()
    assert (finding.code, finding.found_text) == ("placeholder", "{name}")
    with pytest.raises(DomainError):
        reviews.submit(example_id=example.pk, actor=author)


def test_a_script_lists_creates_changes_and_removes(project: Project) -> None:
    script = Script(make_member(project, Role.LEAD), "examples")
    address = f"projects/{project.slug}/text-blocks"
    made = script.post(address, name="Return", text="Dear {name}", intents=["refund"])
    assert made.status_code == 201
    assert made.json()["placeholders"] == ["{name}"]
    assert script.post(address, name="Return", text="x").status_code == 422
    block_path = f"{address}/{made.json()['id']}"
    assert script.put(block_path, name="Return", text="Bye").json()["text"] == "Bye"
    reader = Script(make_member(project, Role.ANNOTATOR), "examples")
    assert [block["text"] for block in reader.get(address).json()["items"]] == ["Bye"]
    assert reader.post(address, name="Other", text="x").status_code == 403
    assert Script(script.user, "runs").post(address, name="x", text="x").status_code == 403
    assert [script.delete(block_path).status_code for _ in range(2)] == [204, 404]
    assert script.put(block_path, name="Return", text="Bye").status_code == 404
