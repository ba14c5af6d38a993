"""What is read from the environment, and what is said when it is wrong."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from reviewapp import env
from reviewapp.ops.user_error import UserError


@pytest.fixture(autouse=True)
def _unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NAME", "NAME_FILE"):
        monkeypatch.delenv(name, raising=False)


def test_a_required_text_that_is_unset_is_named() -> None:
    with pytest.raises(UserError, match=r"^Set NAME in the environment; it has no default\.$"):
        env.text("NAME")


def test_a_variable_set_to_nothing_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAME", "  ")
    assert env.text("NAME", "default") == "default"
    assert env.optional("NAME") is None


@pytest.mark.parametrize(("value", "expected"), [("true", True), ("FALSE", False), ("True", True)])
def test_a_flag_is_true_or_false(
    monkeypatch: pytest.MonkeyPatch, value: str, *, expected: bool
) -> None:
    monkeypatch.setenv("NAME", value)
    assert env.flag("NAME") is expected


@pytest.mark.parametrize("value", ["1", "yes", "on", "truee"])
def test_a_flag_is_nothing_else(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("NAME", value)
    with pytest.raises(UserError, match="NAME is neither true nor false"):
        env.flag("NAME", default=True)


def test_a_flag_and_a_number_have_defaults() -> None:
    assert env.flag("NAME", default=False) is False
    assert env.number("NAME", 12) == 12


@pytest.mark.parametrize("value", ["-1", "1.5", "ten", "²", "1e3"])
def test_a_number_is_whole_and_not_negative(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("NAME", value)
    with pytest.raises(UserError, match="NAME is not a whole number of at least 0"):
        env.number("NAME")


def test_a_number_has_a_minimum(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAME", "4")
    assert env.number("NAME", minimum=4) == 4
    with pytest.raises(UserError, match="at least 5"):
        env.number("NAME", minimum=5)


def test_words_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAME", " a, b,,c ")
    assert env.words("NAME") == ["a", "b", "c"]
    monkeypatch.delenv("NAME")
    assert env.words("NAME", "") == []


def test_a_secret_is_read_from_its_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from a file\n", encoding="utf-8")
    monkeypatch.setenv("NAME_FILE", str(file))
    assert env.secret("NAME") == "from a file"


def test_a_secret_set_twice_is_rejected(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NAME", "hidden words")
    monkeypatch.setenv("NAME_FILE", str(tmp_path))
    with pytest.raises(UserError, match="Both NAME and NAME_FILE are set") as caught:
        env.secret("NAME")
    assert "hidden words" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe"])
def test_a_secret_file_without_a_secret_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "secret"
    file.write_bytes(content)
    monkeypatch.setenv("NAME_FILE", str(file))
    with pytest.raises(UserError, match="NAME_FILE is to be read from"):
        env.secret("NAME")


def test_a_missing_secret_names_both_ways() -> None:
    with pytest.raises(UserError, match="Set NAME in the environment, or NAME_FILE"):
        env.secret("NAME")
    assert env.secret("NAME", "default") == "default"


def test_a_kept_secret_is_made_once_and_private(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "secret"
    first = env.stored_secret("NAME", file)
    assert env.stored_secret("NAME", file) == first
    assert len(first) > 40
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["secret"]


def test_a_set_secret_wins_over_the_kept_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NAME", "mine")
    assert env.stored_secret("NAME", tmp_path / "secret") == "mine"
    assert not (tmp_path / "secret").exists()


def test_the_data_folder_is_in_the_checkout_by_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("TOUCHSTONE_DATA", raising=False)
    assert env.data_folder() == env.ROOT / ".data"
    monkeypatch.setenv("TOUCHSTONE_DATA", str(tmp_path))
    assert env.data_folder() == tmp_path
