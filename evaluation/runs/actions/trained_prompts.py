"""Compare the prompts of a new run with training data, wherever they come from."""

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Final

from evaluation.runs.models import EvaluationRun, TrainedMatch
from evaluation.runs.prompt_sets import ROWS_AT_ONCE
from evaluation.runs.prompts import Prompt
from evaluation.runs.training_data import trained_matches

# Their signatures are held in memory.
COMPARED_AT_ONCE: Final = 20_000


def store_trained_matches(
    run: EvaluationRun, prompts: Callable[[], Iterable[Prompt]], positions: Mapping[str, int]
) -> int:
    """Store which prompts are like what a model of the run was trained on; return how many.

    Args:
        run: with its comparisons.
        prompts: reads them; not called where neither model was trained on a version.
        positions: place in the served order by the key of the prompt.
    """
    trained = {run.candidate.dataset_version_id, run.baseline.dataset_version_id}
    versions = [pk for pk in trained if pk is not None]
    if not versions:
        return 0
    comparisons = dict(run.comparisons.order_by().values_list("position", "pk"))
    waiting, prompts_found = iter(prompts()), 0
    while batch := list(islice(waiting, COMPARED_AT_ONCE)):
        found = trained_matches(versions, batch)
        rows = (
            TrainedMatch(
                run=run,
                comparison_id=comparisons[positions[match.key]],
                **{name: value for name, value in vars(match).items() if name != "key"},
            )
            for match in found
        )
        TrainedMatch.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE)
        prompts_found += len({match.key for match in found})
    return prompts_found
