"""The counted examples in served order, and the reasons of their votes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import F, Prefetch, Q, QuerySet
from django.db.models.lookups import GreaterThan, LessThanOrEqual

from evaluation.results.example_filter import Outcome, RunExampleFilter
from evaluation.runs.models import Answer, Comparison, EvaluationRun
from evaluation.stats.verdicts import Contender
from evaluation.voting.blinding import other
from evaluation.voting.models import Lease, Vote
from evaluation.voting.texts import REASON_LABELS

PAGE_SIZE = 20
MAX_POSITION = 2**31 - 1
_MAX_ID = 2**63 - 1

_WON, _LOST = F("closing_candidate"), F("closing_baseline")
_GOOD, _BAD = F("closing_tie_good"), F("closing_tie_bad")
_NO_TIES = Q(closing_tie_good=0, closing_tie_bad=0)
_OUTCOMES: dict[str, Q] = {
    Outcome.CANDIDATE: Q(closing_candidate__gt=0, closing_baseline=0) & _NO_TIES,
    Outcome.BASELINE: Q(closing_candidate=0, closing_baseline__gt=0) & _NO_TIES,
    # The score is one half exactly when as many votes went to the one as to the other.
    Outcome.TIE_GOOD: Q(closing_candidate=_LOST, closing_identical=0)
    & Q(LessThanOrEqual(_BAD, _GOOD)),
    Outcome.IDENTICAL: Q(closing_identical__gt=0),
    Outcome.TIE_BAD: Q(closing_candidate=_LOST) & Q(GreaterThan(_BAD, _GOOD)),
}
_OUTCOMES[Outcome.MIXED] = ~Q(closing_candidate=_LOST) & ~(
    _OUTCOMES[Outcome.CANDIDATE] | _OUTCOMES[Outcome.BASELINE]
)


def filtered_examples(run: EvaluationRun, wanted: RunExampleFilter) -> QuerySet[Comparison]:
    """Return the examples that match a filter, in served order, with related rows.

    Counted ones, unless the filter asks for those that are open or were reported as broken.
    """
    if wanted.verdict == Outcome.SET_ASIDE:
        found = run.comparisons.filter(state=Comparison.State.SET_ASIDE)
    elif wanted.verdict == Outcome.OPEN:
        found = run.comparisons.filter(state=Comparison.State.OPEN)
    else:
        through = _counted_through(run, wanted.intent)
        found = run.comparisons.filter(state=Comparison.State.CLOSED, position__lte=through)
        found = found.filter(_OUTCOMES.get(wanted.verdict, Q()))
    if wanted.intent:
        found = found.filter(intent__name=wanted.intent)
    if wanted.language:
        found = found.filter(language=wanted.language)
    if wanted.tag:
        found = found.filter(tags__contains=[wanted.tag])
    if votes := _votes_of(wanted):
        current_votes = Vote.objects.filter(votes, run=run, undone_at__isnull=True)
        found = found.filter(pk__in=current_votes.values("comparison"))
    return _with_all_shown(found).order_by("position")


def _counted_through(run: EvaluationRun, intent: str) -> int:
    """Return the position up to which closed comparisons are counted.

    Args:
        run: an unordered run counts all of them.
        intent: its name, as each intent has its own order; empty for the whole run.
    """
    if run.is_unordered:
        return MAX_POSITION
    open_comparisons = run.comparisons.filter(state=Comparison.State.OPEN)
    if intent:
        open_comparisons = open_comparisons.filter(intent__name=intent)
    # Ordered as the index of open comparisons is; by `position` it reads every closed one.
    served = open_comparisons.order_by(F("position") + 0)
    first = served.values_list("position", flat=True).first()
    return MAX_POSITION if first is None else first - 1


def _votes_of(wanted: RunExampleFilter) -> Q:
    """Return the condition on a vote of a shown example; empty without one."""
    votes = Q()
    if wanted.rater:
        votes &= Q(rater=min(int(wanted.rater), _MAX_ID))
    if wanted.reason:
        models = [wanted.model] if wanted.model else list(Contender)
        given = Q()
        for model in models:
            given |= Q(left=model, reasons__left__contains=[wanted.reason])
            given |= Q(left=other(model), reasons__right__contains=[wanted.reason])
        votes &= given
    return votes


def _with_all_shown(found: QuerySet[Comparison]) -> QuerySet[Comparison]:
    votes = Vote.objects.filter(undone_at__isnull=True).select_related("rater").order_by("pk")
    answers = Answer.objects.select_related("model_version")
    broken = Lease.objects.filter(state=Lease.State.BROKEN).select_related("rater")
    return found.select_related("intent", "revision__example").prefetch_related(
        Prefetch("votes", queryset=votes),
        Prefetch("answers", queryset=answers),
        Prefetch("leases", queryset=broken),
    )


@dataclass(frozen=True)
class ExamplePage:
    """Examples in served order; `before` and `after` are the positions to go on from."""

    examples: list[Comparison]
    before: int | None
    after: int | None


def example_page(
    found: QuerySet[Comparison], *, after: int | None = None, before: int | None = None
) -> ExamplePage:
    """Return the first page, the one after a position, or the one before a position."""
    if before is not None:
        rows = list(found.filter(position__lt=before).order_by("-position")[: PAGE_SIZE + 1])
        shown = rows[:PAGE_SIZE][::-1]
        return _page(shown, has_before=len(rows) > PAGE_SIZE, has_after=True)
    rows = list(found.filter(position__gt=after or 0)[: PAGE_SIZE + 1])
    return _page(rows[:PAGE_SIZE], has_before=after is not None, has_after=len(rows) > PAGE_SIZE)


def _page(shown: Sequence[Comparison], *, has_before: bool, has_after: bool) -> ExamplePage:
    if not shown:
        return ExamplePage([], None, None)
    first, last = shown[0].position, shown[-1].position
    return ExamplePage(list(shown), first if has_before else None, last if has_after else None)


@dataclass(frozen=True)
class ReasonCount:
    """How many votes on counted examples gave a reason for one model's answer."""

    code: str
    model: Contender
    votes: int

    @property
    def label(self) -> str:
        """What the chip says."""
        return str(REASON_LABELS.get(self.code, self.code))


# Reasons are stored by the side shown; the side is resolved by who stood on the left.
_REASONS = """
SELECT code, CASE WHEN (side = 'left') = (v."left" = 'candidate')
                  THEN 'candidate' ELSE 'baseline' END AS model, count(*)
FROM evaluation_vote v
JOIN evaluation_comparison c ON c.id = v.comparison_id
CROSS JOIN LATERAL jsonb_each(v.reasons) AS given (side, codes)
CROSS JOIN LATERAL jsonb_array_elements_text(codes) AS code
WHERE v.run_id = %(run)s AND v.undone_at IS NULL AND v."left" IS NOT NULL
  AND v.reasons <> '{}' AND c.state = 'closed' AND c.position <= %(through)s
GROUP BY 1, 2
ORDER BY 3 DESC, 1, 2
"""


def reasons_given(run: EvaluationRun) -> list[ReasonCount]:
    """Return the reasons of the votes on counted examples, the most frequent first."""
    with connection.cursor() as cursor:
        cursor.execute(_REASONS, {"run": run.pk, "through": _counted_through(run, "")})
        return [ReasonCount(code, Contender(model), votes) for code, model, votes in cursor]
