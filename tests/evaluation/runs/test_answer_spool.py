"""How rows get from a file of answers into the database."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from datasets.conversations.errors import RowError
from evaluation.runs.actions import answer_import, answer_scan
from evaluation.runs.actions.answer_plan import AnswerImport
from evaluation.runs.rows import AnswerRow
from reviewapp.core.messages import message
from tests.factories.people import make_project
from tests.factories.runs import make_answer_rows


@pytest.mark.django_db
def test_a_file_is_read_once_and_its_progress_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_import, "ROWS_AT_ONCE", 4)
    opened: list[None] = []
    progress: list[tuple[int, int]] = []

    def rows() -> Iterator[AnswerRow | RowError]:
        opened.append(None)
        yield from make_answer_rows(6)
        yield RowError(7, message("runs.no_id"))
        yield replace(make_answer_rows(1)[0], line=8)

    report = answer_import.import_answers(
        project=make_project(),
        plan=AnswerImport(run="imported", baseline="old", candidate="new"),
        rows=rows,
        on_stored=lambda stored, whole: progress.append((stored, whole)),
    )
    assert len(opened) == 1
    assert progress == [(4, 6), (6, 6)]
    assert (report.created, report.unchanged, report.rejected) == (6, 1, 1)
    texts = set(report.run.answers.values_list("text", flat=True))
    expected = {a.text for row in make_answer_rows(6) for a in (row.baseline, row.candidate)}
    assert texts == expected


def test_the_rows_that_wait_keep_their_order_beyond_one_batch() -> None:
    rows = make_answer_rows(2 * answer_scan._ROWS_AT_ONCE + 1)
    with answer_scan.RowSpool() as spool:
        for row in rows:
            spool.add(row)
        assert list(spool) == rows
        assert list(spool) == rows
