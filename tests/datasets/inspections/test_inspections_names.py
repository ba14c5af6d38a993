"""Names and addresses: pieces of words, what is put together, the findings, and the model."""

import hashlib
import importlib.util
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from datasets.conversations import chat
from datasets.ingest.files.known import KnownHashes
from datasets.ingest.files.prepare import Reading, prepare_chunk
from datasets.ingest.files.raw import PreparedRow, RawRow
from datasets.ingest.files.source import Format
from datasets.inspections import InspectionFinding, InspectionSettings
from datasets.inspections.names import model
from datasets.inspections.names.places import Mark, places_in
from datasets.inspections.names.search import MAX_CHARACTERS
from datasets.inspections.names.wordpieces import pieces_of
from datasets.inspections.registry import inspect
from tests.datasets.inspections.customers import MARKED

SYSTEM = {"role": "system", "content": "You are Aurora Care, the service of a shop."}
KINDS = {"Ada": "GIVEN_NAME", "Aurora": "GIVEN_NAME", "Meyer": "SURNAME", "hill": "SURNAME"}

# Tests run without the model, except for those of the model itself (tests/conftest.py).
load_real = model.load_model.__wrapped__


class FakeModel:
    """Marks some words wherever they are."""

    def __init__(self) -> None:
        self.ahead: list[str] = []

    def read_ahead(self, texts: Iterable[str]) -> None:
        self.ahead += texts

    def marks(self, text: str) -> Iterator[Mark]:
        for word, kind in KINDS.items():
            at = text.find(word)
            if at >= 0:
                yield Mark(kind, at, at + len(word), 0.6)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "load_model", FakeModel)


def findings(*texts: str, **settings: Any) -> list[InspectionFinding]:
    turns = [{"role": ("user", "assistant")[at % 2], "content": t} for at, t in enumerate(texts)]
    content = chat.normalise({"messages": [SYSTEM, *turns], "language": "en"})
    found = inspect(content, InspectionSettings(**settings))
    return [item for item in found if item.code.startswith(("personal_", "names_"))]


def test_an_import_reads_the_texts_of_new_rows_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = FakeModel()
    monkeypatch.setattr(model, "load_model", lambda: loaded)
    texts = ["I am Ada.", "Good day, Ada.", "Known."]
    rows = [
        RawRow(line, line, json.dumps({"messages": [SYSTEM, *turns]}).encode())
        for line, turns in enumerate(
            (
                [{"role": "user", "content": texts[0]}, {"role": "assistant", "content": texts[1]}],
                [{"role": "user", "content": texts[2]}],
            )
        )
    ]
    settings = InspectionSettings(finds_names=True)
    last = prepare_chunk(rows, Reading(Format.CHAT, settings))[1]
    assert loaded.ahead == texts
    assert isinstance(last, PreparedRow)
    loaded.ahead.clear()
    known = KnownHashes([last.content_hash])
    first, _known = prepare_chunk(rows, Reading(Format.CHAT, settings, known=known))
    assert loaded.ahead == texts[:2]
    assert isinstance(first, PreparedRow)
    assert [item.code for item in first.findings].count("personal_name") == 2
    prepare_chunk(rows, Reading(Format.CHAT, InspectionSettings(finds_names=False)))
    assert loaded.ahead == texts[:2], "the project wants no names"


def test_pieces_are_the_longest_of_the_vocabulary_without_case_and_accents() -> None:
    words = ["[UNK]", "gr", "##o", "##ss", "jurgen", "-", "é", "3", "##b"]
    vocabulary = {word: number for number, word in enumerate(words)}
    text = "Jürgen Gross-3b e\u0301 ?"
    found = [(words[p.number], text[p.start : p.end]) for p in pieces_of(text, vocabulary)]
    assert found == [
        *(("jurgen", "Jürgen"), ("gr", "Gr"), ("##o", "o"), ("##ss", "ss"), ("-", "-")),
        *(("3", "3"), ("##b", "b"), ("[UNK]", "e"), ("[UNK]", "?")),
    ]


