"""The counted answers on the criteria of a run, along the served order.

An example counts for a criterion when it is counted in the main queue and at least one of its
closing votes answered the criterion; its score is the mean of those answers. The others are
missing (docs/statistics.md, "Criteria"). Identical answers are a tie on every criterion.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import connection
from psycopg import sql

from evaluation.gates import GateSettings
from evaluation.results.reports.sums import CountedExample, Groups, RowSums, groups_from_json
from evaluation.runs.models import EvaluationRun, RunCriterion
from evaluation.stats.sequence import Scan
from evaluation.stats.tally import VerdictCounts
from evaluation.stats.verdicts import Verdict

_EVEN = 0.5


@dataclass(frozen=True)
class CriterionAnswer:
    """What an example of the main queue came to on one criterion; without votes it is missing."""

    criterion_id: int
    intent_id: int
    example: CountedExample


@dataclass
class CriterionSums:
    """The examples that count for one criterion.

    Attributes:
        row: over all intents, with the walk's crossing.
        intents: intent's id to its examples by the answers they got.
        missing: intent's id to the examples that nobody answered it on.
    """

    row: RowSums
    intents: dict[int, Groups] = field(default_factory=dict)
    missing: Counter[int] = field(default_factory=Counter)

    def add(self, answers: Iterable[CriterionAnswer], *, at_once: bool) -> None:
        """Walk over the examples that follow in served order, or look at them all at once."""
        given = []
        for answer in answers:
            if answer.example.votes.votes:
                given.append(answer.example)
                self.intents.setdefault(answer.intent_id, Counter())[answer.example.votes] += 1
            else:
                self.missing[answer.intent_id] += 1
        self.row.add(given, at_once=at_once)

    def as_json(self) -> dict[str, Any]:
        """Return the sums in plain JSON values."""
        return {
            "scan": self.row.scan.as_json(),
            "crossed_at": self.row.crossed_at.isoformat() if self.row.crossed_at else None,
            "through": self.row.through,
            "groups": self.row.groups_as_json(),
            "intents": {
                str(pk): RowSums(pk, self.row.scan, groups=groups).groups_as_json()
                for pk, groups in self.intents.items()
            },
            "missing": {str(pk): n for pk, n in self.missing.items()},
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> CriterionSums:
        """Return the sums that `as_json` gave."""
        at = stored["crossed_at"]
        row = RowSums(
            None,
            Scan.from_json(stored["scan"]),
            through=stored["through"],
            crossed_at=datetime.fromisoformat(at) if at else None,
            groups=groups_from_json(stored["groups"]),
        )
        intents = {int(pk): groups_from_json(found) for pk, found in stored["intents"].items()}
        return cls(row, intents, Counter({int(pk): n for pk, n in stored["missing"].items()}))


def criteria_at_beginning(
    criteria: Iterable[RunCriterion], settings: GateSettings, set_size: int | None
) -> dict[int, CriterionSums]:
    """Return empty sums of each criterion, by its id.

    Args:
        criteria: of the run.
        settings: the run's, with the thresholds of criteria that have a gate.
        set_size: examples of the set that the prior is tuned to; None for the plain prior.
    """
    # Without a gate there is no threshold to cross.
    lines = settings.criterion_thresholds
    return {
        criterion.pk: CriterionSums(
            RowSums(None, Scan(lines.get(criterion.key, _EVEN), settings.alpha, set_size=set_size))
        )
        for criterion in criteria
    }


# One row for each counted example and criterion, in served order; without an answer the counts
# are 0.
_ANSWERS: Final = """
SELECT k.id, c.intent_id, c.position, {counts}, c.closing_identical, c.closed_at
FROM evaluation_comparison c
JOIN evaluation_runcriterion k ON k.run_id = c.run_id
LEFT JOIN evaluation_vote v
    ON v.comparison_id = c.id AND v.counted AND v.undone_at IS NULL
LEFT JOIN evaluation_criterionvote a ON a.vote_id = v.id AND a.criterion_id = k.id
WHERE c.run_id = %(run)s AND c.state = 'closed'
  AND c.position > %(after)s AND c.position <= %(through)s
GROUP BY k.id, c.id
ORDER BY c.position
"""
_COUNTED_ANSWERS: Final = (
    sql.SQL(_ANSWERS)
    .format(
        counts=sql.SQL(", ").join(
            sql.SQL("count(*) FILTER (WHERE a.verdict = {})").format(sql.Literal(verdict.value))
            for verdict in (
                *(Verdict.CANDIDATE, Verdict.BASELINE),
                *(Verdict.TIE_GOOD, Verdict.TIE_BAD),
            )
        )
    )
    .as_string()
)


def criterion_answers(
    run: EvaluationRun, *, after: int, through: int
) -> dict[int, list[CriterionAnswer]]:
    """Return the answers on the examples that were counted between two positions, by criterion."""
    found: dict[int, list[CriterionAnswer]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED_ANSWERS, {"run": run.pk, "after": after, "through": through})
        for criterion_id, intent_id, position, *counts, closed_at in cursor.fetchall():
            example = CountedExample(position, VerdictCounts(*counts), closed_at)
            found[criterion_id].append(CriterionAnswer(criterion_id, intent_id, example))
    return found
