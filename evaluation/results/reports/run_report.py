"""The report of a run, which the page, the command and the API show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from evaluation.gates import (
    Decision,
    DecisionReason,
    Evidence,
    GateKey,
    GateResult,
    GateSettings,
    NextStep,
    PromotionDecision,
    Situation,
    check_gates,
    decide,
    decision_reason,
    gates_after_promotion,
    intents_to_serve,
    next_step,
    promotion_forecast,
    required_gates,
    serves_all_intents,
    serves_shared_first,
)
from evaluation.results.models import RunDecision
from evaluation.results.reports.answers import AnswerMetrics, answer_metrics_of
from evaluation.results.reports.criteria import CriterionRow, criterion_rows
from evaluation.results.reports.pace import votes_a_day, votes_for_each, waiting_examples
from evaluation.results.reports.rows import Row, Slice, intent_rows, overall_row, slices
from evaluation.results.reports.votes import (
    RaterVoteCounts,
    excluded_counts,
    shared_units,
    votes_by_rater,
)
from evaluation.results.reports.walk import Walk, walk_of
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import EvaluationRun
from evaluation.stats.agreement import (
    Agreement,
    Distance,
    Units,
    gwet,
    krippendorff,
    krippendorff_with_interval,
)
from evaluation.stats.figures import Figures, figures
from evaluation.stats.forecast import Forecast
from evaluation.stats.intervals import Interval
from evaluation.stats.length import LengthEffect, LongerShare, length_effect, longer_share
from evaluation.stats.raters import (
    LeftShare,
    RaterVotes,
    leave_one_out,
    leave_one_out_range,
    left_share,
    sides_look_random,
    standard_error_by_rater,
)


@dataclass(frozen=True)
class RaterLine:
    """One rater of the run.

    Attributes:
        voting: all their votes that were not undone.
        held: their share of the counted examples, from 0 to 1.
        votes: their closing votes on counted examples.
        without: overall win rate without this rater; None when nothing would be left.
        alpha: chance that an interval ever misses.
    """

    voting: RaterVoteCounts
    held: float
    votes: RaterVotes
    without: float | None
    alpha: float

    @cached_property
    def own(self) -> Figures:
        """Win rate by this rater's closing votes alone."""
        return figures(self.votes.tally, alpha=self.alpha)

    @cached_property
    def left(self) -> LeftShare:
        """How often the left answer won among their decisive votes."""
        return left_share(self.voting.left, self.voting.right, alpha=self.alpha)


