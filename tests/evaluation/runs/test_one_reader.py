"""One reader for chat messages: whatever way a conversation is written, it is the same one."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from datasets.conversations.errors import RowError
from datasets.curation.models import GoldenExample
from datasets.ingest.files.raw import MAX_ROW_BYTES, RawRow
from datasets.ingest.files.rows import read_row
from datasets.ingest.files.source import Format
from evaluation.results.vote_rows import read_votes
from evaluation.runs.forms import prompt_file
from evaluation.runs.prompt_sets import leaks
from evaluation.runs.prompts import Prompt, prompt_hash, without_answer
from evaluation.runs.rows import AnswerRow, read_answers, read_prompts
from tests.factories.imports import make_import
from tests.factories.runs import make_model_version
from tests.factories.versions import ProjectWithMembers
from tests.sentences import codes_in

SYSTEM = {"role": "system", "content": "You help.\nAlways."}
USER = {"role": "user", "content": "Where is\nmy parcel?"}
ANSWER = {"role": "assistant", "content": "On its way."}
ANSWER_CODE = "answer_not_text"
UNDER_OTHER_NAME = "runs.prompt_under_other_name"
PARTS = [{"type": "text", "text": "Where is"}, {"type": "text", "text": "my parcel?"}]

WRITTEN: dict[str, list[dict[str, Any]]] = {
    "as it is": [SYSTEM, USER, ANSWER],
    "developer": [{**SYSTEM, "role": "developer"}, USER, ANSWER],
    "text parts": [SYSTEM, {**USER, "content": PARTS}, ANSWER],
    "null keys": [SYSTEM, {**USER, "name": None, "tool_calls": None, "audio": None}, ANSWER],
    "empty calls": [SYSTEM, {**USER, "tool_calls": []}, {**ANSWER, "tool_calls": []}],
    "line ends": [SYSTEM, {**USER, "content": "Where is\r\nmy parcel?"}, ANSWER],
    "order of keys": [dict(reversed(message.items())) for message in (SYSTEM, USER, ANSWER)],
    "other keys": [SYSTEM, {**USER, "id": "m1"}, ANSWER],
    "weight": [SYSTEM, USER, {**ANSWER, "weight": None}],
}


def prompt_of(row: dict[str, Any]) -> Prompt:
    (found,) = read_prompts(io.BytesIO(json.dumps(row).encode()))
    assert isinstance(found, Prompt), found
    return found


@pytest.mark.parametrize("way", WRITTEN)
def test_imports_prompts_and_answers_agree_on_what_a_conversation_says(way: str) -> None:
    row = {"id": "a", "messages": WRITTEN[way], "baseline": "b", "candidate": "c"}
    raw = json.dumps(row).encode()
    imported = without_answer(read_row(RawRow(1, 1, raw), Format.AUTO).content.messages)
    (answers,) = read_answers(io.BytesIO(raw))
    assert isinstance(answers, AnswerRow)
    hashes = {prompt_hash(message) for message in (imported, prompt_of(row).messages)}
    assert hashes == {prompt_hash(answers.prompt.messages)} == {prompt_hash([SYSTEM, USER])}


@pytest.mark.django_db
def test_prompts_are_recognised_in_training_data_however_they_are_written(tmp_path: Path) -> None:
    house = ProjectWithMembers()
    rows = [
        {
            # A system message of its own makes each of them another conversation.
            "messages": [{**messages[0], "content": f"You help ({way})."}, *messages[1:]],
            "split": "train",
            "language": "en",
        }
        for way, messages in WRITTEN.items()
    ]
    make_import(house.project, tmp_path / "rows.jsonl", rows)
    for example in GoldenExample.objects.all():
        GoldenExample.objects.filter(pk=example.pk).update(created_by=house.author)
        house.approve(example)
    house.many(4)
    version = house.freeze(shares={"train": 50, "validation": 0, "test": 50})
    candidate = make_model_version(house.project, dataset_version_id=version.pk)
    prompts = [prompt_of({"id": way, **row}) for way, row in zip(WRITTEN, rows, strict=True)]
    found = {leak.key for leak in leaks(candidate, prompts) if leak.is_same_prompt}
    assert found == set(WRITTEN)


def test_a_list_of_rows_is_read_as_lines_are() -> None:
    rows = [{"id": n, "messages": [{"role": "user", "content": f"Q{n}"}]} for n in range(3)]
    found = list(read_prompts(io.BytesIO(json.dumps(rows, indent=1).encode())))
    assert [row.key for row in found if isinstance(row, Prompt)] == ["0", "1", "2"]


def test_an_endless_line_of_a_file_of_prompts_is_one_bad_row() -> None:
    line = b'{"messages": "' + b"x" * MAX_ROW_BYTES + b'"}\n'
    (found,) = read_prompts(io.BytesIO(line))
    assert isinstance(found, RowError)
    assert found.code == "row_too_long"


@pytest.mark.parametrize(
    ("row", "code", "sentence"),
    [
        ({"messages": [USER], "candidate": None}, ANSWER_CODE, "runs.answer_not_text.missing"),
        ({"question": "Q", "candidate": "c"}, "prompt_under_other_name", UNDER_OTHER_NAME),
        ({"candidate": "c", "conversations": []}, "other_format", "ingest.shape.sharegpt"),
        (
            {"messages": [USER], "candidate": {"choices": []}},
            ANSWER_CODE,
            "runs.answer_not_text.response",
        ),
        (
            {"messages": [USER], "candidate": [{"type": "image_url"}]},
            ANSWER_CODE,
            "runs.answer_not_text",
        ),
    ],
)
def test_an_answer_that_cannot_be_read_names_the_cause(
    row: dict[str, Any], code: str, sentence: str
) -> None:
    raw = json.dumps({"id": "a", "baseline": "b", **row}).encode()
    (found,) = read_answers(io.BytesIO(raw))
    assert isinstance(found, RowError)
    assert found.code == code
    assert sentence in codes_in(found.message)


def test_a_bad_row_has_the_same_code_in_every_kind_of_file() -> None:
    file = b'{"id": "a", \n\xff\n[1]\n{"id": 1, "id": 2}\n{"id": "\\ud83d"}\n'
    codes = ["not_json", "not_utf8", "not_an_object", "repeated_key", "bad_character"]
    for read in (read_prompts, read_answers, read_votes):
        assert [row.code for row in read(io.BytesIO(file)) if isinstance(row, RowError)] == codes


def test_an_answer_in_text_parts_and_an_id_written_as_1_0_are_read() -> None:
    row = {"id": 1.0, "messages": [USER], "baseline": PARTS, "candidate": {"content": PARTS}}
    (found,) = read_answers(io.BytesIO(json.dumps(row).encode()))
    assert isinstance(found, AnswerRow)
    assert (found.prompt.key, found.baseline.text, found.candidate.text) == (
        "1",
        USER["content"],
        USER["content"],
    )


@pytest.mark.parametrize("limit", ["MAX_PROMPTS", "MAX_PROMPT_FILE_LINES"])
def test_growth_a_file_of_prompts_is_read_up_to_a_limit_in_rows(
    monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(prompt_file, limit, 10)
    read: list[Prompt | RowError] = []

    def counting(file: Any) -> Iterator[Prompt | RowError]:
        for found in read_prompts(file):
            read.append(found)
            yield found

    monkeypatch.setattr(prompt_file, "read_prompts", counting)
    row = json.dumps({"messages": [USER]}).encode() + b"\n"
    for count in (20, 40, 80):
        read.clear()
        upload = SimpleUploadedFile("prompts.jsonl", row * count)
        with pytest.raises(ValidationError, match="has more than 10"):
            prompt_file.prompts_of_file(upload)
        assert len(read) <= 11
