"""Comparisons whose two answers are identical: a tie by rule, closed before the voting."""

from typing import Final

from django.db import connection
from django.db.models import F
from django.utils import timezone

from evaluation.runs.models import Comparison, EvaluationRun
from evaluation.runs.models.counts import IDENTICAL_COLUMN

# White space is compared as one space, without that at the ends. Nearly all answers differ without
# their spaces too, which `translate` finds much faster.
_SPACES: Final = (
    r"U&' \0009\000a\000b\000c\000d\001c\001d\001e\001f\0085\00a0\1680\180e"
    r"\2000\2001\2002\2003\2004\2005\2006\2007\2008\2009\200a\200b\2028\2029"
    r"\202f\205f\2060\3000\feff'"
)
_IDENTICAL: Final = rf"""
FROM evaluation_comparison c
JOIN evaluation_answer candidate
    ON candidate.comparison_id = c.id AND candidate.model_version_id = %(candidate)s
JOIN evaluation_answer baseline
    ON baseline.comparison_id = c.id AND baseline.model_version_id = %(baseline)s
WHERE c.run_id = %(run)s AND c.state = 'open'
  AND candidate.state = 'done' AND baseline.state = 'done'
  AND translate(candidate.text, {_SPACES}, '') = translate(baseline.text, {_SPACES}, '')
  AND btrim(regexp_replace(candidate.text, '\s+', ' ', 'g'))
    = btrim(regexp_replace(baseline.text, '\s+', ' ', 'g'))
"""
_FIND: Final = f"SELECT c.id {_IDENTICAL}"


def identical_comparisons(run: EvaluationRun) -> list[int]:
    """Return the ids of the run's open comparisons whose answers are the same.

    Answers that differ in white space only are the same.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _FIND,
            {"run": run.pk, "candidate": run.candidate_id, "baseline": run.baseline_id},
        )
        return [pk for (pk,) in cursor.fetchall()]


def count_identical(run: EvaluationRun) -> int:
    """Return how many comparisons of the run are, or will be, ties by rule."""
    closed = run.comparisons.filter(**{f"{IDENTICAL_COLUMN}__gt": 0}).count()
    return closed + (0 if run.opened_at else len(identical_comparisons(run)))


def close_identical(run: EvaluationRun) -> int:
    """Close the comparisons with identical answers as ties; return how many.

    They keep their positions in the served order and are served to nobody. Call it while the run is
    being opened, before the overlap set is drawn. A run whose file gives the served order has
    raters elsewhere, who voted on them.
    """
    if run.order_from_file:
        return 0
    found = Comparison.objects.filter(pk__in=identical_comparisons(run))
    now = timezone.now()
    return found.update(
        closing_identical=F("votes_needed"),
        state=Comparison.State.CLOSED,
        full_at=now,
        closed_at=now,
    )


def reopen_identical(run: EvaluationRun) -> None:
    """Open the comparisons with identical answers: the run has votes of its own on them."""
    run.comparisons.filter(**{f"{IDENTICAL_COLUMN}__gt": 0}).update(
        closing_identical=0, state=Comparison.State.OPEN, full_at=None, closed_at=None
    )
