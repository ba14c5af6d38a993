"""Base models for local trainings: only below the allowed folders, known by their digest."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from evaluation.training.local import base_files
from evaluation.training.local.bases import (
    PACKAGED_NAME,
    register_base,
    register_packaged_base,
    withdraw_base,
)
from evaluation.training.local.models import BaseModel
from reviewapp.core.errors import InvalidInput
from tests.evaluation.training.local.gguf_file import write_gguf

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.TRAINING_MODELS_DIR = str(tmp_path / "models")
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


def code_of(name: str, path: str) -> str:
    with pytest.raises(InvalidInput) as error:
        register_base(name=name, path=path)
    assert not isinstance(error.value.message, str)
    return error.value.message.code


def test_a_gguf_file_is_registered_with_its_digest_and_context(folder: Path) -> None:
    write_gguf(folder / "small/model.gguf", context=1024)
    base = register_base(name="small", path="small/model.gguf")
    assert (base.context_tokens, len(base.sha256), base.is_offered) == (1024, 64, True)
    withdraw_base(name="small")
    assert not BaseModel.objects.get().is_offered
    assert register_base(name="small", path="small/model.gguf").is_offered


def test_a_folder_is_registered_with_the_digest_of_all_its_files(folder: Path) -> None:
    model = folder / "tiny"
    model.mkdir()
    (model / "config.json").write_text(json.dumps({"max_position_embeddings": 512}))
    (model / "tokenizer_config.json").write_text(json.dumps({"chat_template": "x"}))
    base = register_base(name="tiny", path="tiny")
    assert base.context_tokens == 512
    (model / "model.safetensors").write_bytes(b"other weights")
    assert base_files.digest_of(model) != base.sha256
    assert code_of("tiny", "tiny") == "local.name_taken"


def test_nothing_outside_the_allowed_folder_is_registered(folder: Path) -> None:
    outside = write_gguf(folder.parent / "outside.gguf")
    (folder / "link.gguf").symlink_to(outside)
    for path in ("../outside.gguf", str(outside), "link.gguf", "", ".", "missing.gguf"):
        assert code_of("outside", path) == "local.not_below", path


def test_what_cannot_be_tuned_is_not_registered(folder: Path) -> None:
    (folder / "text.gguf").write_text("no model")
    (folder / "empty").mkdir()
    write_gguf(folder / "plain.gguf", template="")
    assert code_of("text", "text.gguf") == "local.not_a_model"
    assert code_of("empty", "empty") == "local.not_a_model"
    assert code_of("plain", "plain.gguf") == "local.no_template"
    assert code_of("a/b", "plain.gguf") == "local.name"


def test_the_packaged_model_is_registered_where_it_is_installed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base_files, "allowed_folders", lambda: [folder])
    assert register_packaged_base() is None
    package = folder.parent / "package"
    write_gguf(package / base_files.PACKAGED_FILE)
    monkeypatch.setattr(base_files, "allowed_folders", lambda: [folder, package])
    base = register_packaged_base()
    assert base is not None
    assert base.name == PACKAGED_NAME
    assert register_packaged_base() == base


def test_the_command_registers_and_withdraws(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_gguf(folder / "model.gguf")
    call_command("register_base_model", "small", "model.gguf", "--json")
    assert json.loads(capsys.readouterr().out)["context_tokens"] == 2048
    call_command("register_base_model", "small", "--withdraw", "--json")
    assert json.loads(capsys.readouterr().out) == {"name": "small", "is_offered": False}
