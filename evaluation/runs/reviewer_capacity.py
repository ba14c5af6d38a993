"""Whether a run has enough reviewers for what its examples need."""

from django.utils.translation import ngettext

from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import Comparison, EvaluationRun
from reviewapp.core.formats import count

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
    """Return how many open examples need more votes than the run has reviewers; empty if none."""
    needed = max(run.overlap_votes if run.overlap_percent else 0, run.votes_per_example)
    if run.all_votes or run.state != RunState.VOTING or reviewer_count >= needed:
        return ""
    open_ones = run.comparisons.filter(state=Comparison.State.OPEN, votes_needed__gt=reviewer_count)
    short = open_ones.count()
    if not short:
        return ""
    sentence = ngettext(
        "%(n)s example needs up to %(votes)s votes, and only %(reviewers)s can vote here. Add "
        "reviewers under Raters, or set up a new run with fewer votes for each example.",
        "%(n)s examples need up to %(votes)s votes each, and only %(reviewers)s can vote here. Add "
        "reviewers under Raters, or set up a new run with fewer votes for each example.",
        short,
    )
    return sentence % {
        "n": count(short),
        "votes": count(needed),
        "reviewers": count(reviewer_count),
    }
