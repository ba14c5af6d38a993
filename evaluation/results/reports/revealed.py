"""What a reviewer compared, once the run is revealed: their own votes beside the models' names."""

from django.db.models import Count, Prefetch, QuerySet

from evaluation.runs.models import Answer, Comparison, Rater
from evaluation.stats.verdicts import Verdict
from evaluation.voting.models import Vote


def own_examples(rater: Rater) -> QuerySet[Comparison]:
    """Return what this rater voted on, in served order; `votes` holds their own and no other."""
    mine = _own_votes(rater)
    found = rater.run.comparisons.filter(pk__in=mine.values("comparison"))
    return found.prefetch_related(
        Prefetch("votes", queryset=mine),
        Prefetch("answers", queryset=Answer.objects.select_related("model_version")),
    ).order_by("position")


def own_verdicts(rater: Rater) -> dict[Verdict, int]:
    """Return how often this rater came to each verdict."""
    rows = _own_votes(rater).values_list("verdict").annotate(votes=Count("pk"))
    found = dict(rows.order_by())
    return {verdict: found.get(verdict, 0) for verdict in Verdict}


def _own_votes(rater: Rater) -> QuerySet[Vote]:
    return Vote.objects.filter(rater=rater, undone_at__isnull=True)
