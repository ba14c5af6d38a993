"""Bundles run by a plain shell: killed, started again, unpacked afresh elsewhere."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.test import Client
from django.urls import reverse

from evaluation.training.bundle import storage
from evaluation.training.bundle.models import BundleEvent
from evaluation.training.models import Stage, TrainingRun
from evaluation.training.trainer import report, unsent
from reviewapp.people.models import Role
from tests.evaluation.training import scripted_trainer
from tests.evaluation.training.bundles import bundle_of, waiting
from tests.factories.people import make_member, make_project
from tests.factories.trainings import work
from tests.factories.versions import make_filed_version
from tests.workers import eventually

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_storage(settings: Any, tmp_path: Path) -> None:
    chosen = {**settings.STORAGES["trainings"], "OPTIONS": {"location": tmp_path / "trainings"}}
    settings.STORAGES = {**settings.STORAGES, "trainings": chosen}


def unpacked(training: TrainingRun, folder: Path, url: str) -> list[str]:
    """Download the bundle and unpack it; return the command that starts it."""
    for name, content in bundle_of(training).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    contact = json.loads((folder / "report.json").read_text())
    contact["url"] = contact["url"].replace("http://testserver", url)
    (folder / "report.json").write_text(json.dumps(contact))
    return ["/bin/bash", str(folder / "run.sh")]


def kill_after_a_step(command: list[str], environment: dict[str, str]) -> None:
    """Start it, and kill it once a step was reported: its trainer waits there."""
    holds = {**environment, "HOLD_AFTER": "1"}
    shell = subprocess.Popen(command, env=holds, start_new_session=True)
    reported = BundleEvent.objects.filter(kind="step")
    try:
        eventually(lambda: reported.exists() or shell.poll() is not None, "a step is reported")
        assert shell.poll() is None
    finally:
        os.killpg(shell.pid, signal.SIGKILL)
        shell.wait()


def run_to_its_end(command: list[str], environment: dict[str, str]) -> None:
    ended = subprocess.run(command, env=environment, check=False, timeout=60)
    assert ended.returncode == 0


@pytest.mark.django_db(transaction=True)
def test_a_bundle_run_by_a_shell_is_killed_and_goes_on(live_server: Any, tmp_path: Path) -> None:
    training = waiting(make_filed_version(make_project("house")))
    folder = tmp_path / "bundle"
    command = unpacked(training, folder, live_server.url)
    trainer = f'"{sys.executable}" "{scripted_trainer.__file__}"'
    environment = {**os.environ, "PYTHON": sys.executable, "TRAINER": trainer, "BEAT": "0.05"}
    kill_after_a_step(command, environment)
    run_to_its_end(command, environment)
    assert {"started", "resumed", "succeeded"} <= set(_kinds(folder))
    training = work(training)
    assert training.stage == Stage.SUCCEEDED
    assert list(training.metrics.values_list("step", flat=True)) == [1, 2, 3, 4, 5, 6]
    assert [checkpoint.step for checkpoint in training.checkpoints.all()] == [3, 6]
    for epoch in (1, 2):
        name = storage.file_name(hashlib.sha256(scripted_trainer.adapter(epoch)).hexdigest())
        assert storages["trainings"].exists(name)


@pytest.mark.django_db(transaction=True)
def test_a_killed_bundle_is_downloaded_again_and_starts_in_a_fresh_folder(
    live_server: Any, tmp_path: Path, client: Client
) -> None:
    training = waiting(make_filed_version(make_project("house")))
    trainer = f'"{sys.executable}" "{scripted_trainer.__file__}"'
    environment = {**os.environ, "PYTHON": sys.executable, "TRAINER": trainer, "BEAT": "0.05"}
    first, second = tmp_path / "first", tmp_path / "second"
    kill_after_a_step(unpacked(training, first, live_server.url), environment)
    training = work(training, rounds=1)
    earlier = training.events.count()
    run_to_its_end(unpacked(training, second, live_server.url), environment)
    assert "resumed" not in _kinds(second)
    training = work(training)
    assert training.stage == Stage.SUCCEEDED
    assert training.events.count() == earlier + len(_kinds(second))
    client.force_login(make_member(training.project, Role.LEAD))
    url = reverse("evaluation:training_run", args=["house", training.pk])
    assert client.get(url).context["progress"].step == 6


def test_a_log_that_lost_lines_is_sent_again_as_a_new_one(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(json.dumps({"url": "http://127.0.0.1:9", "token": "t"}))
    (tmp_path / "events.jsonl").write_text("".join(f'{{"kind": "k{n}"}}\n' for n in range(2)))
    reporter = report.Reporter(tmp_path, ["true"], 0.01)
    sent: list[tuple[str, int]] = []

    class Server:
        """Has five events of the first log, and takes what comes of the next."""

        def post(self, _path: str, body: dict[str, Any]) -> dict[str, Any]:
            sent.append((body["log"], len(body["events"])))
            is_first = body["log"] == sent[0][0]
            return {"received": 5 if is_first else len(body["events"]), "wanted": "run"}

    reporter._server = Server()  # type: ignore[assignment]
    assert reporter._report()
    assert reporter._report()
    assert [count for _log, count in sent] == [2, 2]
    assert sent[0][0] != sent[1][0] == (tmp_path / "events.id").read_text().strip()
    again = report.Reporter(tmp_path, ["true"], 0.01)
    assert again._unsent.log_id == sent[1][0], "a restart goes on with the log"
    reporter._unsent.close()


@pytest.mark.parametrize("way", ["emptied", "replaced"])
def test_events_are_kept_until_a_server_takes_them_though_the_log_was_shortened(
    tmp_path: Path, way: str
) -> None:
    (tmp_path / "report.json").write_text(json.dumps({"url": "http://127.0.0.1:9", "token": "t"}))
    log, sent = tmp_path / "events.jsonl", list[tuple[int, str]]()

    def tell(*kinds: str) -> None:
        with log.open("a") as file:
            file.writelines(f'{{"kind": "{kind}"}}\n' for kind in kinds)

    class Server:
        """Takes every event, and answers how many it has."""

        def post(self, _path: str, body: dict[str, Any]) -> dict[str, Any]:
            sent.extend((row["number"], row["event"]["kind"]) for row in body["events"])
            return {"received": len(sent), "wanted": "run"}

    tell("started", "a")
    reporter = report.Reporter(tmp_path, ["true"], 0.01)
    assert not reporter._report(), "no server"
    if way == "emptied":
        log.write_text("")
    else:
        tell("late")
        log.rename(tmp_path / "events.jsonl.1")
    tell("b")
    assert not reporter._report()
    log.write_text("")
    reporter._unsent.close()
    again = report.Reporter(tmp_path, ["true"], 0.01)
    tell("c")
    again._server = Server()  # type: ignore[assignment]
    assert again._report()
    kinds = ["started", "a", *(["late"] if way == "replaced" else []), "b", "c"]
    assert sent == list(enumerate(kinds, start=1))
    assert again._report()
    assert len(sent) == len(kinds), "none is sent twice"
    again._unsent.close()


def test_a_full_store_leaves_further_events_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "events.jsonl"
    log.write_text("".join(f'{{"kind": "k{n}"}}\n' for n in range(9)))
    monkeypatch.setattr(unsent, "MAX_BYTES", 300)
    store = unsent.Unsent(tmp_path, log.name, "events.id")
    store.collect()
    kept = len(store)
    assert 0 < kept < 9
    store.drop_through(kept)
    store.collect()
    assert store.batch(9, 1000)[0] == {"number": kept + 1, "event": {"kind": f"k{kept}"}}
    store.close()


def _kinds(folder: Path) -> list[str]:
    events = folder / "events.jsonl"
    lines = events.read_text().splitlines() if events.exists() else []
    return [json.loads(line)["kind"] for line in lines if line.endswith("}")]
