"""Examples reported as broken that no lead has decided on yet."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from evaluation.runs.models import Comparison, RunEvent

_KEPT_OUT: Final = "keep_out"
_ABOUT_BROKEN: Final = ("report_broken", "put_back", _KEPT_OUT)


def undecided_broken(run_ids: Sequence[int]) -> dict[int, int]:
    """Return how many examples of each run are set aside without a decision; runs with none lack.

    A lead has decided when the last event about the example keeps it out.
    """
    set_aside = Comparison.objects.filter(run__in=run_ids, state=Comparison.State.SET_ASIDE)
    runs = dict(set_aside.values_list("pk", "run_id"))
    if not runs:
        return {}
    events = RunEvent.objects.filter(run__in=run_ids, action__in=_ABOUT_BROKEN).order_by("pk")
    last = {
        detail.get("comparison"): action
        for detail, action in events.values_list("detail", "action")
    }
    return dict(Counter(run for pk, run in runs.items() if last.get(pk) != _KEPT_OUT))
