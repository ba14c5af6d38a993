"""What an import says of labels, keys and intents that it did not change, read or tell apart."""

from pathlib import Path
from typing import Any

import pytest

from datasets.ingest import actions as imports
from datasets.ingest.files.opening import open_source
from datasets.ingest.models import ImportBatch
from reviewapp.people.models import Project
from tests.factories.imports import make_file, make_import, make_job, make_row
from tests.factories.people import make_project

pytestmark = pytest.mark.django_db
Rows = list[dict[str, Any] | str]


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rows.jsonl"


def counts(batch: ImportBatch) -> tuple[int, int, int, int]:
    return batch.read, batch.created, batch.unchanged, batch.rejected


def test_unchanged_rows_with_other_labels_are_counted_and_listed(
    project: Project, path: Path
) -> None:
    make_import(project, path, [make_row(1), make_row(2, intent="a", tags=["x", "y"]), make_row(3)])
    rows: Rows = [
        make_row(1, intent="b", tags=["vip"], split="test", external_id="crm-1"),
        make_row(2, intent="a", tags=["y", "x"]),
        make_row(3, language=None),
        make_row(4),
    ]
    make_file(path, rows)
    trial = imports.dry_run_import(project=project, file=open_source(path), max_errors=10)
    batch = make_import(project, path, rows)
    assert counts(batch) == (4, 1, 3, 0)
    assert batch.relabelled == trial.relabelled == 1
    difference = batch.differences.get()
    assert difference.line == 1
    assert difference.labels == {
        "intent": ["", "b"],
        "tags": [[], ["vip"]],
        "external_id": ["", "crm-1"],
        "split": ["", "test"],
    }
    assert difference.example.intent is None


def test_the_same_conversation_twice_in_a_file_with_other_labels_is_listed(
    project: Project, path: Path
) -> None:
    batch = make_import(project, path, [make_row(1, intent="a"), make_row(1, intent="b")])
    assert batch.differences.get().labels == {"intent": ["a", "b"]}


def test_keys_that_are_not_read_are_counted_by_name(project: Project, path: Path) -> None:
    rows: Rows = [make_row(1, label="x"), make_row(2, label="y", agent="z"), make_row(3)]
    batch = make_import(project, path, rows)
    assert batch.unread == {"label": 2, "agent": 1}
    many = make_import(project, path, [make_row(4, **{f"key{n}": n for n in range(80)})])
    assert len(many.unread) == 50


def test_columns_that_are_not_read_are_named_before_a_row_is_made(
    project: Project, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("user,assistant,ticket\n")
    batch = make_job(project, path).batch
    assert batch.unread == {"ticket": 0}


def test_intents_that_look_alike_are_pointed_out(project: Project, path: Path) -> None:
    names = ["Returns", "returns", " RETURNS", "R\u00fcckgabe", "Ru\u0308ckgabe", "billing"]
    batch = make_import(project, path, [make_row(n, intent=name) for n, name in enumerate(names)])
    assert imports.similar_intents(batch) == [["RETURNS", "Returns", "returns"]]
    other = make_import(project, path, [make_row(9, intent="billing")])
    assert imports.similar_intents(other) == []
