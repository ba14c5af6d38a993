"""Keys of providers, read from the environment by name at the moment of a call.

A name must end in _API_KEY, so that no other secret of the process can be sent to an address that
somebody typed. `NAME_FILE` may name a file with the key instead. No value is stored or logged.
"""

import os
from pathlib import Path

from evaluation.addresses import key_name_complaint
from evaluation.providers.base import Blocked


def is_set(name: str) -> bool:
    """Say whether this process could read the key."""
    try:
        read_key(name)
    except Blocked:
        return False
    return True


def read_key(name: str) -> str:
    """Return the key; an empty text for a service without keys.

    Raises:
        Blocked: the name may not name a key, or there is none in the environment, or two.
    """
    if not name:
        return ""
    if complaint := key_name_complaint(name):
        raise Blocked("key_name_refused", complaint)
    if os.environ.get(name, "").strip() and os.environ.get(f"{name}_FILE", "").strip():
        raise Blocked(
            "key_twice",
            f"Both {name} and {name}_FILE are set where the workers run. Unset one, restart them, "
            "then resume.",
        )
    key = os.environ.get(name, "").strip() or _from_file(name)
    if not key:
        raise Blocked(
            "key_missing",
            f"{name} is not set where the workers run. Set it (or {name}_FILE) in their "
            "environment, restart them, then resume.",
        )
    return key


def _from_file(name: str) -> str:
    path = os.environ.get(f"{name}_FILE", "").strip()
    if not path:
        return ""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return ""
    return lines[0].strip() if lines else ""