@dataclass(frozen=True)
class RunReport:
    """All figures of one run at one moment. Rows of intents come best first.

    Attributes:
        walk: what was counted, and whether some of it is not stored yet.
        units: examples with at least two votes, for agreement.
        skips: comparisons skipped and set aside, each once; what hygiene takes for losses.
        decisions: each change of the decision so far, the oldest first.
    """

    run: EvaluationRun
    settings: GateSettings
    walk: Walk
    measures: AnswerMetrics
    overall: Row
    intents: tuple[Row, ...]
    criteria: tuple[CriterionRow, ...]
    voting: tuple[RaterVoteCounts, ...]
    units: Units
    skips: int
    set_aside: int
    decisions: tuple[RunDecision, ...] = ()

    @property
    def run_number(self) -> int:
        """Which run of the same pair on the same prompts it is, as frozen when it opened."""
        return self.settings.run_number

    @cached_property
    def votes(self) -> int:
        """Votes that were not undone, counted or not."""
        return sum(counts.votes for counts in self.voting)

    @cached_property
    def demo_votes(self) -> int:
        """Votes that the demo generated."""
        return sum(counts.demo for counts in self.voting)

    @cached_property
    def active_raters(self) -> int:
        """Raters with votes that were not undone."""
        return sum(counts.votes > 0 for counts in self.voting)

    @cached_property
    def agreement(self) -> Agreement:
        """Krippendorff's alpha with interval distance, with its bootstrap interval."""
        return krippendorff_with_interval(self.units, Distance.INTERVAL, alpha=self.settings.alpha)

    @cached_property
    def agreement_ac2(self) -> Agreement:
        """Gwet's AC2 with interval weights and its interval, which the gate reads."""
        return gwet(self.units, Distance.INTERVAL)

    @cached_property
    def agreement_nominal(self) -> Agreement:
        """Krippendorff's alpha with nominal distance."""
        return krippendorff(self.units, Distance.NOMINAL)

    @cached_property
    def position(self) -> LeftShare:
        """How often the left answer won among decisive votes."""
        left = sum(counts.left for counts in self.voting)
        right = sum(counts.right for counts in self.voting)
        return left_share(left, right, alpha=self.settings.alpha)

    @cached_property
    def rater_votes(self) -> tuple[RaterVotes, ...]:
        """The closing votes of each rater on the counted examples of the main queue."""
        queue = self.walk.queue
        found = (queue.votes_of(counts.rater.pk, counts.rater.name) for counts in self.voting)
        return tuple(votes for votes in found if votes.groups)

    @cached_property
    def evidence(self) -> Evidence:
        """What the gates read."""
        return Evidence(
            overall=self.overall.counted,
            agreement=self.agreement_ac2,
            intents=tuple(row.counted for row in sorted(self.intents, key=lambda row: row.name)),
            criteria=tuple(criterion.row.counted for criterion in self.criteria),
            raters=self.rater_votes,
            left=sum(counts.left for counts in self.voting),
            right=sum(counts.right for counts in self.voting),
            sides_are_random=sides_look_random(
                sum(counts.given[0] for counts in self.voting),
                sum(counts.given[1] for counts in self.voting),
                alpha=self.settings.alpha,
            ),
            skips=self.skips,
            votes=self.votes,
            operations=self.measures.operations,
        )

    @cached_property
    def forecast(self) -> Forecast:
        """Examples until a promotion: the win rate, leave-one-out and agreement together."""
        return promotion_forecast(self.evidence, self.settings)

    @cached_property
    def gates(self) -> tuple[GateResult, ...]:
        """Every gate, given the stored decision to promote."""
        return gates_after_promotion(
            check_gates(self.evidence, self.settings), self.promotion_decision
        )

    @cached_property
    def promotion_decision(self) -> PromotionDecision | None:
        """The stored decision to promote; None if a rater was removed since.

        An unordered run is read at once and has none.
        """
        last = self.decisions[-1] if self.decisions else None
        if last is None or last.decision != Decision.PROMOTE or self.run.is_unordered:
            return None
        if last.removed_raters != self.removed_raters:
            return None
        return PromotionDecision(last.counted, last.at)

    @property
    def removed_raters(self) -> int:
        """How many raters were removed from the run."""
        return sum(counts.rater.removed_at is not None for counts in self.voting)

    @cached_property
    def decision(self) -> Decision:
        """What follows from the gates."""
        return decide(self.gates, required=self._required)

    @cached_property
    def decision_reason(self) -> DecisionReason:
        """Why, as a code."""
        return decision_reason(self.gates, required=self._required)

    @cached_property
    def next_step(self) -> NextStep:
        """What to do with the run next, and why. Takes one or two queries more."""
        run = self.run
        is_closed = run.state == RunState.CLOSED
        return next_step(
            Situation(
                reason=self.decision_reason,
                gates=self.gates,
                evidence=self.evidence,
                settings=self.settings,
                forecast=self.forecast,
                is_closed=is_closed,
                was_opened=run.opened_at is not None,
                served=self.served_intents,
                votes_for_each=votes_for_each(run, only_shared=self._serves_only_shared),
                votes_a_day=None if is_closed else votes_a_day(run),
                decided=self.promotion_decision,
                waiting=0 if self.overall.tally.n else waiting_examples(run),
            )
        )

    @cached_property
    def _required(self) -> frozenset[GateKey]:
        return required_gates(self.settings, [row.name for row in self.intents])

    @property
    def serves_all(self) -> bool:
        """Whether every open example needs votes, not only those of undecided intents."""
        return serves_all_intents(self.gates, self.decision)

    @property
    def serves_shared_first(self) -> bool:
        """Whether examples with several votes are served before the others."""
        return serves_shared_first(self.gates, self.decision)

    @property
    def _serves_only_shared(self) -> bool:
        """Whether nothing but agreement is open, so that voting ends with the shared examples."""
        return self.serves_shared_first and not intents_to_serve(self.gates, self.decision)

    @property
    def served_intents(self) -> frozenset[str]:
        """Names of the intents whose open examples are served in the present state."""
        if self.serves_all:
            return frozenset(row.name for row in self.intents)
        return intents_to_serve(self.gates, self.decision)

    @cached_property
    def raters(self) -> list[RaterLine]:
        """A line for each rater, in order of name."""
        held = {votes.rater: votes for votes in self.rater_votes}
        without = {
            left_out.rater: left_out.tally.estimate
            for left_out in leave_one_out(self.overall.tally, self.rater_votes)
        }
        lines = []
        for counts in self.voting:
            name = counts.rater.name
            votes = held.get(name, RaterVotes(name, ()))
            rate = without.get(name)
            lines.append(
                RaterLine(
                    voting=counts,
                    held=float(votes.weight) / self.overall.tally.n if votes.groups else 0.0,
                    votes=votes,
                    without=None if rate is None else float(rate),
                    alpha=self.settings.alpha,
                )
            )
        return lines

    @cached_property
    def without_one(self) -> Interval | None:
        """Lowest and highest overall win rate without any one rater."""
        return leave_one_out_range(leave_one_out(self.overall.tally, self.rater_votes))

    @cached_property
    def this_set(self) -> Interval | None:
        """Win rate of this very set of examples, which no gate reads.

        None before the first counted example, and in an unordered run.
        """
        queue = self.walk.queue
        if not queue.order or len(queue.order) != self.overall.tally.n:
            return None
        return queue.look_at_set(self.set_size, alpha=self.settings.alpha).interval

    @property
    def set_size(self) -> int:
        """Examples of the main queue, counted or not, without those that were taken out."""
        return self.overall.tally.n + self.overall.counted.left

    @cached_property
    def error_by_rater(self) -> float | None:
        """Standard error clustered by rater, "if looked at once"; None below five raters."""
        return standard_error_by_rater(self.overall.tally, self.rater_votes)

    @cached_property
    def longer(self) -> LongerShare:
        """How often the longer answer won among decisive closing votes."""
        sums = self.walk.queue.length
        return longer_share(sums.longer, sums.shorter, alpha=self.settings.alpha)

    @cached_property
    def length(self) -> LengthEffect:
        """The score as a line in the difference of lengths."""
        return length_effect(self.walk.queue.length.moments)

    @cached_property
    def languages(self) -> list[Slice]:
        """The counted examples by language."""
        return slices(self.walk.queue.languages, alpha=self.settings.alpha)

    @cached_property
    def tags(self) -> list[Slice]:
        """The counted examples by tag; an example with two tags is in both."""
        return slices(self.walk.queue.tags, alpha=self.settings.alpha)


