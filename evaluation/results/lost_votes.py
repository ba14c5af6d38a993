"""The votes that examples of curation lost in the last closed run, for a column of the queue."""

from collections.abc import Mapping, Sequence

from django.db.models import F, Sum
from django.utils.translation import gettext

from datasets.curation.models import GoldenExample
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import Comparison, EvaluationRun
from evaluation.runs.permissions import active_runs_of
from reviewapp.core.formats import count
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import Permission, permissions_of


def votes_lost(rows: Sequence[GoldenExample], user: User, project: Project) -> Mapping[int, str]:
    """Return "2 of 3": votes against the candidate, or for both bad, of those on each example.

    They are of the last closed run whose models the user does not compare blind at present. Who is
    no lead learns nothing of a run before it is revealed.
    """
    run = _last_run(user, project)
    if run is None:
        return {}
    lost = F("closing_baseline") + F("closing_tie_bad")
    votes = lost + F("closing_candidate") + F("closing_tie_good")
    asked = Comparison.objects.filter(
        run=run, revision__example__in=[example.pk for example in rows]
    )
    sums = (
        asked.order_by().values_list("revision__example").annotate(lost=Sum(lost), all=Sum(votes))
    )
    return {
        example: gettext("%(lost)s of %(votes)s") % {"lost": count(lost), "votes": count(votes)}
        for example, lost, votes in sums
        if votes
    }


def _last_run(user: User, project: Project) -> EvaluationRun | None:
    closed = EvaluationRun.objects.filter(project=project, state=RunState.CLOSED)
    blind = active_runs_of(user).values_list("candidate", "baseline")
    models = {model for pair in blind for model in pair}
    closed = closed.exclude(candidate__in=models).exclude(baseline__in=models)
    if Permission.LEAD not in permissions_of(user, project):
        closed = closed.filter(revealed_at__isnull=False)
    return closed.order_by("-closed_at", "-pk").first()
