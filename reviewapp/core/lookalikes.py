"""Names that are easily confused: “Returns”, “returns” and “RETURNS”."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable

from django.utils.translation import gettext


def name_key(name: str) -> str:
    """Return the key for comparing names: without case, width, accent encoding, extra space."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def lookalikes(names: Iterable[str]) -> list[list[str]]:
    """Return the groups of different names with the same key, each sorted."""
    groups: dict[str, set[str]] = defaultdict(set)
    for name in names:
        groups[name_key(name)].add(name)
    return sorted(sorted(group) for group in groups.values() if len(group) > 1)


def lookalike_messages(groups: Iterable[Iterable[str]]) -> list[str]:
    """Return a sentence for each group of intents that look alike."""
    return [
        gettext(
            "The intents %(names)s differ only in spelling and count separately. Use one spelling."
        )
        % {"names": ", ".join(f"“{name}”" for name in group)}
        for group in groups
    ]
