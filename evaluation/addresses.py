"""Which addresses and which names of keys a model may be registered with. Pure."""

import re
from urllib.parse import urlsplit

KEY_SUFFIX = "_API_KEY"
_KEY_NAME = re.compile(r"[A-Z][A-Z0-9_]*_API_KEY")


def key_name_complaint(name: str) -> str:
    """Say why this may not name an environment variable with a key; empty if it may.

    The ending keeps every other secret of the process from being sent to an address that
    somebody typed.
    """
    if not name or _KEY_NAME.fullmatch(name):
        return ""
    return (
        f"The name of the key's environment variable must end in {KEY_SUFFIX} and be in capitals, "
        f"such as OPENAI{KEY_SUFFIX}. Enter the name, never the key itself."
    )


def clean_base_url(url: str) -> str:
    """Return the address without white space and a slash at its end."""
    return url.strip().rstrip("/")


def base_url_complaint(url: str) -> str:
    """Say why this cannot be the base URL of an endpoint; empty if it can."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "This is not an address. It looks like https://models.example.com/v1."
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return "The address must begin with https:// or http:// and name a host."
    if "@" in parts.netloc:
        return "Take the name and password out of the address; keys come from the environment."
    if parts.query or parts.fragment or "?" in url or "#" in url:
        return "The address must end with its path, such as /v1, without “?” or “#”."
    if port == 0 or any(character.isspace() for character in url):
        return "This is not an address. It looks like https://models.example.com/v1."
    return ""
