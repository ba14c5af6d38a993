"""Frozen files and adapters in an S3-compatible storage that is chosen by a setting."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("storages.backends.s3", reason="needs django-storages: make setup-s3")

from datasets.versions.storage import storage_name
from evaluation.training.bundle import storage as adapters
from evaluation.training.local import files
from evaluation.training.models import Stage
from reviewapp import env
from tests.factories.trainings import make_training, work
from tests.factories.versions import ProjectWithMembers
from tests.fake_s3 import BUCKET, FakeS3, fake_s3
from tests.fake_trainings import fake_trainings

pytestmark = pytest.mark.django_db


@pytest.fixture
def s3(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeS3]:
    """The service, in which both storages are as an operator sets them."""
    with fake_s3() as service:
        options = {
            "bucket_name": BUCKET,
            "endpoint_url": service.url,
            "region_name": "eu-central-1",
            "access_key": "key",
            "secret_key": "secret",
            "addressing_style": "path",
        }
        entry = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
        monkeypatch.setenv("DATASET_STORAGE", json.dumps(entry))
        stored = env.storage("DATASET_STORAGE")
        settings.STORAGES = {**settings.STORAGES, "datasets": stored, "trainings": stored}
        yield service


def test_a_version_is_frozen_and_trained_on_from_s3(s3: FakeS3) -> None:
    members = ProjectWithMembers()
    members.many(12)
    version = members.freeze(shares={"train": 80, "validation": 10, "test": 10})
    file = version.files.get(split="train")
    frozen = s3.objects[storage_name(file.sha256)]
    assert hashlib.sha256(frozen).hexdigest() == file.sha256
    with fake_trainings() as service:
        training = work(make_training(version, service.url))
        assert training.stage == Stage.SUCCEEDED
        sent = service.contents[service.jobs["ftjob-1"].body["training_file"]]
    assert sent == frozen


def test_adapters_travel_through_s3(s3: FakeS3, tmp_path: Path) -> None:
    source = tmp_path / "adapter.gguf"
    source.write_bytes(b"weights" * 1000)
    digest = files.store(source)
    assert files.store(source) == digest
    assert files.fetch(digest, tmp_path / "fetched")
    assert (tmp_path / "fetched").read_bytes() == source.read_bytes()
    files.remove(digest)
    assert not files.fetch(digest, tmp_path / "gone")
    # In parts, as a bundle uploads it.
    adapters.save_part(7, 0, b"weights")
    adapters.save_part(7, 7, b"more")
    whole = hashlib.sha256(b"weightsmore").hexdigest()
    assert adapters.join_parts(7, whole)
    assert adapters.fetch(whole, tmp_path / "whole")
    assert (tmp_path / "whole").read_bytes() == b"weightsmore"
    assert [key for key in s3.objects if key.startswith("parts/")] == []
