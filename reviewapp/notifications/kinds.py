"""The kinds of notifications. Each feature registers its own when the app starts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.functional import Promise

from reviewapp.people.models import Scope

Link = Callable[[str, Mapping[str, Any]], str]
"""Returns the path of the page that a notification is about, from project slug and parameters."""


@dataclass(frozen=True)
class Kind:
    """A kind of notification; its sentence is the text of `notifications.<code>`.

    Attributes:
        code: for programs; it never changes.
        label: names it in lists of kinds.
        link: to the page it is about.
        event: its type for webhooks; empty for none.
        scope: of tokens that may read it.
        is_merged: whether several by the same user in a few minutes become one, with a count.
    """

    code: str
    label: str | Promise
    link: Link
    event: str = ""
    is_merged: bool = False
    scope: Scope = field(kw_only=True)

    @property
    def text_code(self) -> str:
        """The code of its sentence."""
        return f"notifications.{self.code}"


KINDS: Final[dict[str, Kind]] = {}


def register_kinds(*kinds: Kind) -> None:
    """Make kinds known. Registering one twice has no further effect."""
    KINDS.update({kind.code: kind for kind in kinds})
