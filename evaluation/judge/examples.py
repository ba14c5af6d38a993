"""The examples of a run with what people and a judge say of each, filtered by disagreement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from django.db.models import Case, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Sign

from evaluation.judge.models import JUDGED_STATES, Judgement, JudgeRun
from evaluation.runs.models import Comparison, EvaluationRun
from evaluation.runs.models.counts import CLOSING_COLUMNS
from evaluation.runs.permissions import answers_denied_reason, figures_denied_reason
from evaluation.stats.judge import flipped, judge_score
from evaluation.stats.tally import VerdictCounts
from evaluation.stats.verdicts import Contender, Verdict
from reviewapp.core.errors import PermissionDeniedError
from reviewapp.jobs.models import JobState
from reviewapp.people.models import User

_TIES = (Verdict.TIE_GOOD.value, Verdict.TIE_BAD.value)


class ExampleKind(StrEnum):
    """Which examples are listed."""

    ALL = "all"
    # The judge and the majority of people prefer another answer, or only one of them a tie.
    DISAGREES = "disagrees"
    FLIPPED = "flipped"
    # A verdict is missing.
    FAILED = "failed"


@dataclass(frozen=True)
class JudgedExample:
    """An example with the score of its closing votes and a judge's replies in both orders.

    Attributes:
        people: the candidate's mean score, from 0 to 1; None without a counted vote.
        judge: the candidate's score by the judge; None without a verdict in both orders.
        judgements: the candidate's answer first, then the baseline's; None where not asked.
    """

    comparison: Comparison
    people: Fraction | None
    judge: Fraction | None
    judgements: tuple[Judgement | None, Judgement | None]

    @property
    def verdicts(self) -> tuple[str, str]:
        """The verdicts in both orders; empty where there is none."""
        first, second = self.judgements
        return (first.verdict if first else "", second.verdict if second else "")

    @property
    def is_flipped(self) -> bool | None:
        """Whether the score changes with the order; None without both verdicts."""
        return flipped(*self.verdicts) if all(self.verdicts) else None

    @property
    def disagrees(self) -> bool:
        """Whether people and judge prefer another answer."""
        if self.people is None or self.judge is None:
            return False
        return _side(self.people) != _side(self.judge)


def _side(score: Fraction) -> int:
    middle = Fraction(1, 2)
    return (score > middle) - (score < middle)


def require_replies(user: User, run: EvaluationRun) -> None:
    """Check that a user may read what a judge replied about a run.

    Raises:
        PermissionDeniedError: they vote in the run, or in an open run of one of its models.
    """
    if denied := figures_denied_reason(user, run) or answers_denied_reason(user, run):
        raise PermissionDeniedError(denied)


def judged_examples(
    judge_run: JudgeRun, kind: ExampleKind, *, intent: str = ""
) -> QuerySet[Comparison]:
    """Return the comparisons of one kind, in served order; of one intent if it is named."""
    found = judge_run.run.comparisons.filter(state__in=[state.value for state in JUDGED_STATES])
    if intent:
        found = found.filter(intent__name=intent)
    if kind is not ExampleKind.ALL:
        found = _annotated(found, judge_run).filter(_CONDITIONS[kind])
    return found.select_related("intent").order_by("position")


def _annotated(found: QuerySet[Comparison], judge_run: JudgeRun) -> QuerySet[Comparison]:
    """Add the judge's side in each order and both together, and people's side.

    A side is 1 for the candidate, -1 for the baseline, 0 for a tie, null without a verdict.
    """
    sides = {
        f"side_{contender}": Subquery(
            Judgement.objects.filter(
                judge_run=judge_run, comparison=OuterRef("pk"), first=contender.value
            ).values(side=_SIDE_OF_VERDICT)[:1]
        )
        for contender in Contender
    }
    failed = Judgement.objects.filter(judge_run=judge_run, state=JobState.FAILED)
    return found.annotate(
        **sides,
        is_failed=Case(
            When(pk__in=failed.values("comparison"), then=Value(1)),
            default=Value(0),
            output_field=IntegerField(),
        ),
        people_side=Sign(F("closing_candidate") - F("closing_baseline")),
    )


_SIDE_OF_VERDICT = Case(
    When(verdict=Contender.CANDIDATE.value, then=Value(1)),
    When(verdict=Contender.BASELINE.value, then=Value(-1)),
    When(verdict__in=_TIES, then=Value(0)),
    default=Value(None),
    output_field=IntegerField(),
)
_FIRST, _SECOND = f"side_{Contender.CANDIDATE}", f"side_{Contender.BASELINE}"
_JUDGED = Q(**{f"{_FIRST}__isnull": False, f"{_SECOND}__isnull": False})
_AGREED = Q(**{_FIRST: F(_SECOND)})
_VOTED = Q(state=Comparison.State.CLOSED, closing_identical=0)
_CONDITIONS = {
    ExampleKind.FLIPPED: _JUDGED & ~_AGREED,
    ExampleKind.FAILED: Q(is_failed=1),
    # A flip is a tie.
    ExampleKind.DISAGREES: _VOTED
    & _JUDGED
    & ((_AGREED & ~Q(people_side=F(_FIRST))) | (~_AGREED & ~Q(people_side=0))),
}


def with_judgements(judge_run: JudgeRun, comparisons: Iterable[Comparison]) -> list[JudgedExample]:
    """Return the comparisons with the judge's replies and people's scores."""
    shown = list(comparisons)
    rows = judge_run.judgements.filter(comparison__in=[comparison.pk for comparison in shown])
    found = {(row.comparison_id, row.first): row for row in rows}
    return [
        _example(
            comparison,
            found.get((comparison.pk, Contender.CANDIDATE.value)),
            found.get((comparison.pk, Contender.BASELINE.value)),
        )
        for comparison in shown
    ]


def _example(
    comparison: Comparison, first: Judgement | None, second: Judgement | None
) -> JudgedExample:
    verdicts = (first.verdict if first else "", second.verdict if second else "")
    votes = VerdictCounts(*(getattr(comparison, name) for name in CLOSING_COLUMNS))
    is_closed = comparison.state == Comparison.State.CLOSED
    is_voted = is_closed and votes.votes and not votes.identical
    return JudgedExample(
        comparison=comparison,
        people=votes.score if is_voted else None,
        judge=judge_score(*verdicts) if all(verdicts) else None,
        judgements=(first, second),
    )
