"""The inner part of `tests.bench.decisions`: simulated reviewers vote through the shipped actions.

The arguments are a JSON list of [cell, seed], how many reviewers join each run after a third of
its examples, how many criteria it asks, and what one reviewer always takes ("left", "candidate" or
nothing); one JSON object a line is printed for each run.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.test import override_settings

from evaluation.gates import GateSettings
from evaluation.results.actions import gates, raters
from evaluation.runs.actions import answer_import, run_setup
from evaluation.runs.actions.answer_plan import AnswerImport, Overlap
from evaluation.runs.criteria import CriterionTerms
from evaluation.runs.models import Comparison, EvaluationRun
from evaluation.stats.verdicts import Choice, Verdict
from evaluation.voting.actions import claims, leases, votes
from evaluation.voting.actions.claims import ServedComparison
from evaluation.voting.blinding import choice_of
from evaluation.voting.limits import undo_time
from evaluation.voting.models import Lease
from reviewapp.people.actions.members import add_member
from reviewapp.people.models import Project, Role, User
from tests.factories.people import make_project
from tests.factories.runs import make_answer_rows

EXAMPLES = 240
OVERLAP_PERCENT, OVERLAP_VOTES = 20, 3
ICC = 0.35
"""Intraclass correlation of the votes on one example."""
SKIPS = 0.01
"""Part of the comparisons that a reviewer skips when they are served first."""
CRITERIA = (CriterionTerms(code="tone", gated=True), CriterionTerms(code="citation_faithfulness"))
"""Asked after the choice, the first so many; one with a gate cannot be passed over."""
CRITERION_RATE = 0.5
"""True win rate on every criterion, whatever the candidate does overall."""
PASSED_OVER = 0.3
"""Chance that a criterion without a gate is passed over."""
NO_TIME = 1e-6
"""Seconds to undo after which the time to undo has passed."""
VOTES_BETWEEN_LOOKS = 4
"""With five reviewers at 20 seconds a vote, the beat looks about this often."""


@dataclass(frozen=True)
class Cell:
    """True win rate of the candidate, number of reviewers, number of intents."""

    rate: float
    reviewers: int
    intents: int


@dataclass
class Seen:
    """What a lead who looks at the run again and again reads."""

    decisions: list[str] = field(default_factory=list)
    promoted_at: int | None = None
    decided_at: int | None = None
    counted: int = 0
    missed: set[str] = field(default_factory=set)
    criterion_passed: bool = False

    def look(self, run: EvaluationRun) -> None:
        """Measure the run as the beat does and remember the decision."""
        report = gates.measure_gates(run_id=run.pk)
        decision, self.counted = report.decision.value, report.overall.tally.n
        if self.decisions[-1:] != [decision]:
            self.decisions.append(decision)
        if decision == "promote" and self.promoted_at is None:
            self.promoted_at = self.counted
        if decision in {"promote", "reject"} and self.decided_at is None:
            self.decided_at = self.counted
        for criterion in report.criteria:
            figures = criterion.row.figures
            if not figures.lower <= CRITERION_RATE <= figures.upper:
                self.missed.add(criterion.key)
            self.criterion_passed |= criterion.row.counted.crossing is not None

    @property
    def lost(self) -> int:
        """How often "promote" was reached and taken back."""
        return self.decisions[:-1].count("promote")


class Simulation:
    """One run with its reviewers; all draws follow the seed."""

    def __init__(
        self, cell: Cell, seed: int, *, joining: int = 0, criteria: int = 0, biased: str = ""
    ) -> None:
        self._random = random.Random(f"{cell}:{seed}")  # noqa: S311 - repeatable on purpose.
        sides = random.Random(f"sides:{cell}:{seed}")  # noqa: S311 - as above.
        claims._RANDOM = sides  # type: ignore[assignment]
        self.run, self._people = _opened(cell, self._random.getrandbits(32), CRITERIA[:criteria])
        self._criteria = CRITERIA[:criteria]
        self._paces = {person: self._random.uniform(0.5, 2) for person in self._people}
        self._tastes = dict(self._drawn_tastes(cell))
        self._held: dict[User, list[ServedComparison]] = {}
        self._skipped: set[tuple[int, int]] = set()
        self._joining = joining
        self._biased = biased

    def _drawn_tastes(self, cell: Cell) -> Iterator[tuple[int, float]]:
        """Yield each comparison with its chance that a vote prefers the candidate."""
        spread = (1 - ICC) / ICC
        order = self.run.comparisons.order_by("external_id").values_list("pk", flat=True)
        for pk in order:
            yield pk, self._random.betavariate(cell.rate * spread, (1 - cell.rate) * spread)

    def vote_to_the_end(self) -> Seen:
        """Simulate the reviewers vote until none of them is given anything."""
        seen, since = Seen(), 0
        waiting = list(self._people)
        while waiting:
            paces = [self._paces[person] for person in waiting]
            (person,) = self._random.choices(waiting, weights=paces)
            if not self._act(person):
                waiting.remove(person)
                if not waiting and self._next_check(seen):
                    waiting = list(self._people)
                continue
            since += 1
            if since == EXAMPLES // 3 and self._joining:
                self._join()
            waiting = list(self._people)
            if since % VOTES_BETWEEN_LOOKS == 0:
                seen.look(self.run)
        return seen

    def _join(self) -> None:
        """Add reviewers to the open run."""
        first = len(self._people)
        added = [_reviewer(self.run.project, first + number) for number in range(self._joining)]
        rater_ids = [person.pk for person in added]
        raters.add_reviewers(run_id=self.run.pk, user_ids=rater_ids, actor=None)
        self._people += added
        self._paces |= {person: self._random.uniform(0.5, 2) for person in added}

    def _next_check(self, seen: Seen) -> bool:
        """Measure the gates; return whether that made comparisons available.

        When all reviewers wait, the time to undo their last votes passes first.
        """
        with override_settings(VOTE_UNDO_SECONDS=NO_TIME if undo_time() else 0):
            seen.look(self.run)
        return any(self._lease(person) for person in self._people)

    def _lease(self, person: User) -> list[ServedComparison]:
        self._held[person] = leases.lease_comparisons(run_id=self.run.pk, actor=person)
        return self._held[person]

    def _act(self, person: User) -> bool:
        """Vote on, or skip, what this reviewer is served first; False if there is nothing."""
        held = self._held.get(person) or self._lease(person)
        if not held:
            return False
        shown = Lease.objects.values_list("comparison", "left")
        comparison, left = shown.get(public_id=held[0].public_id)
        if (person.pk, comparison) not in self._skipped and self._random.random() < SKIPS:
            self._skipped.add((person.pk, comparison))
            leases.skip(actor=person, lease_id=held[0].public_id)
            self._lease(person)
            return True
        choice = self._choice(person, comparison, left)
        cast = votes.cast_and_lease(
            actor=person,
            lease_id=held[0].public_id,
            choice=choice,
            on_criteria=dict(self._answers(left)),
        )
        self._held[person] = cast.served
        return True

    def _choice(self, person: User, comparison: int, left: str) -> Choice:
        likes = self._random.random() < self._tastes[comparison]
        if self._biased and person == self._people[0]:
            if self._biased == "left":
                return Choice.LEFT
            likes = True
        return choice_of(Verdict.CANDIDATE if likes else Verdict.BASELINE, left=left)

    def _answers(self, left: str) -> Iterator[tuple[int, Choice]]:
        """Yield the choice on each criterion that is not passed over, by its position."""
        for position, criterion in enumerate(self._criteria, start=1):
            if not criterion.gated and self._random.random() < PASSED_OVER:
                continue
            likes = self._random.random() < CRITERION_RATE
            verdict = Verdict.CANDIDATE if likes else Verdict.BASELINE
            yield position, choice_of(verdict, left=left)


def _opened(
    cell: Cell, order_seed: int, criteria: tuple[CriterionTerms, ...]
) -> tuple[EvaluationRun, list[User]]:
    # Several processes share the database.
    project = make_project(f"simulated-{secrets.token_hex(6)}")
    people = [_reviewer(project, number) for number in range(cell.reviewers)]
    names = [f"intent {number}" for number in range(cell.intents)]
    made = answer_import.import_answers(
        project=project,
        plan=AnswerImport(
            run=f"run-{project.slug}",
            baseline="base",
            candidate="tuned",
            votes_per_example=1,
            overlap=Overlap(OVERLAP_PERCENT, min(OVERLAP_VOTES, cell.reviewers)),
            order_seed=order_seed,
            # As in a run that is opened after its answers were generated.
            gates=GateSettings(is_tuned=True),
            criteria=criteria,
        ),
        rows=lambda: make_answer_rows(EXAMPLES, intents=names),
    )
    rater_ids = [person.pk for person in people]
    return run_setup.set_raters(run_id=made.run.pk, rater_ids=rater_ids, actor=None), people


def _reviewer(project: Project, number: int) -> User:
    """A reviewer of the project; the same people serve in every run of a process."""
    email = f"reviewer{number}@{os.getpid()}.example"
    return add_member(project=project, email=email, role=Role.REVIEWER).user


def simulated(
    cell: Cell, seed: int, joining: int, criteria: int = 0, biased: str = ""
) -> dict[str, Any]:
    """Run one simulation; what its lead saw and what is left."""
    began, worked = time.monotonic(), time.process_time()
    simulation = Simulation(cell, seed, joining=joining, criteria=criteria, biased=biased)
    seen = simulation.vote_to_the_end()
    left = simulation.run.comparisons.filter(state=Comparison.State.OPEN).count()
    final = seen.decisions[-1]
    return {
        "rate": cell.rate,
        "reviewers": cell.reviewers,
        "intents": cell.intents,
        "joining": joining,
        "seed": seed,
        "promoted_at": seen.promoted_at,
        "decided_at": seen.decided_at,
        "lost": seen.lost,
        "changes": len(seen.decisions) - 1,
        "final": final,
        "counted": seen.counted,
        "left": left,
        "stuck": final == "keep_voting" and left > 0,
        "died": final != "promote" and seen.promoted_at is not None,
        "votes": simulation.run.votes.count(),
        "criteria": criteria,
        "biased": biased,
        "criteria_missed": len(seen.missed),
        "criterion_passed": seen.criterion_passed,
        "seconds": round(time.monotonic() - began, 1),
        "cpu_seconds": round(time.process_time() - worked, 1),
    }


def main() -> None:
    """Simulate what the argument lists."""
    with connection.cursor() as cursor:
        # Nothing here has to survive a crash of the machine.
        cursor.execute("SET synchronous_commit TO off")
    for cell, seed in json.loads(sys.argv[1]):
        found = simulated(Cell(*cell), seed, int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
        print(json.dumps(found), flush=True)  # noqa: T201 - its output.
