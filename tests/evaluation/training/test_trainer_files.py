"""The files of a training job: `job.json`, events, samples. Needs no PyTorch."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evaluation.training.trainer.events import read_events
from evaluation.training.trainer.folder import EVENTS_FILE, JobFolder
from evaluation.training.trainer.job import JobError, TrainingJob, job_digest, read_job
from evaluation.training.trainer.samples import IGNORED, read_samples
from reviewapp import env


class WordTokenizer:
    """A tokenizer whose token ids are positions in the list of all words it has seen."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def apply_chat_template(
        self, messages: list[dict[str, str]], *, tokenize: bool, add_generation_prompt: bool = False
    ) -> str:
        assert not tokenize
        assert all("weight" not in message for message in messages)
        shown = "".join(f" {message['role']} {message['content']} ." for message in messages)
        return shown + (" assistant" if add_generation_prompt else "")

    def __call__(self, text: str, *, add_special_tokens: bool) -> dict[str, list[int]]:
        assert not add_special_tokens
        found = re.findall(r"\S+", text)
        self.words += [word for word in found if word not in self.words]
        return {"input_ids": [self.words.index(word) for word in found]}


def write_job(folder: Path, **values: Any) -> TrainingJob:
    (folder / "train.jsonl").write_text("{}\n")
    (folder / "base.gguf").write_bytes(b"weights")
    job = TrainingJob(base="base.gguf", **values)
    (folder / "job.json").write_text(job.to_json())
    return job


def test_a_job_is_read_as_it_was_written(tmp_path: Path) -> None:
    job = write_job(tmp_path, epochs=2, learning_rate=1e-3)

    assert read_job(tmp_path) == job


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"epochs": 0}, "epochs"),
        ({"rank": True}, "rank"),
        ({"learning_rate": "fast"}, "learning_rate"),
        ({"device": "abacus"}, "device"),
        ({"speed": 1}, "speed"),
        ({"schema": 9}, "schema"),
    ],
)
def test_a_wrong_job_is_refused_by_name(tmp_path: Path, change: dict[str, Any], named: str) -> None:
    write_job(tmp_path)
    file = tmp_path / "job.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))

    with pytest.raises(JobError, match=named) as error:
        read_job(tmp_path)
    assert error.value.code == "job_invalid"


def test_the_digest_changes_with_all_that_decides_the_weights(tmp_path: Path) -> None:
    first = job_digest(write_job(tmp_path), tmp_path)
    other_pace = job_digest(write_job(tmp_path, checkpoint_seconds=5, device="cpu"), tmp_path)
    other_seed = job_digest(write_job(tmp_path, seed=8), tmp_path)
    job = write_job(tmp_path)
    (tmp_path / "train.jsonl").write_text("{ }\n")

    assert first == other_pace
    assert len({first, other_seed, job_digest(job, tmp_path)}) == 3


def test_answers_are_learnt_and_nothing_else(tmp_path: Path) -> None:
    tokenizer = WordTokenizer()
    messages = [
        {"role": "system", "content": "Be kind"},
        {"role": "user", "content": "Where"},
        {"role": "assistant", "content": "Unclear", "weight": 0},
        {"role": "user", "content": "Again"},
        {"role": "assistant", "content": "At home", "weight": 1},
    ]
    file = tmp_path / "train.jsonl"
    file.write_text(json.dumps({"messages": messages}) + "\n")

    [sample] = read_samples(file, tokenizer, 100)

    learnt = [tokenizer.words[label] for label in sample.labels if label != IGNORED]
    assert learnt == ["At", "home", "."]
    assert len(sample.ids) == len(sample.labels)
    assert sample.learnt == 3


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("not json", "data_unreadable"),
        ('{"chat": []}', "data_unreadable"),
        ('{"messages": [{"role": "user", "content": "Only a question"}]}', "no_learnt_tokens"),
        ('{"messages": [{"role": "assistant", "content": "a b c d e f"}]}', "too_long"),
    ],
)
def test_data_that_cannot_be_trained_on_is_refused(tmp_path: Path, content: str, code: str) -> None:
    file = tmp_path / "train.jsonl"
    file.write_text(content + "\n")

    with pytest.raises(JobError) as error:
        read_samples(file, WordTokenizer(), 6)
    assert error.value.code == code


def test_events_are_read_once_and_never_half(tmp_path: Path) -> None:
    folder, file = JobFolder(tmp_path), tmp_path / EVENTS_FILE
    folder.add_event("step", step=1)
    first = read_events(file)
    folder.add_event("step", step=2)
    with file.open("a") as events:
        events.write('{"kind": "st')
    second = read_events(file, first.offset)

    assert [event["step"] for event in first.events + second.events] == [1, 2]
    assert read_events(file, second.offset).events == []
    assert read_events(tmp_path / "missing").events == []


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path)
    folder.write_file("checkpoint", lambda path: path.write_text("old"))

    def fail(path: Path) -> None:
        path.write_text("ne")
        raise OSError

    with pytest.raises(OSError):
        folder.write_file("checkpoint", fail)
    assert (tmp_path / "checkpoint").read_text() == "old"


_NICE = """
import os, sys
from pathlib import Path
from evaluation.training.trainer.__main__ import _train
from evaluation.training.trainer.folder import JobFolder
from evaluation.training.trainer.ranks import ALONE
os.nice(int(sys.argv[2]))
# There is no job, so it ends before it needs PyTorch.
_train(JobFolder(Path(sys.argv[1])), ALONE)
print(os.nice(0))
"""


@pytest.mark.parametrize("lowered", [0, 5, 10])
def test_a_trainer_lets_others_go_first_whoever_starts_it(tmp_path: Path, lowered: int) -> None:
    words = [sys.executable, "-c", _NICE, str(tmp_path), str(lowered)]
    done = subprocess.run(words, cwd=env.ROOT, check=True, capture_output=True, text=True)
    assert int(done.stdout) == max(10, os.getpriority(os.PRIO_PROCESS, 0) + lowered)
