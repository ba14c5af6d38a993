"""Disputed comparisons of a closed run whose golden examples can go back to curation."""

from evaluation.adjudication.queue import disputed
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import Comparison, EvaluationRun, RunEvent

RETURN_TO_CURATION = "return_to_curation"
"""The action of the event of a run."""


def returnable(run: EvaluationRun) -> list[Comparison]:
    """Return the disputed comparisons with a golden example that were not returned yet.

    None while the run is open: that reviewers disagree would influence the votes that follow.
    """
    if run.state != RunState.CLOSED:
        return []
    events = RunEvent.objects.filter(run=run, action=RETURN_TO_CURATION)
    done = {
        pk for detail in events.values_list("detail", flat=True) for pk in detail["comparisons"]
    }
    found = disputed(run).filter(revision__isnull=False, revision__example__erased_at=None)
    found = found.select_related("revision__example__project").order_by("position")
    return [comparison for comparison in found if comparison.pk not in done]
