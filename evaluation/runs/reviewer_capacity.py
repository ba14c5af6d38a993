"""Whether enough people sit in a run for what its examples need."""

from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import Comparison, EvaluationRun
from evaluation.stats.words import count_of

DEFAULT_OVERLAP_VOTES = 3


def default_overlap_votes(*, reviewer_count: int, votes_per_example: int) -> int:
    """Return how many votes an example of the overlap set gets where nobody said.

    Three, or two where only two people vote: an example never gets two votes of one person.
    """
    people = (
        min(DEFAULT_OVERLAP_VOTES, reviewer_count) if reviewer_count > 1 else DEFAULT_OVERLAP_VOTES
    )
    return max(votes_per_example, people)


def too_few_reviewers(run: EvaluationRun, *, reviewer_count: int) -> str:
    """Say which open examples need more votes than people sit in the run; empty if none does."""
    needed = max(run.overlap_votes if run.overlap_percent else 0, run.votes_per_example)
    if run.all_votes or run.state != RunState.VOTING or reviewer_count >= needed:
        return ""
    open_ones = run.comparisons.filter(state=Comparison.State.OPEN, votes_needed__gt=reviewer_count)
    short = open_ones.count()
    if not short:
        return ""
    return (
        f"{count_of(short)} cannot be counted: {'it needs' if short == 1 else 'they need'} up to "
        f"{count_of(needed, 'vote')} each, and {count_of(reviewer_count, 'reviewer')} "
        f"{'sits' if reviewer_count == 1 else 'sit'} in this run. "
        "Add reviewers under Raters, or set up a "
        "new run with fewer votes for each example."
    )
