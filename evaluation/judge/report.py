"""The second line of a run: what a judge says, beside what people say. No gate reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from django.db import connection
from psycopg import sql

from evaluation.judge.models import JudgeRun, JudgeState
from evaluation.judge.progress import JudgeProgress, judge_progress
from evaluation.results.reports import RunReport
from evaluation.results.reports.rows import Row
from evaluation.runs.models.counts import CLOSING_COLUMNS
from evaluation.stats.agreement import Agreement
from evaluation.stats.intervals import Interval, interval
from evaluation.stats.judge import (
    JudgedGroups,
    JudgedRate,
    Share,
    agreement_with_people,
    chose_first,
    correlation,
    flipped,
    judge_score,
    prediction_powered,
    share_of,
)
from evaluation.stats.tally import VerdictCounts
from evaluation.stats.verdicts import TIE

MOST = 0.5
"""Share of flips above which a judge is unsteady."""


@dataclass(frozen=True)
class JudgedGroup:
    """Comparisons of one intent with the same votes and the same verdicts, and their number.

    Attributes:
        in_queue: whether they are counted examples of the main queue.
        in_intent: whether they are counted examples of their intent.
        votes: the votes that closed them; none while they are open.
        verdicts: with the candidate's answer first, and second; empty without a verdict.
    """

    intent_id: int
    in_queue: bool
    in_intent: bool
    votes: VerdictCounts
    verdicts: tuple[str, str]
    examples: int

    @property
    def is_judged(self) -> bool:
        """Whether there is a verdict in both orders."""
        return all(self.verdicts)

    @cached_property
    def score(self) -> Fraction:
        """The judge's score for the candidate; one half without a verdict in both orders."""
        return judge_score(*self.verdicts) if self.is_judged else TIE


@dataclass(frozen=True)
class JudgeRow:
    """What a judge says about the whole run (no name) or one intent.

    Attributes:
        judged: examples with a verdict in both orders.
        estimate: the judge's win rate of the candidate; None without any.
        interval: its anytime interval; 0 to 1 without any.
        people: the row of people's votes.
        agreement: Cohen's kappa with people on the counted examples, with its bootstrap interval.
        correlation: of people's scores with the judge's.
        combined: people's win rate sharpened by the judge; None until the judge has finished.
    """

    name: str
    judged: int
    estimate: float | None
    interval: Interval
    people: Row
    agreement: Agreement
    correlation: Agreement
    combined: JudgedRate | None


@dataclass(frozen=True)
class JudgeReport:
    """All figures of one judge beside a run's report. Rows of intents come in its order."""

    judge_run: JudgeRun
    report: RunReport
    groups: tuple[JudgedGroup, ...]

    @cached_property
    def progress(self) -> JudgeProgress:
        """How far the judge is."""
        return judge_progress(self.judge_run)

    @cached_property
    def overall(self) -> JudgeRow:
        """The row of the main queue."""
        return self._row(self.report.overall, self.groups, lambda group: group.in_queue)

    @cached_property
    def intents(self) -> list[JudgeRow]:
        """The rows of the intents."""
        found = []
        for row in self.report.intents:
            own = [group for group in self.groups if group.intent_id == row.intent_id]
            found.append(self._row(row, own, lambda group: group.in_intent))
        return found

    @cached_property
    def flips(self) -> Share:
        """Share of judged examples whose score changes with the order."""
        pairs = [(group.verdicts, group.examples) for group in self.groups if group.is_judged]
        return share_of([(flipped(*verdicts), n) for verdicts, n in pairs], alpha=self._alpha)

    @property
    def is_unsteady(self) -> bool:
        """Whether most scores change with the order for certain: the judge favours a place."""
        return self.flips.interval.lower > MOST

    @cached_property
    def first(self) -> Share:
        """Share of decisive verdicts for the answer that was read first."""
        found = [
            (chosen, group.examples)
            for group in self.groups
            for chosen in chose_first(*group.verdicts)
        ]
        return share_of(found, alpha=self._alpha)

    @property
    def _alpha(self) -> float:
        return self.report.settings.alpha

    def _row(
        self, row: Row, groups: Sequence[JudgedGroup], is_counted: Callable[[JudgedGroup], bool]
    ) -> JudgeRow:
        judged = [(group.score, group.examples) for group in groups if group.is_judged]
        counted = [group for group in groups if is_counted(group)]
        # Nobody voted on identical answers, so they show no agreement.
        shared = _scores(
            group for group in counted if group.is_judged and not group.votes.identical
        )
        n = sum(count for _, count in judged)
        return JudgeRow(
            name=row.name,
            judged=n,
            estimate=float(_mean(judged)) if n else None,
            interval=interval(judged, alpha=self._alpha),
            people=row,
            agreement=agreement_with_people(shared, alpha=self._alpha),
            correlation=correlation(shared),
            combined=self._combined(row, groups, _scores(counted)),
        )

    def _combined(
        self, row: Row, groups: Sequence[JudgedGroup], counted: JudgedGroups
    ) -> JudgedRate | None:
        """Return the prediction-powered rate, once every example has its final score.

        An example without a verdict scores one half, also in the mean, so the score is known for
        the whole set and does not depend on votes.
        """
        scores = [(group.score, group.examples) for group in groups]
        if self.judge_run.state != JudgeState.DONE or not scores:
            return None
        prior = row.counted.prior
        return prediction_powered(counted, _mean(scores), alpha=self._alpha, prior=prior)


