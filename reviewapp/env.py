"""Typed reads of environment variables. Only this module of the app uses `os.environ`.

It uses the standard library only. Every reader takes the name of a variable and a default; `None`
as default means that the value is required. An empty variable counts as unset. An invalid value
raises `UserError` with one sentence that names the variable, but never the value of a secret.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from reviewapp.ops.user_error import UserError

ROOT = Path(__file__).resolve().parent.parent
"""The folder of the checkout."""

# A proxy may remove the path or pass it on (BasePathMiddleware), so a path has to differ from what
# the addresses of the app itself begin with.
OWN_SEGMENTS = frozenset(
    {"accounts", "api", "demo-sign-in", "healthz", "help", "i18n", "invitations", "metrics", "p"}
    | {"notifications", "projects", "readyz", "static", "styleguide"}
)
_BASE_PATH = re.compile(r"(/[A-Za-z0-9][A-Za-z0-9._~-]*)+")


def optional(name: str) -> str | None:
    """Return the variable's text without surrounding white space; None if it is unset or empty."""
    return os.environ.get(name, "").strip() or None


def text(name: str, default: str | None = None) -> str:
    """Return the variable's text, or the default; `UserError` if both are missing."""
    value = optional(name)
    if value is not None:
        return value
    if default is None:
        raise UserError(f"Set {name} in the environment; it has no default.")
    return default


def flag(name: str, default: bool | None = None) -> bool:  # noqa: FBT001 - read as flag("DEBUG", False).
    """Return True or False for `true` or `false`, in any case; anything else is a `UserError`."""
    fallback = None if default is None else str(default).lower()
    value = text(name, fallback).lower()
    if value not in {"true", "false"}:
        raise UserError(f"{name} is neither true nor false; set it to one of them, or unset it.")
    return value == "true"


def number(name: str, default: int | None = None, *, minimum: int = 0) -> int:
    """Return a whole number of at least `minimum`."""
    value = text(name, None if default is None else str(default))
    if not value.isascii() or not value.isdigit() or int(value) < minimum:
        raise UserError(
            f"{name} is not a whole number of at least {minimum}; change it or unset it."
        )
    return int(value)


def words(name: str, default: str | None = None) -> list[str]:
    """Return the items of a comma-separated list, without empty ones."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def origins(name: str, default: str) -> list[str]:
    """Return the origins (scheme, host, port) of a comma-separated list of http(s) addresses."""
    found = [urlsplit(address) for address in words(name, default)]
    for address in found:
        if address.scheme not in {"http", "https"} or not address.netloc or "@" in address.netloc:
            raise UserError(
                f"{name} holds “{address.geturl()}”, which is no http or https address."
            )
    return [f"{address.scheme}://{address.netloc}" for address in found]


def storage(name: str) -> dict[str, Any] | None:
    """Return an entry of Django's STORAGES from a JSON object with BACKEND and OPTIONS, or None."""
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
    """Return the secret `name`, or the first line of the file in `name`_FILE, or None."""
    value, file = optional(name), optional(f"{name}_FILE")
    if value is not None and file is not None:
        raise UserError(f"Both {name} and {name}_FILE are set; unset one of them.")
    return value if file is None else _first_line(Path(file), f"{name}_FILE")


def secret(name: str, default: str | None = None) -> str:
    """Return the secret `name` (also from the file in `name`_FILE), or the default."""
    value = optional_secret(name)
    if value is not None:
        return value
    if default is None:
        raise UserError(f"Set {name} in the environment, or {name}_FILE to a file that holds it.")
    return default


def stored_secret(name: str, file: Path) -> str:
    """Return the secret `name` if it is set, or the one in `file`, which is created at first use.

    Only its owner can read the file. This is for an installation on one machine, where nobody needs
    to know the secret.
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
    """Write a file that only its owner can read, completely or not at all.

    Raises FileExistsError if it exists already: the first writer wins.
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
    """Return the folder of the embedded database and uploads: TOUCHSTONE_DATA, or `.data` here."""
    return (ROOT / Path(text("TOUCHSTONE_DATA", ".data")).expanduser()).absolute()


def base_path() -> str:
    """Return the path below which the app is served, such as `/touchstone`; "" for none.

    Raises:
        UserError: BASE_PATH is no such path, or another variable names one.
    """
    for name in ("SCRIPT_NAME", "FORCE_SCRIPT_NAME"):
        if (optional(name) or "").strip("/"):
            raise UserError(f"Unset {name} and set BASE_PATH to the path instead.")
    path = text("BASE_PATH", "/").rstrip("/")
    if path and not _BASE_PATH.fullmatch(path):
        raise UserError(
            f"BASE_PATH is “{path}”, which is no path such as /touchstone; change it or unset it."
        )
    if path and path.split("/")[1] in OWN_SEGMENTS:
        raise UserError(
            f"BASE_PATH is “{path}”, but Touchstone has pages of its own there; choose another."
        )
    return path


def set_default(name: str, value: str) -> None:
    """Set a variable for this process and its children, if it is not set."""
    os.environ.setdefault(name, value)


def child(**changes: str) -> dict[str, str]:
    """Return a copy of the environment for a child process, with some variables changed."""
    return {**os.environ, **changes}


def _first_line(file: Path, name: str) -> str:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{name} is to be read from {file}, which cannot be read.") from error
    if not lines or not lines[0].strip():
        raise UserError(f"{name} is to be read from {file}, whose first line is empty.")
    return lines[0].strip()


def package_folder(name: str) -> Path:
    """Return the folder of an installed package, without importing it."""
    found = find_spec(name)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"{name} is not installed.", name=name)
    return Path(found.origin).parent
