"""Rows of an import that are near-duplicates: kept, flagged or left out, and always listed."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from datasets.curation.models import GoldenExample
from datasets.ingest import actions as imports
from datasets.ingest.actions.near_duplicates import TAG
from datasets.ingest.models import ImportBatch, NearDuplicates
from datasets.similarity.models import SimilarPair
from reviewapp.people.actions.members import create_token
from reviewapp.people.models import Project, Role
from tests.factories.examples import make_content, make_example
from tests.factories.imports import make_file, make_job, make_row
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db

QUESTION = "My parcel has not arrived although the tracking page says that it was delivered."
ANSWER = "I am sorry. Please ask your neighbours first; we open an inquiry with the carrier today."
OTHER_ANSWER = (
    "We refund the whole price within seven working days, you need not send anything back."
)


def row(question: str, answer: str = ANSWER) -> dict[str, Any]:
    messages = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return make_row(messages=messages)


ROWS = [
    row(f"Hello. {QUESTION}"),
    row("How can I change the delivery address of an order from yesterday?"),
    row("How can I change the delivery address of the order from yesterday?"),
    row(QUESTION, OTHER_ANSWER),
]


@pytest.fixture
def project() -> Project:
    project = make_project()
    make_example(project, content=make_content(question=QUESTION, answer=ANSWER))
    return project


def imported(project: Project, path: Path, choice: str, rows: list[dict[str, Any]]) -> ImportBatch:
    job = make_job(project, make_file(path, rows))
    imports.set_choices(job.batch, near_duplicates=choice, labels="keep")
    return imports.run_batch(job)


@pytest.mark.parametrize(
    ("choice", "created", "flagged"),
    [(NearDuplicates.KEEP, 4, 0), (NearDuplicates.FLAG, 4, 2), (NearDuplicates.SKIP, 2, 0)],
)
def test_near_duplicates_are_listed_and_kept_flagged_or_left_out(
    project: Project, tmp_path: Path, choice: str, created: int, flagged: int
) -> None:
    first = GoldenExample.objects.get()
    batch = imported(project, tmp_path / "rows.jsonl", choice, ROWS)
    assert (batch.read, batch.created, batch.unchanged, batch.similar) == (
        4,
        created,
        4 - created,
        2,
    )
    assert GoldenExample.objects.filter(tags__contains=[TAG]).count() == flagged
    listed = batch.near_duplicate_rows.all()
    assert [near.line for near in listed] == [1, 3]
    assert [near.example_id is None for near in listed] == [choice == NearDuplicates.SKIP] * 2
    assert listed[0].other_id == first.pk
    present = {*GoldenExample.objects.values_list("pk", flat=True)}
    ends = SimilarPair.objects.values_list("first_id", "second_id")
    assert {example_id for pair in ends for example_id in pair} <= present


def test_a_row_that_is_like_one_left_out_is_taken(project: Project, tmp_path: Path) -> None:
    words = [f"word{chr(97 + number // 26)}{chr(97 + number % 26)}" for number in range(60)]
    chain = [row(" ".join(words[begin : begin + 40])) for begin in (0, 7, 14)]
    batch = imported(project, tmp_path / "rows.jsonl", NearDuplicates.SKIP, chain)
    assert [near.line for near in batch.near_duplicate_rows.all()] == [2]


def test_importing_the_file_again_lists_nothing_new(project: Project, tmp_path: Path) -> None:
    imported(project, tmp_path / "rows.jsonl", NearDuplicates.KEEP, ROWS)
    again = imported(project, tmp_path / "rows.jsonl", NearDuplicates.KEEP, ROWS)
    assert (again.unchanged, again.similar) == (4, 0)


def test_the_page_and_the_api_of_an_import_list_its_near_duplicates(
    client: Client, project: Project, tmp_path: Path
) -> None:
    batch = imported(project, tmp_path / "rows.jsonl", NearDuplicates.FLAG, ROWS)
    member = make_member(project, Role.ANNOTATOR)
    client.force_login(member)
    page = client.get(reverse("datasets:import_batch", args=[project.slug, batch.pk]))
    assert [near.line for near in page.context["near_duplicates"]] == [1, 3]
    token = create_token(user=member).secret
    answer = client.get(
        f"/api/v1/projects/{project.slug}/imports/{batch.pk}",
        headers={"Authorization": f"Bearer {token}"},
    ).json()
    assert (answer["near_duplicates"], answer["similar"]) == ("flag", 2)
    assert [near["line"] for near in answer["similar_rows"]] == [1, 3]