def _scores(groups: Iterable[JudgedGroup]) -> JudgedGroups:
    return tuple((group.votes.score, group.score, group.examples) for group in groups)


def _mean(scores: Sequence[tuple[Fraction, int]]) -> Fraction:
    return sum((x * n for x, n in scores), Fraction(0)) / sum(n for _, n in scores)


def build_judge_report(report: RunReport, judge_run: JudgeRun) -> JudgeReport:
    """Return the figures of a judge of the report's run. Writes nothing."""
    return JudgeReport(judge_run, report, tuple(_groups(report, judge_run)))


def shown_judge(run_id: int, wanted: int | None = None) -> JudgeRun | None:
    """Return the judge run that is shown: the wanted one, else the latest not cancelled."""
    found = JudgeRun.objects.filter(run=run_id).select_related(
        "model_version__endpoint", "rubric", "run"
    )
    if wanted is not None:
        return found.filter(pk=wanted).first()
    return found.exclude(state=JudgeState.CANCELLED).order_by("-pk").first()


# The comparisons that are in the run, by intent, by what counts, by votes and by verdicts.
_GROUPS = """
SELECT c.intent_id,
    c.state = 'closed' AND c.position <= %(through)s,
    c.state = 'closed' AND c.position <= t.through,
    coalesce(a.verdict, ''), coalesce(b.verdict, ''), count(*), {counts}
FROM evaluation_comparison c
JOIN unnest(%(intents)s::bigint[], %(intents_through)s::int[]) AS t (intent_id, through)
    ON t.intent_id = c.intent_id
LEFT JOIN evaluation_judgement a
    ON a.judge_run_id = %(judge)s AND a.comparison_id = c.id AND a.first = 'candidate'
LEFT JOIN evaluation_judgement b
    ON b.judge_run_id = %(judge)s AND b.comparison_id = c.id AND b.first = 'baseline'
WHERE c.run_id = %(run)s AND c.state IN ('open', 'closed')
GROUP BY c.intent_id, 2, 3, 4, 5, {counts}
"""
_SELECT_GROUPS = (
    sql.SQL(_GROUPS)
    .format(counts=sql.SQL(", ").join(sql.Identifier("c", name) for name in CLOSING_COLUMNS))
    .as_string()
)


def _groups(report: RunReport, judge_run: JudgeRun) -> Iterable[JudgedGroup]:
    walk = report.walk
    params: dict[str, Any] = {
        "run": judge_run.run_id,
        "judge": judge_run.pk,
        "through": walk.main.through,
        "intents": list(walk.intents),
        "intents_through": [row.through for row in walk.intents.values()],
    }
    with connection.cursor() as cursor:
        cursor.execute(_SELECT_GROUPS, params)
        rows = cursor.fetchall()
    for intent_id, in_queue, in_intent, first, second, examples, *counts in rows:
        votes = VerdictCounts(*counts)
        yield JudgedGroup(intent_id, in_queue, in_intent, votes, (first, second), examples)


def judge_line(report: RunReport) -> JudgeReport | None:
    """Return the judge that is shown beside a run's figures; None if none was asked."""
    judge_run = shown_judge(report.run.pk)
    return build_judge_report(report, judge_run) if judge_run else None
