"""The API of imports and examples, for each role, non-members and anonymous clients."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from datasets.curation.models import GoldenExample
from datasets.ingest import actions as imports
from datasets.ingest.models import ImportBatch
from reviewapp.people.actions import members as people
from reviewapp.people.models import Project, Role
from tests.factories.examples import make_content, make_example
from tests.factories.people import make_member, make_project, make_user
from tests.factories.versions import ProjectWithMembers

pytestmark = pytest.mark.django_db


def bearer(user: object, **more: str) -> dict[str, str]:
    made = people.create_token(user=user)  # type: ignore[arg-type]
    return {"Authorization": f"Bearer {made.secret}", **more}


def row(number: int, **more: object) -> str:
    messages = [
        {"role": "system", "content": "You answer customers of a shop."},
        {"role": "user", "content": f"Where is parcel {number}?"},
        {"role": "assistant", "content": "Open My orders to see where it is."},
    ]
    return json.dumps({"messages": messages, **more})


def file_of(*rows: str) -> bytes:
    return "\n".join(rows).encode()


def url(project: Project, rest: str) -> str:
    return f"/api/v1/projects/{project.slug}/{rest}"


def answer_of(response: Any) -> dict[str, Any]:
    """Return the JSON of a response, with its status."""
    return {"status": response.status_code, **response.json()}


def send(
    project: Project, user: object, body: bytes, *, query: str = "", **headers: str
) -> dict[str, Any]:
    """Send a file as the body of a request, as a script does."""
    response = Client().post(
        url(project, f"imports{query}"),
        data=body,
        content_type="application/jsonl",
        headers=bearer(user, **headers),
    )
    return answer_of(response)


def ask(project: Project, user: object, rest: str) -> dict[str, Any]:
    return answer_of(Client().get(url(project, rest), headers=bearer(user)))


def test_a_file_as_the_body_is_accepted_and_queued(
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    project = make_project()
    annotator = make_member(project, Role.ANNOTATOR)
    body = file_of(row(1), row(2))
    with django_capture_on_commit_callbacks() as after_commit:
        answer = send(project, annotator, body, query="?source=crm&file_name=a.jsonl")
    assert answer["status"] == 202
    assert (answer["state"], answer["source"], answer["file_name"]) == ("waiting", "crm", "a.jsonl")
    batch = ImportBatch.objects.get(pk=answer["id"])
    assert (batch.project, batch.created_by) == (project, annotator)
    assert batch.bytes_total == len(body)
    assert len(after_commit) == 1


def test_an_import_returns_its_progress_and_rejected_rows() -> None:
    project = make_project()
    annotator = make_member(project, Role.ANNOTATOR)
    sent = send(project, annotator, file_of(row(1), "no", row(2, split="test"), row(1)))
    imports.import_upload(batch_id=sent["id"])
    answer = ask(project, annotator, f"imports/{sent['id']}")
    counts = {key: answer[key] for key in ("state", "read", "created", "unchanged", "rejected")}
    assert counts == {"state": "done", "read": 4, "created": 2, "unchanged": 1, "rejected": 1}
    assert [(error["line"], error["code"]) for error in answer["errors"]] == [(2, "not_json")]
    assert answer["next"] is None
    assert GoldenExample.objects.filter(project=project, imported_split="test").count() == 1


def test_rejected_rows_are_paged() -> None:
    project = make_project()
    lead = make_member(project, Role.LEAD)
    sent = send(project, lead, file_of(row(1), *["no"] * 60))
    imports.import_upload(batch_id=sent["id"])
    first = ask(project, lead, f"imports/{sent['id']}")
    second = ask(project, lead, f"imports/{sent['id']}?cursor={first['next']}")
    lines = [error["line"] for page in (first, second) for error in page["errors"]]
    assert lines == list(range(2, 62))
    assert second["next"] is None


def test_a_form_with_the_file_is_accepted() -> None:
    project = make_project()
    response = Client().post(
        url(project, "imports?source=crm"),
        data={"file": SimpleUploadedFile("mine.jsonl", file_of(row(1)))},
        headers=bearer(make_member(project, Role.LEAD)),
    )
    answer = answer_of(response)
    assert (answer["status"], answer["file_name"], answer["source"]) == (202, "mine.jsonl", "crm")


@pytest.mark.parametrize(
    ("body", "says"), [(b"", "is empty"), (b"hello", "JSON"), (b"\xff\xfe{}", "UTF-16")]
)
def test_a_file_that_cannot_be_read_is_a_problem(body: bytes, says: str) -> None:
    project = make_project()
    answer = send(project, make_member(project, Role.LEAD), body)
    assert answer["status"] == 422
    assert says in answer["detail"]
    assert not ImportBatch.objects.exists()


def test_a_form_without_the_file_is_a_problem() -> None:
    project = make_project()
    response = Client().post(
        url(project, "imports"),
        data={"other": "x"},
        headers=bearer(make_member(project, Role.LEAD)),
    )
    answer = answer_of(response)
    assert (answer["status"], answer["detail"]) == (422, "Choose a file first.")


def test_a_body_may_exceed_the_memory_limit() -> None:
    project = make_project()
    blank = b" " * 9_999 + b"\n"
    body = file_of(row(1)) + blank * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE // len(blank) + 1)
    assert send(project, make_member(project, Role.LEAD), body)["status"] == 202


def test_a_repeated_request_with_a_key_creates_one_import() -> None:
    project = make_project()
    headers = bearer(make_member(project, Role.LEAD), **{"Idempotency-Key": "import-1"})
    first, again = (
        Client().post(
            url(project, "imports"),
            data=file_of(row(1)),
            content_type="application/jsonl",
            headers=headers,
        )
        for _ in range(2)
    )
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    assert ImportBatch.objects.count() == 1


def test_a_large_body_with_a_key_is_rejected_with_the_remedy() -> None:
    project = make_project()
    body = b" " * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    headers = {"Idempotency-Key": "large"}
    answer = send(project, make_member(project, Role.LEAD), body, **headers)
    assert answer["status"] == 413
    assert "without the key" in answer["detail"]


def test_only_members_who_curate_import() -> None:
    project = make_project()
    reviewer, stranger = make_member(project, Role.REVIEWER), make_user()
    assert send(project, reviewer, file_of(row(1)))["status"] == 403
    assert send(project, stranger, file_of(row(1)))["status"] == 404
    sent = send(project, make_member(project, Role.ANNOTATOR), file_of(row(1)))
    assert ask(project, reviewer, f"imports/{sent['id']}")["status"] == 403
    assert ask(project, stranger, f"imports/{sent['id']}")["status"] == 404
    assert ImportBatch.objects.count() == 1


def test_an_import_of_another_project_is_not_found() -> None:
    project, other = make_project(), make_project()
    sent = send(other, make_member(other, Role.LEAD), file_of(row(1)))
    lead = make_member(project, Role.LEAD)
    assert ask(project, lead, f"imports/{sent['id']}")["status"] == 404


def test_examples_are_returned_with_their_latest_revision() -> None:
    house = ProjectWithMembers()
    content = make_content(intent="returns", tags=["polite"], language="de")
    example = make_example(house.project, author=house.author, content=content)
    answer = ask(house.project, house.reviewer, "examples")
    (item,) = answer["items"]
    assert item["id"] == example.pk
    assert item["messages"] == content.messages
    assert (item["intent"], item["tags"], item["language"]) == ("returns", ["polite"], "de")
    assert (item["state"], item["revision"], item["content_hash"]) == (
        *("draft", 1, example.content_hash),
    )


def test_examples_are_filtered_like_the_queue() -> None:
    house = ProjectWithMembers()
    approved = house.approved(intent="returns")
    make_example(house.project, author=house.author)
    for query in ("state=approved", "intent=returns", "state=approved&intent=returns"):
        answer = ask(house.project, house.lead, f"examples?{query}")
        assert [item["id"] for item in answer["items"]] == [approved.pk]
    assert ask(house.project, house.lead, "examples?intent=%00")["status"] == 422
    assert ask(house.project, house.lead, "examples?state=good")["status"] == 422
    assert ask(house.project, house.lead, f"examples?cursor={2**70}")["status"] == 422


def test_examples_are_paged_without_repeats() -> None:
    house = ProjectWithMembers()
    for _ in range(55):
        make_example(house.project, author=house.author)
    first = ask(house.project, house.lead, "examples")
    second = ask(house.project, house.lead, f"examples?cursor={first['next']}")
    seen = {item["id"] for page in (first, second) for item in page["items"]}
    assert (len(first["items"]), len(second["items"]), len(seen)) == (50, 5, 55)
    assert second["next"] is None


def test_examples_are_for_members() -> None:
    project = make_project()
    for role in Role:
        assert ask(project, make_member(project, role), "examples")["status"] == 200
    assert ask(project, make_user(), "examples")["status"] == 404
    assert Client().get(url(project, "examples")).status_code == 401
