"""Typed reads of the environment; the only user of `os.environ` in the app. Standard library only.

Every reader takes the name of a variable and a default. A default of `None` means that the value is
required. A variable that is set to nothing counts as unset. What is wrong raises `UserError` with
one sentence that names the variable, and never the value of a secret.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from reviewapp.ops.problem import UserError

ROOT = Path(__file__).resolve().parent.parent
"""The folder of the checkout."""


def optional(name: str) -> str | None:
    """The variable's text without surrounding white space, or None if it is unset or empty."""
    return os.environ.get(name, "").strip() or None


def text(name: str, default: str | None = None) -> str:
    """The variable's text, or the default; `UserError` if both are missing."""
    value = optional(name)
    if value is not None:
        return value
    if default is None:
        raise UserError(f"Set {name} in the environment; it has no default.")
    return default


def flag(name: str, default: bool | None = None) -> bool:  # noqa: FBT001 - read as flag("DEBUG", False).
    """True or False for exactly `true` or `false`, in any case; anything else is a `UserError`."""
    fallback = None if default is None else str(default).lower()
    value = text(name, fallback).lower()
    if value not in {"true", "false"}:
        raise UserError(f"{name} is neither true nor false; set it to one of them, or unset it.")
    return value == "true"


def number(name: str, default: int | None = None, *, minimum: int = 0) -> int:
    """A whole number of at least `minimum`."""
    value = text(name, None if default is None else str(default))
    if not value.isascii() or not value.isdigit() or int(value) < minimum:
        raise UserError(
            f"{name} is not a whole number of at least {minimum}; change it or unset it."
        )
    return int(value)


def words(name: str, default: str | None = None) -> list[str]:
    """The parts of a list that is separated by commas, without empty ones."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def origins(name: str, default: str) -> list[str]:
    """The origins (scheme, host, port) of a list of http(s) addresses that commas separate."""
    found = [urlsplit(address) for address in words(name, default)]
    for each in found:
        if each.scheme not in {"http", "https"} or not each.netloc or "@" in each.netloc:
            raise UserError(f"{name} holds “{each.geturl()}”, which is no http or https address.")
    return [f"{each.scheme}://{each.netloc}" for each in found]


def storage(name: str) -> dict[str, Any] | None:
    """An entry of Django's STORAGES, written as a JSON object with BACKEND and OPTIONS, or None."""
    value = optional_secret(name)
    if value is None:
        return None
    try:
        entry = json.loads(value)
    except ValueError:
        entry = None
    if not isinstance(entry, dict) or not isinstance(entry.get("BACKEND"), str):
        raise UserError(
            f"{name} is not a JSON object with BACKEND, such as "
            '{"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {"bucket_name": "…"}}.'
        )
    return entry


def optional_secret(name: str) -> str | None:
    """The secret `name`, else the first line of the file that `name`_FILE names, else None."""
    value, file = optional(name), optional(f"{name}_FILE")
    if value is not None and file is not None:
        raise UserError(f"Both {name} and {name}_FILE are set; unset one of them.")
    return value if file is None else _first_line(Path(file), f"{name}_FILE")


def secret(name: str, default: str | None = None) -> str:
    """The secret `name` (also read from the file that `name`_FILE names), or the default."""
    value = optional_secret(name)
    if value is not None:
        return value
    if default is None:
        raise UserError(f"Set {name} in the environment, or {name}_FILE to a file that holds it.")
    return default


def stored_secret(name: str, file: Path) -> str:
    """The secret `name` if it is set, else the one kept in `file`, which is made at first use.

    The file is readable by its owner only. For the installation on one machine, whose secrets
    nobody else has to know.
    """
    value = optional_secret(name)
    if value is not None:
        return value
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_private(file, secrets.token_urlsafe(48))
    except FileExistsError:
        return _first_line(file, name)
    except OSError as error:
        raise UserError(f"{file} cannot be written ({error.strerror}); set {name}.") from error
    return _first_line(file, name)


def write_private(file: Path, content: str) -> None:
    """Write a file that only its owner may read, whole or not at all.

    Raises FileExistsError if there is one already: the first writer wins.
    """
    draft = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(content + "\n")
        os.link(draft, file)
    finally:
        draft.unlink()


def data_folder() -> Path:
    """Where the embedded database and uploaded files live: TOUCHSTONE_DATA, or `.data` here."""
    return (ROOT / Path(text("TOUCHSTONE_DATA", ".data")).expanduser()).absolute()


def check_no_base_path() -> None:
    """Refuse variables that would serve the app below a path, which its addresses do not allow."""
    for name in ("SCRIPT_NAME", "FORCE_SCRIPT_NAME"):
        if (optional(name) or "").strip("/"):
            raise UserError(
                f"Unset {name}: Touchstone works at the root of a host name only. Give it a host "
                "name of its own, such as touchstone.example.com."
            )


def set_default(name: str, value: str) -> None:
    """Give this process and its children a value for a variable that is not set."""
    os.environ.setdefault(name, value)


def child(**changes: str) -> dict[str, str]:
    """A copy of the environment for a child process, with some variables changed."""
    return {**os.environ, **changes}


def _first_line(file: Path, name: str) -> str:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{name} is to be read from {file}, which cannot be read.") from error
    if not lines or not lines[0].strip():
        raise UserError(f"{name} is to be read from {file}, whose first line is empty.")
    return lines[0].strip()
