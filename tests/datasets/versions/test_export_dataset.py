"""The command that writes a frozen file: the exact bytes, or a sentence."""

import errno
import hashlib
import io
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import transaction

from datasets.conversations.split import SPLITS
from datasets.ingest.files.lines import BYTE_ORDER_MARK
from datasets.versions import actions as versions
from datasets.versions import exports
from datasets.versions.exports import Flavour
from datasets.versions.models import DatasetFile, DatasetVersion, VersionEvent
from datasets.versions.splits import TRAIN
from datasets.versions.storage import ALIAS, storage_name
from reviewapp.core.errors import DigestMismatch, PermissionDeniedError
from tests.factories.people import make_project, make_user
from tests.factories.versions import ProjectWithMembers, make_version

pytestmark = pytest.mark.django_db


def export(version: DatasetVersion, out: Path | str, *more: str, number: str = "1") -> str:
    said = io.StringIO()
    asked = [version.project.slug, number, "--out", str(out), *more]
    if "--split" not in more:
        asked += ["--split", TRAIN]
    call_command("export_dataset", *asked, stdout=said)
    return said.getvalue()


def file_of(version: DatasetVersion, split: str = TRAIN) -> DatasetFile:
    return version.files.get(split=split)


def spoil(version: DatasetVersion) -> None:
    """What a hand in the database could do: the digest says something else."""
    DatasetFile.objects.filter(version=version).update(sha256="0" * 64)


def stored_path(file: DatasetFile) -> Path:
    return Path(storages[ALIAS].path(storage_name(file.sha256)))