@pytest.mark.parametrize(
    ("text", "marks", "expected"),
    [
        ("I am Ada de Boer.", "Ada:G de:S Boe:S", ["Ada de Boer"]),
        ("I am Ada. Meyer is here", "Ada:G Meyer:S", ["Ada", "Meyer"]),
        ("I am J. Meyer-Noel, hi", "J:G Meyer:S Noel:S", ["J. Meyer-Noel"]),
        ("im ada, it is ok", "im:G ada:G! it:G", ["ada"]),
        ("Aurora Care and Aurora Meyer", "Aurora:G Care:S", []),
        (
            "To 3b Elm Lane, 79100 York, now",
            "3b:B Elm:T Lane:T 79100:Z York:C",
            ["3b Elm Lane, 79100 York"],
        ),
        ("From York or 79100", "York:C 79100:Z", []),
        ("Open Main Street", "Main:T Street:T", []),
    ],
)
def test_places_are_put_together(text: str, marks: str, expected: list[str]) -> None:
    kinds = {"G": "GIVEN_NAME", "S": "SURNAME", "B": "BUILDING_NUMBER", "T": "STREET_NAME"}
    kinds |= {"Z": "ZIP_CODE", "C": "CITY"}
    given = []
    for mark in marks.split():
        word, kind = mark.split(":")
        at = text.index(word)
        given.append(Mark(kinds[kind[0]], at, at + len(word), 0.9 if "!" in kind else 0.6))
    found = places_in(text, given, {"aurora", "care"})
    assert [text[place.start : place.end] for place in found] == expected


@pytest.mark.usefixtures("fake")
def test_a_name_is_a_warning_with_one_click_and_the_shop_is_none() -> None:
    [found] = findings("I am Ada Meyer.", "Aurora helps.")
    assert (found.code, found.severity, found.replacement) == ("personal_name", "warning", "[NAME]")
    assert (found.message_index, found.start, found.end) == (1, 5, 14)
    assert not findings("I am Ada.", "Fine.", project_name="Shop of Ada")


@pytest.mark.usefixtures("fake")
def test_what_has_check_digits_or_a_form_wins() -> None:
    [found] = findings("Write to Ada@example.org.", "Fine.")
    assert found.code == "personal_email"


@pytest.mark.usefixtures("fake")
def test_only_the_beginning_of_a_long_example_is_read() -> None:
    found = findings("word " * (MAX_CHARACTERS // 5), "I am Ada.")
    assert [item.code for item in found] == ["names_not_read"]


def test_a_model_that_does_not_start_is_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / model.FOLDER / model.FILE
    file.parent.mkdir(parents=True)
    file.write_bytes(b"model")
    package = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr(model, "RUNTIME", "no_such_runtime")
    monkeypatch.setattr(model, "SHA256", hashlib.sha256(b"model").hexdigest())
    monkeypatch.setattr(model, "is_installed", lambda: True)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: package)
    assert load_real() is None
    assert "make setup-names" in caplog.text


def test_without_the_model_nothing_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "load_model", lambda: None)
    assert not findings("I am Ada Meyer, 3b Elm Lane, 79100 York.", "Fine.")


@pytest.mark.skipif(not model.is_installed(), reason="needs `make setup-names`")
def test_the_model_finds_what_customers_write() -> None:
    loaded = load_real()
    assert loaded is not None
    found: list[str] = []
    expected: list[str] = []
    for marked in MARKED:
        text = marked.replace("[", "").replace("]", "")
        expected += re.findall(r"\[(.+?)\]", marked)
        found += [text[item.start : item.end] for item in places_in(text, loaded.marks(text))]
    right = [part for part in found if any(part in whole for whole in expected)]
    assert len(right) >= len(expected) - 1
    assert len(found) - len(right) <= 3


@pytest.mark.skipif(not model.is_installed(), reason="needs `make setup-names`")
def test_the_model_marks_the_same_in_batches() -> None:
    alone, batched = load_real(), load_real()
    assert alone is not None
    assert batched is not None
    texts = [marked.replace("[", "").replace("]", "") for marked in MARKED]
    texts += ["", " ", f"{'The parcel is late. ' * 23}My name is Anna Schmidt."]
    expected = [[*alone.marks(text)] for text in texts]
    batched.read_ahead(texts)
    found = [[*batched.marks(text)] for text in texts]
    for marks, others in zip(found, expected, strict=True):
        assert [(m.kind, m.start, m.end) for m in marks] == [
            (m.kind, m.start, m.end) for m in others
        ]


@pytest.mark.skipif(not model.is_installed(), reason="needs `make setup-names`")
def test_the_model_reads_long_texts_in_windows() -> None:
    loaded = load_real()
    assert loaded is not None
    text = f"{'The parcel is late. ' * 23}My name is Anna Schmidt. {'It was blue. ' * 60}"
    [place] = places_in(text, loaded.marks(text))
    assert text[place.start : place.end] == "Anna Schmidt"