def build_report(
    run: EvaluationRun, *, walk: Walk | None = None, is_locked: bool = False
) -> RunReport:
    """Return all figures of a run, with the current votes. Writes nothing.

    It takes a fixed number of queries over grouped counts, and uses the stored tallies.

    Args:
        walk: the run's walk, where the caller has read it already.
        is_locked: whether the caller has locked the run.
    """
    settings = GateSettings.from_json(run.gate_settings)
    measures = answer_metrics_of(run, settings)
    if walk is None:
        walk = walk_of(run, settings, length_sd=measures.length_sd, is_locked=is_locked)
    over = excluded_counts(run)
    voting = votes_by_rater(run)
    set_aside = sum(sums.set_aside for sums in over.values())
    overall = overall_row(walk, over, settings)
    return RunReport(
        run=run,
        settings=settings,
        walk=walk,
        measures=measures,
        overall=overall,
        intents=intent_rows(walk, over, settings),
        criteria=criterion_rows(walk, settings, left=overall.counted.left),
        voting=tuple(voting),
        units=shared_units(run),
        skips=_skipped(voting) + set_aside,
        set_aside=set_aside,
        decisions=tuple(RunDecision.objects.filter(run=run).order_by("pk")),
    )


def _skipped(voting: Sequence[RaterVoteCounts]) -> int:
    return sum(counts.skips for counts in voting if counts.rater.removed_at is None)
