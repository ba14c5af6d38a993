"""The columns of the queue besides the example itself, and what they are sorted by."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from datasets.curation.filters import SortKey
from datasets.curation.models import GoldenExample
from reviewapp.people.models import Project, User


@dataclass(frozen=True)
class Column:
    """A column that a member can show or hide.

    Attributes:
        sort: how a click on its head sorts first; empty if it cannot be sorted by.
        is_default: whether those see it who have chosen no columns.
        wraps: whether its texts may take several lines.
        on_phone: whether narrow pages show it among the defaults.
    """

    code: str
    label: Promise
    sort: str = ""
    is_default: bool = True
    is_number: bool = False
    wraps: bool = True
    on_phone: bool = True

    @property
    def classes(self) -> str:
        """The style classes of its cells."""
        kind = "num" if self.is_number else "" if self.wraps else "nowrap"
        return " ".join(name for name in (kind, "" if self.on_phone else "wide-only") if name)


# Returns the cells of examples by their id; what is missing stays empty.
Reader = Callable[[Sequence[GoldenExample], User, Project], Mapping[int, str]]

_COLUMNS: Final[dict[str, Column]] = {}
_READERS: Final[dict[str, Reader]] = {}


def register_column(column: Column, reader: Reader | None = None) -> None:
    """Offer a column of the queue from now on; without a reader `views/rows.py` shows it."""
    _COLUMNS[column.code] = column
    if reader is not None:
        _READERS[column.code] = reader


for _column in (
    Column("intent", _("Intent"), SortKey.INTENT),
    Column("language", _("Language"), SortKey.LANGUAGE),
    Column("state", _("State"), SortKey.STATE),
    Column("assignee", pgettext_lazy("examples", "Assigned to"), SortKey.ASSIGNEE),
    Column("findings", _("Findings"), f"-{SortKey.FINDINGS}"),
    Column(
        "messages",
        pgettext_lazy("of a conversation", "Messages"),
        f"-{SortKey.MESSAGES}",
        is_number=True,
        on_phone=False,
    ),
    Column("tokens", _("Tokens"), f"-{SortKey.TOKENS}", is_number=True, on_phone=False),
    Column("updated", _("Changed"), f"-{SortKey.UPDATED}", wraps=False, on_phone=False),
    Column(
        "age",
        pgettext_lazy("of an example", "Age"),
        f"-{SortKey.AGE}",
        is_default=False,
        wraps=False,
    ),
    Column("source", _("Source"), SortKey.SOURCE, is_default=False),
):
    register_column(_column)


def every_column() -> list[Column]:
    """Return all columns, in the order in which they are shown."""
    return [*_COLUMNS.values()]


def chosen_columns(codes: Iterable[str]) -> list[Column]:
    """Return the columns of these codes in their fixed order, or the default ones for none.

    Unknown codes are ignored.
    """
    wanted = set(codes) & _COLUMNS.keys()
    return [
        column
        for column in _COLUMNS.values()
        if (column.code in wanted if wanted else column.is_default)
    ]


def registered_cells(
    rows: Sequence[GoldenExample], columns: Iterable[Column], user: User, project: Project
) -> dict[str, Mapping[int, str]]:
    """Return the cells of the columns with a reader, by their code and the id of the example."""
    return {
        column.code: _READERS[column.code](rows, user, project)
        for column in columns
        if column.code in _READERS
    }
