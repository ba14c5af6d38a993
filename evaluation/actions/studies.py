"""Votes that were cast elsewhere: taken in file order, kept with the names of their raters."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.utils import timezone

from datasets.errors import TransitionRefused
from datasets.lookalikes import name_key
from datasets.models import User
from evaluation.actions import gates
from evaluation.models import Comparison, EvaluationRun, Rater, RunEvent, Vote
from evaluation.rows import RowError
from evaluation.stats.verdicts import Verdict
from evaluation.vote_rows import VoteRow

_BATCH = 2000


@dataclass
class VotesReport:
    """What became of the rows: read = created + unchanged + rejected.

    `sides_not_kept` are those of the unchanged that name the left answer of a vote which is stored
    without it: a stored vote is not changed.
    """

    read: int = 0
    created: int = 0
    unchanged: int = 0
    sides_not_kept: int = 0
    errors: list[RowError] = field(default_factory=list)

    @property
    def rejected(self) -> int:
        """How many rows were not taken."""
        return len(self.errors)


@dataclass
class _Example:
    """What an import has to know of a locked comparison."""

    pk: int
    state: str
    places: int | None  # how many more votes close it; None: all do


@dataclass(frozen=True)
class _Said:
    """What a rater said of an example."""

    verdict: str
    left: str | None


@transaction.atomic
def import_votes(
    *,
    run_id: int,
    rows: Iterable[VoteRow | RowError],
    actor: User | None = None,
    source: Vote.Source = Vote.Source.IMPORTED,
) -> VotesReport:
    """Store votes that were cast elsewhere; `actor` None is the system (a command).

    Votes of the demo (`source`) belong to the people of the same name who vote in the run.

    In a run with `all_votes` every vote counts and closes its example; otherwise the first
    `votes_needed` do, and later ones count for agreement only. A vote that is there already is
    unchanged; a bad row is reported and stops nothing.

    Raises:
        TransitionRefused: the run does not take votes.
    """
    run = EvaluationRun.objects.select_for_update(of=("self",), no_key=True).get(pk=run_id)
    _refuse_unless_voting(run)
    ledger = _Ledger(run, source)
    for row in rows:
        ledger.take(row)
    ledger.store()
    if ledger.report.created:
        _count_again(run)
        RunEvent.objects.create(
            project=run.project,
            run=run,
            actor=actor,
            action="import_votes",
            detail={"created": ledger.report.created, "rejected": ledger.report.rejected},
        )
        gates.measure_gates(run_id=run.pk)
    return ledger.report


def _refuse_unless_voting(run: EvaluationRun) -> None:
    if run.state == EvaluationRun.State.VOTING:
        return
    raise TransitionRefused(
        f"The run “{run}” is not open for votes ({run.get_state_display().lower()})."
    )


class _Ledger:
    """The examples of a locked run and who said what, while rows come in."""

    def __init__(self, run: EvaluationRun, source: Vote.Source) -> None:
        self.report = VotesReport()
        self._run = run
        self._source = source
        self._now = timezone.now()
        self._examples = _locked_examples(run)
        # By a key without case: one person in two spellings is one rater.
        self._raters = {name_key(rater.name): rater for rater in Rater.objects.filter(run=run)}
        standing = Vote.objects.filter(run=run, undone_at__isnull=True)
        self._said = {
            (comparison, name_key(rater)): _Said(verdict, left)
            for comparison, rater, verdict, left in standing.values_list(
                "comparison_id", "rater__name", "verdict", "left"
            ).iterator()
        }
        self._new: list[Vote] = []
        self._new_raters: list[Rater] = []

    def take(self, row: VoteRow | RowError) -> None:
        """Count one row in: created, unchanged or rejected."""
        self.report.read += 1
        if isinstance(row, RowError):
            self.report.errors.append(row)
            return
        if wrong := self._refusal(row):
            self.report.errors.append(wrong)
            return
        example = self._examples[row.external_id]
        said = self._said.get((example.pk, name_key(row.rater)))
        if said is not None:
            self.report.unchanged += 1
            self.report.sides_not_kept += row.left is not None and said.left is None
        else:
            self._add(example, row)

    def store(self) -> None:
        """Write the new raters and votes."""
        Rater.objects.bulk_create(self._new_raters)
        for vote in self._new:
            vote.rater_id = vote.rater.pk
        Vote.objects.bulk_create(self._new, batch_size=_BATCH)
        self.report.created = len(self._new)

    def _refusal(self, row: VoteRow) -> RowError | None:
        example = self._examples.get(row.external_id)
        if example is None:
            return RowError(
                row.line, "id_unknown", f"The run has no example with the id “{row.external_id}”."
            )
        if example.state not in {Comparison.State.OPEN, Comparison.State.CLOSED}:
            return RowError(row.line, "example_set_aside", "This example was taken out of the run.")
        rater = self._raters.get(name_key(row.rater))
        is_seated = rater is not None and rater.user_id is not None
        if is_seated and self._source != Vote.Source.DEMO:
            return RowError(
                row.line,
                "rater_votes_here",
                f"“{row.rater}” is a person who votes in this run; use another name.",
            )
        if rater is not None and rater.removed_at is not None:
            return RowError(
                row.line, "rater_removed", f"The votes of “{row.rater}” were removed by a rule."
            )
        said = self._said.get((example.pk, name_key(row.rater)))
        return None if said is None else _contradiction(said, row)

    def _add(self, example: _Example, row: VoteRow) -> None:
        rater = self._raters.get(name_key(row.rater))
        if rater is None:
            rater = Rater(run=self._run, name=row.rater)
            self._raters[name_key(row.rater)] = rater
            self._new_raters.append(rater)
        counts = example.places is None or example.places > 0
        if example.places:
            example.places -= 1
        self._said[example.pk, name_key(row.rater)] = _Said(row.verdict, row.left)
        self._new.append(
            Vote(
                run=self._run,
                comparison_id=example.pk,
                rater=rater,
                left=row.left,
                verdict=row.verdict,
                counted=counts,
                source=self._source,
                rationale=row.rationale,
                at=row.at or self._now,
            )
        )


def _contradiction(said: _Said, row: VoteRow) -> RowError | None:
    """Return what a row says otherwise than the vote that stands."""
    if said.verdict != row.verdict:
        told = f"“{row.rater}” voted {said.verdict} on this example; the first vote stands."
        return RowError(row.line, "vote_differs", told)
    if row.left is None or said.left is None or row.left == said.left:
        return None
    told = f"“{row.rater}” voted with the {said.left} on the left; the first vote stands."
    return RowError(row.line, "vote_differs", told)


def _locked_examples(run: EvaluationRun) -> dict[str, _Example]:
    comparisons = (
        run.comparisons.select_for_update(no_key=True)
        .exclude(external_id="")
        .order_by("pk")
        .values_list(
            "external_id", "pk", "state", "votes_needed", *(f"closing_{word}" for word in Verdict)
        )
    )
    return {
        external_id: _Example(
            pk, state, None if run.all_votes else max(0, votes_needed - sum(closing))
        )
        for external_id, pk, state, votes_needed, *closing in comparisons
    }


# The counts of a comparison are those of its votes: in one statement for all that have any.
_COUNT_AGAIN = """
WITH counts AS (
    SELECT comparison_id,
           count(*) FILTER (WHERE counted AND verdict = 'candidate') AS closing_candidate,
           count(*) FILTER (WHERE counted AND verdict = 'baseline') AS closing_baseline,
           count(*) FILTER (WHERE counted AND verdict = 'tie_good') AS closing_tie_good,
           count(*) FILTER (WHERE counted AND verdict = 'tie_bad') AS closing_tie_bad,
           count(*) FILTER (WHERE verdict = 'candidate') AS all_candidate,
           count(*) FILTER (WHERE verdict = 'baseline') AS all_baseline,
           count(*) FILTER (WHERE verdict = 'tie_good') AS all_tie_good,
           count(*) FILTER (WHERE verdict = 'tie_bad') AS all_tie_bad,
           count(*) FILTER (WHERE counted) AS closing,
           max(at) FILTER (WHERE counted) AS closed_at
    FROM evaluation_vote
    WHERE run_id = %(run)s AND undone_at IS NULL
    GROUP BY comparison_id
)
UPDATE evaluation_comparison c
SET closing_candidate = n.closing_candidate, closing_baseline = n.closing_baseline,
    closing_tie_good = n.closing_tie_good, closing_tie_bad = n.closing_tie_bad,
    all_candidate = n.all_candidate, all_baseline = n.all_baseline,
    all_tie_good = n.all_tie_good, all_tie_bad = n.all_tie_bad,
    first_served_at = coalesce(c.first_served_at, now()),
    state = CASE WHEN c.state = 'open' AND n.closing >= c.votes_needed
                 THEN 'closed' ELSE c.state END,
    closed_at = CASE WHEN c.state = 'open' AND n.closing >= c.votes_needed
                     THEN n.closed_at ELSE c.closed_at END
FROM counts n
WHERE c.id = n.comparison_id
"""


def _count_again(run: EvaluationRun) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_AGAIN, {"run": run.pk})
