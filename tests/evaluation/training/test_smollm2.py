"""SmolLM2-135M is tuned on this machine's CPU, killed on the way, served and asked.

`make test-training` runs it: 4.5 minutes of processor time.
"""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from evaluation.demo.rows import demo_splits, write_rows
from evaluation.training.trainer.folder import GGUF_FILE
from evaluation.training.trainer.job import JOB_FILE, TrainingJob
from tests.evaluation.training.test_trainer import events, stop_at, train
from tests.model_server import model_file

pytestmark = pytest.mark.training
CONVERSATIONS = 48


def test_a_killed_training_learns_and_its_adapter_is_served(tmp_path: Path) -> None:
    from evaluation.demo.serving import LocalServer, Sampling  # noqa: PLC0415 - xllamacpp.

    splits = demo_splits()
    for name, rows in (("train", splits.train[:CONVERSATIONS]), ("validation", splits.validation)):
        write_rows(tmp_path / f"{name}.jsonl", ({"messages": row["messages"]} for row in rows))
    base = model_file()
    job = TrainingJob(
        base=str(base),
        validation="validation.jsonl",
        epochs=1,
        learning_rate=1e-3,
        checkpoint_seconds=10,
    )
    (tmp_path / JOB_FILE).write_text(job.to_json())

    stop_at(tmp_path, 5, lambda process: process.send_signal(signal.SIGKILL), seconds=900)
    assert train(tmp_path, seconds=900) == 0

    before, *_, after = [event["loss"] for event in events(tmp_path, "evaluation")]
    assert after < 0.9 * before
    assert events(tmp_path, "resumed")[0]["step"] > 0
    server = LocalServer(base, [tmp_path / "adapters/epoch-1" / GGUF_FILE])
    question = [{"role": "user", "content": "Where is my parcel? My order is AU-48213."}]
    sampling = Sampling(temperature=0.0, max_tokens=40)
    untuned, tuned = (server.answer(question, number, sampling)["content"] for number in (None, 0))
    assert tuned.strip()
    assert tuned != untuned
