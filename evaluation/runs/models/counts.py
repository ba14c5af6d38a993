"""The columns in which a comparison counts its votes, named once.

The rule by which they change is in `evaluation/voting/actions/counts.py`.
"""

from functools import reduce
from operator import add
from typing import Final

from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from evaluation.stats.verdicts import Verdict

IDENTICAL_COLUMN: Final = "closing_identical"
"""The votes that a comparison of identical answers needs: it is a tie by rule, without a vote."""
CLOSING_COLUMNS: Final = (*(f"closing_{verdict}" for verdict in Verdict), IDENTICAL_COLUMN)
"""Votes that close the comparison, in the order of `VerdictCounts`."""
ALL_COLUMNS: Final = tuple(f"all_{verdict}" for verdict in Verdict)
"""Votes that are not undone, closing or not, in the order of `VerdictCounts`."""


class ComparisonState(models.TextChoices):
    """The state of a comparison: served, closed, or why it is not served."""

    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")
    # Reported as broken after it was served: no longer served, counted as a loss in hygiene.
    SET_ASIDE = "set_aside", _("Set aside")
    # Taken out before it was served, for example because an answer could not be had.
    WITHDRAWN = "withdrawn", _("Withdrawn")


EXCLUDED_STATES = [ComparisonState.SET_ASIDE.value, ComparisonState.WITHDRAWN.value]


class CountedVotes(models.Model):
    """How many votes of each verdict a comparison has."""

    closing_candidate = models.PositiveSmallIntegerField(default=0)
    closing_baseline = models.PositiveSmallIntegerField(default=0)
    closing_tie_good = models.PositiveSmallIntegerField(default=0)
    closing_tie_bad = models.PositiveSmallIntegerField(default=0)
    # As many as it needs if both answers are the same (evaluation/runs/actions/identical.py).
    closing_identical = models.PositiveSmallIntegerField(default=0, db_default=0)
    all_candidate = models.PositiveSmallIntegerField(default=0)
    all_baseline = models.PositiveSmallIntegerField(default=0)
    all_tie_good = models.PositiveSmallIntegerField(default=0)
    all_tie_bad = models.PositiveSmallIntegerField(default=0)

    votes_needed: int

    class Meta:
        abstract = True

    @property
    def has_all_votes(self) -> bool:
        """Whether it has as many closing votes as it needs."""
        return self.closing_votes >= self.votes_needed

    @property
    def closing_votes(self) -> int:
        """Number of votes that close the comparison."""
        return sum(getattr(self, name) for name in CLOSING_COLUMNS)


def count_columns(verdict: str) -> tuple[str, str]:
    """Return the two columns that count a vote of this verdict."""
    return f"closing_{verdict}", f"all_{verdict}"


def sum_of(columns: tuple[str, ...], *, prefix: str = "") -> Combinable:
    """Return the sum of some of these columns, for a query or a constraint.

    Args:
        columns: two or more columns.
        prefix: path from the queried model to the comparison, for example `comparison__`.
    """
    return reduce(add, (F(f"{prefix}{name}") for name in columns))


def closing_votes_sql(alias: str) -> sql.Composed:
    """Return the number of closing votes, for a statement in which `alias` is the comparison."""
    columns = (sql.Identifier(alias, name) for name in CLOSING_COLUMNS)
    return sql.SQL("({})").format(sql.SQL(" + ").join(columns))


def closed_when_full() -> Q:
    """Return the condition that only a full comparison is closed, and that `full_at` is true.

    It is full with as many closing votes as it needs. A full one may be open: its last votes can
    still be undone. What was taken out of the run is neither.
    """
    closing_votes = sum_of(CLOSING_COLUMNS)
    is_open = Q(state=ComparisonState.OPEN.value)
    return (
        (is_open & Q(votes_needed__gt=closing_votes, full_at__isnull=True))
        | (is_open & Q(votes_needed__lte=closing_votes, full_at__isnull=False))
        | Q(
            state=ComparisonState.CLOSED.value,
            votes_needed__lte=closing_votes,
            closed_at__isnull=False,
        )
        | Q(state__in=EXCLUDED_STATES)
    )