def reverse_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a later release could do: it writes the same example with other bytes."""
    monkeypatch.setattr(exports, "MESSAGE_ORDER", exports.MESSAGE_ORDER[::-1])


def test_a_version_keeps_its_bytes_when_the_serialiser_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = make_version(12)
    digest = file_of(version).sha256
    reverse_keys(monkeypatch)
    export(version, tmp_path / "a")
    assert hashlib.sha256((tmp_path / "a").read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("damage", ["lost", "cut", "longer"])
def test_a_lost_or_damaged_file_is_made_again_and_stored(tmp_path: Path, damage: str) -> None:
    version = make_version(12)
    stored = stored_path(file_of(version))
    whole = stored.read_bytes()
    stored.write_bytes(whole[:-9] if damage == "cut" else whole * 2)
    if damage == "lost":
        stored.unlink()
    export(version, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == whole
    assert stored.read_bytes() == whole


def test_a_lost_file_that_cannot_be_made_again_names_the_folder_to_restore(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = make_version(12)
    stored = stored_path(file_of(version))
    stored.unlink()
    reverse_keys(monkeypatch)
    with pytest.raises(CommandError, match="Restore the folder “datasets” of the data folder"):
        export(version, tmp_path / "a")
    assert not stored.exists(), "other bytes are not stored under this digest"


def test_nothing_is_frozen_when_the_storage_takes_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    house = ProjectWithMembers()
    house.many(10)

    def full(_part: str) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    folder = Path(storages[ALIAS].path(""))
    before = set(folder.rglob("*"))
    monkeypatch.setattr("datasets.versions.storage._sync", full)
    with pytest.raises(OSError, match="No space left"), transaction.atomic():
        house.freeze()
    assert not DatasetVersion.objects.exists()
    left = set(folder.rglob("*")) - before
    assert not [path for path in left if path.is_file()], "no half of a file stays"


def test_only_the_account_of_the_app_reads_stored_files() -> None:
    stored = stored_path(file_of(make_version(10)))
    assert stored.stat().st_mode & 0o077 == 0
    assert stored.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("split", SPLITS)
def test_the_bytes_are_those_of_the_stored_digest(tmp_path: Path, split: str) -> None:
    version = make_version(12)
    out = tmp_path / "file.jsonl"
    export(version, out, "--split", split)
    file = file_of(version, split)
    assert hashlib.sha256(out.read_bytes()).hexdigest() == file.sha256
    assert out.stat().st_size == file.size_bytes
    assert len(out.read_bytes().splitlines()) == file.examples


def test_json_says_what_the_file_is(tmp_path: Path) -> None:
    version = make_version(12)
    answer: dict[str, Any] = json.loads(export(version, tmp_path / "t.jsonl", "--json"))
    file = file_of(version)
    assert answer["sha256"] == file.sha256
    assert answer["bytes"] == file.size_bytes
    assert (answer["project"], answer["version"], answer["split"]) == (
        version.project.slug,
        1,
        TRAIN,
    )
    assert answer["preflight"] == {
        "errors": [],
        "warnings": [
            "The training file has 10 examples. Providers accept that; expect an effect from 50 "
            "to 100."
        ],
    }


def test_a_dash_is_standard_output_and_nothing_else_goes_there(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    version = make_version(12)
    export(version, "-")
    written = capfdbinary.readouterr().out
    assert hashlib.sha256(written).hexdigest() == file_of(version).sha256


def test_a_dash_and_json_cannot_both_have_standard_output() -> None:
    with pytest.raises(CommandError, match="Name a file") as refusal:
        export(make_version(10), "-", "--json")
    assert refusal.value.returncode == 2


@pytest.mark.parametrize("number", ["v1", "latest"])
def test_a_version_has_several_names(tmp_path: Path, number: str) -> None:
    assert "sha256" in export(make_version(10), tmp_path / "a", number=number)


@pytest.mark.parametrize("number", ["2", "0", "-1", "x", "99999999999999999999", "²"])
def test_a_version_that_is_not_there_is_one_sentence(tmp_path: Path, number: str) -> None:
    version = make_version(10)
    with pytest.raises(CommandError, match="The latest are: 1"):
        call_command(
            "export_dataset",
            *("--split", TRAIN, "--out", str(tmp_path / "a"), "--", version.project.slug, number),
        )
    assert not (tmp_path / "a").exists()


def test_a_project_without_versions_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no dataset version yet"):
        call_command(
            "export_dataset",
            make_project().slug,
            "1",
            "--split",
            TRAIN,
            "--out",
            str(tmp_path / "a"),
        )


def test_a_digest_without_bytes_is_not_exported(tmp_path: Path) -> None:
    version = make_version(10)
    spoil(version)
    with pytest.raises(CommandError, match="is lost or damaged"):
        export(version, tmp_path / "a")
    assert not (tmp_path / "a").exists()
    assert not VersionEvent.objects.filter(action="export").exists()


@pytest.mark.parametrize("where", ["", "missing/a.jsonl"])
def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path, where: str) -> None:
    with pytest.raises(CommandError, match=r"is a folder|cannot be written"):
        export(make_version(10), tmp_path / where)
    assert not VersionEvent.objects.filter(action="export").exists()
    assert list(tmp_path.iterdir()) == []


def test_azure_gets_a_byte_order_mark_before_the_same_bytes(tmp_path: Path) -> None:
    version = make_version(10)
    export(version, tmp_path / "a", "--flavour", "azure")
    written = (tmp_path / "a").read_bytes()
    assert written.startswith(BYTE_ORDER_MARK)
    plain = written.removeprefix(BYTE_ORDER_MARK)
    assert hashlib.sha256(plain).hexdigest() == file_of(version).sha256


def test_each_export_is_in_the_audit_trail(tmp_path: Path) -> None:
    version = make_version(10)
    export(version, tmp_path / "a")
    event = VersionEvent.objects.get(version=version, action="export")
    assert event.actor is None
    assert event.detail["split"] == TRAIN
    assert event.detail["sha256"] == file_of(version).sha256


def test_what_a_provider_would_refuse_is_said(tmp_path: Path) -> None:
    assert "A provider would reject this" in export(make_version(5), tmp_path / "a")
    assert "refuse" not in export(make_version(15), tmp_path / "b")


def test_a_stranger_gets_no_file() -> None:
    version = make_version(10)
    with pytest.raises(PermissionDeniedError):
        versions.export_file(file_id=file_of(version).pk, actor=make_user())


def test_the_action_refuses_changed_bytes_too() -> None:
    version = make_version(10)
    spoil(version)
    with pytest.raises(DigestMismatch):
        versions.export_file(
            file_id=file_of(version).pk, actor=version.created_by, flavour=Flavour.AZURE
        )


@pytest.mark.parametrize("there_was", [b"older", None])
def test_a_file_that_could_not_be_written_whole_is_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there_was: bytes | None
) -> None:
    version, out = make_version(10), tmp_path / "train.jsonl"
    if there_was is not None:
        out.write_bytes(there_was)

    def full(_content: object, target: Any) -> None:
        target.write(b"some of it")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(CommandError, match="No space left"):
        export(version, out)
    assert (out.read_bytes() if out.exists() else None) == there_was
    assert list(tmp_path.glob("*.part")) == []


def test_nothing_else_in_the_folder_is_touched(tmp_path: Path) -> None:
    version, out = make_version(10), tmp_path / "train.jsonl"
    beside = tmp_path / "train.jsonl.part"
    beside.write_bytes(b"somebody else's")
    out.write_bytes(b"older")
    out.chmod(0o640)
    export(version, out)
    assert hashlib.sha256(out.read_bytes()).hexdigest() == file_of(version).sha256
    assert out.stat().st_mode & 0o777 == 0o640
    assert beside.read_bytes() == b"somebody else's"
    assert sorted(tmp_path.iterdir()) == [out, beside]


def test_a_file_in_a_folder_that_takes_no_others_is_written_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version, out = make_version(10), tmp_path / "train.jsonl"
    longer = b"older" * file_of(version).size_bytes
    out.write_bytes(longer)
    opened = Path.open

    def refusing(path: Path, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        if mode == "xb":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return opened(path, mode, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refusing)
    export(version, out)
    assert hashlib.sha256(out.read_bytes()).hexdigest() == file_of(version).sha256
    out.write_bytes(longer)
    spoil(version)
    with pytest.raises(CommandError, match="is lost or damaged"):
        export(version, out)
    monkeypatch.undo()
    assert out.read_bytes() == longer


def test_a_link_stays_one(tmp_path: Path) -> None:
    version, there = make_version(10), tmp_path / "there.jsonl"
    (tmp_path / "here.jsonl").symlink_to(there)
    export(version, tmp_path / "here.jsonl")
    assert hashlib.sha256(there.read_bytes()).hexdigest() == file_of(version).sha256
    assert (tmp_path / "here.jsonl").is_symlink()
