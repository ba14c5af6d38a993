"""The first half of the counted examples against the second, by intent."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

from django.db.models import BooleanField, Case, Count, Value, When

from evaluation.runs.models import Comparison, EvaluationRun
from evaluation.runs.models.counts import CLOSING_COLUMNS
from evaluation.stats.homogeneity import Halves, compare_halves
from evaluation.stats.labels import holm
from evaluation.stats.tally import VerdictCounts


def drifting_intents(run: EvaluationRun, *, through: int, alpha: float) -> dict[str, Halves]:
    """Return the intents whose halves differ after Holm's correction, with their win rates.

    Args:
        run: with a served order.
        through: position of the last counted example.
        alpha: chance of naming even one wrongly, for one look.
    """
    is_late = Case(
        When(position__gt=through // 2, then=Value(value=True)),
        default=Value(value=False),
        output_field=BooleanField(),
    )
    rows = (
        run.comparisons.filter(state=Comparison.State.CLOSED, position__lte=through)
        .order_by()
        .annotate(is_late=is_late)
        .values_list("intent__name", "is_late", *CLOSING_COLUMNS)
        .annotate(examples=Count("pk"))
    )
    counts: dict[tuple[str, bool], dict[Fraction, int]] = defaultdict(lambda: defaultdict(int))
    for intent, late, *votes, examples in rows:
        counts[intent, late][VerdictCounts(*votes).score] += examples
    found = {}
    for intent in {name for name, _late in counts}:
        first, second = (tuple(sorted(counts[intent, half].items())) for half in (False, True))
        if halves := compare_halves(first, second):
            found[intent] = halves
    named = holm({intent: halves.p for intent, halves in found.items()}, alpha=alpha)
    return {intent: found[intent] for intent in sorted(named)}
