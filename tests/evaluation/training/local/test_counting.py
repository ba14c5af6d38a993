"""Tokens of a forecast: counted beside the request, once, by a saved tokenizer."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from datasets.versions.models import DatasetVersion
from evaluation.training.actions.starting import prepare_training
from evaluation.training.local import counting, tokenizers
from evaluation.training.local.models import BaseModel
from evaluation.training.trainer.save_tokenizer import FAILED_FILE
from reviewapp.people.models import Role
from tests.evaluation.training.local.local_training import NAME, make_base, make_local_plan
from tests.factories.people import make_member, make_project
from tests.factories.versions import make_filed_version

pytestmark = pytest.mark.django_db


class Process:
    """The trainer's programs, which count 1,000 tokens in each file; threads run when told."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.printed: dict[str, object] = {"tokens": 1000, "learnt_tokens": 400}
        self.waiting: list[Callable[[], object]] = []

    def thread(self, *, target: Callable[..., object], args: Any, daemon: bool) -> Any:
        assert daemon
        self.waiting.append(partial(target, *args))
        return Mock()

    def end(self) -> None:
        """Run the threads that were started to their end."""
        while self.waiting:
            self.waiting.pop()()

    def __call__(self, module: str, *arguments: Any) -> str:
        self.calls.append(module)
        if module == "save_tokenizer":
            Path(arguments[1]).mkdir(parents=True)
            return ""
        return (json.dumps(self.printed) + "\n") * len(arguments[2:])


@pytest.fixture
def process(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Process:
    settings.TRAINING_MODELS_DIR, settings.DATA_DIR = str(tmp_path), tmp_path
    made = Process()
    for module in (counting, tokenizers):
        monkeypatch.setattr(module, "run_module", made)
        monkeypatch.setattr(module, "has_trainer", lambda: True)
    monkeypatch.setattr(counting, "threading", Mock(Thread=made.thread))
    monkeypatch.setattr(counting, "connection", Mock())
    cache.clear()
    make_base(tmp_path)
    return made


@pytest.fixture
def version() -> DatasetVersion:
    return make_filed_version(make_project())


def test_a_forecast_does_not_wait_for_the_tokenizer(
    version: DatasetVersion, process: Process
) -> None:
    plan = make_local_plan(version)
    first = prepare_training(version.project, plan).forecast
    assert (first.is_exact, first.is_counting) == (False, True)
    prepare_training(version.project, plan)
    process.end()
    later = prepare_training(version.project, plan).forecast
    assert (later.tokens, later.is_exact, later.is_counting) == (2000, True, False)
    assert process.calls == ["save_tokenizer", "count"], "two requests count once"
    cache.clear()
    prepare_training(version.project, plan)
    process.end()
    assert process.calls[2:] == ["count"], "the tokenizer is saved"


def test_what_cannot_be_counted_is_forecast_by_the_freeze(
    version: DatasetVersion, process: Process
) -> None:
    process.printed = {"unknown": 1}
    plan = make_local_plan(version)
    prepare_training(version.project, plan)
    process.end()
    found = prepare_training(version.project, plan).forecast
    assert (found.tokens, found.is_exact, found.is_counting) == (1200, False, False)


def test_a_tokenizer_that_cannot_be_loaded_is_named(
    version: DatasetVersion, process: Process, tmp_path: Path
) -> None:
    base = BaseModel.objects.get()
    folder = tmp_path / tokenizers.FOLDER / base.sha256
    folder.mkdir(parents=True)
    (folder / FAILED_FILE).write_text('{"code": "base_unreadable", "text": "no"}')
    [counted] = counting.count_now(base, [version.files.get(split="train").sha256]).values()
    assert (counted.code, process.calls) == ("base_unreadable", [])


def test_the_page_waits_for_the_count_before_it_offers_the_start(
    version: DatasetVersion, process: Process, client: Client
) -> None:
    client.force_login(make_member(version.project, Role.LEAD))
    address = reverse("evaluation:new_training", args=[version.project.slug])
    terms = {"kind": "local", "version_id": version.pk, "base_model": NAME, "epochs": 2}
    counting_page = client.post(address, terms).content.decode()
    assert "load delay:3s" in counting_page
    assert "forecast_for" not in counting_page
    process.end()
    counted_page = client.post(address, terms).content.decode()
    assert "load delay:3s" not in counted_page
    assert "forecast_for" in counted_page
