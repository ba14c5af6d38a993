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
        on_phone: whether narrow pages show it among the defaults.
    """

    code: str
    label: Promise
    sort: str = ""
    is_default: bool = True
    is_number: bool = False
    on_phone: bool = True


# Returns the cells of examples by their id; what is missing stays empty.
Reader = Callable[[Sequence[GoldenExample], User, Project], Mapping[int, str]]

_COLUMNS: Final[dict[str, Column]] = {}
_READERS: Final[dict[str, Reader]] = {}


def register_column(column: Column, reader: Reader | None = None) -> None:
    """Offer a column of the queue from now on; without a reader `_example_row.html` shows it."""
    _COLUMNS[column.code] = column
    if reader is not None:
        _READERS[column.code] = reader


for _column in (
    Column("intent", _("Intent"), SortKey.INTENT),
    Column("language", _("Language"), SortKey.LANGUAGE),
    Column("state", _("State"), SortKey.STATE),
    Column("assignee", pgettext_lazy("examples", "Assigned to"), SortKey.DUE),
    Column("findings", _("Findings"), f"-{SortKey.FINDINGS}"),
    Column(
        "messages",
        pgettext_lazy("of a conversation", "Messages"),
        is_number=True,
        on_phone=False,
    ),
    Column("tokens", _("Tokens"), is_number=True, on_phone=False),
    Column("updated", _("Changed"), f"-{SortKey.UPDATED}", on_phone=False),
    Column("age", pgettext_lazy("of an example", "Age"), f"-{SortKey.AGE}", is_default=False),
    Column("source", _("Source"), is_default=False),
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


def with_cells(
    rows: Sequence[GoldenExample], columns: Iterable[Column], user: User, project: Project
) -> Sequence[GoldenExample]:
    """Give each example the attribute `cells`, the texts of columns with a reader by their code."""
    read = {
        column.code: _READERS[column.code](rows, user, project)
        for column in columns
        if column.code in _READERS
    }
    for example in rows:
        cells = {code: texts.get(example.pk, "") for code, texts in read.items()}
        example.cells = cells  # type: ignore[attr-defined]
    return rows
