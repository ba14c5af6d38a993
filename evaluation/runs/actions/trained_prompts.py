"""Compare the prompts of a new run with training data, wherever they come from."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from datasets.versions.overlaps import OverlapKind
from evaluation.runs.learned import Learned
from evaluation.runs.models import EvaluationRun, TrainedMatch
from evaluation.runs.prompt_sets import ROWS_AT_ONCE
from evaluation.runs.prompts import Prompt
from evaluation.runs.training_data import Match, trained_matches

# Their signatures are held in memory.
COMPARED_AT_ONCE: Final = 20_000


def store_trained_matches(
    run: EvaluationRun, prompts: Callable[[], Iterable[Prompt]], positions: Mapping[str, int]
) -> int:
    """Store which prompts are like what a model of the run was trained on; return how many.

    Args:
        run: with its comparisons.
        prompts: reads them; not called where neither model was trained on anything known.
        positions: place in the served order by the key of the prompt.
    """
    learned = Learned.of([run.candidate_id, run.baseline_id])
    if not learned.versions and not learned.preferred_answers().exists():
        return 0
    comparisons = dict(run.comparisons.order_by().values_list("position", "pk"))
    waiting, prompts_found = iter(prompts()), 0
    while batch := list(islice(waiting, COMPARED_AT_ONCE)):
        found = _as_known(trained_matches(learned, batch), batch)
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


def _as_known(found: Sequence[Match], prompts: Sequence[Prompt]) -> list[Match]:
    """Return matches of prompts of an earlier run as its own check had them.

    It compared their final answers too, which came with the prompts and are not stored.
    """
    asked_as = {prompt.key: prompt.asked_as for prompt in prompts}
    unknown = {asked_as[match.key] for match in found if match.answer is None} - {None}
    known: dict[tuple[int | None, int | None, int | None], TrainedMatch] = {
        (row.comparison_id, row.revision_id, row.preferred_id): row
        for row in TrainedMatch.objects.filter(comparison__in=unknown, answer__isnull=False)
    }
    taken = []
    for match in found:
        row = known.get((asked_as[match.key], match.revision_id, match.preferred_id))
        if match.answer is None and row is not None:
            taken.append(replace(match, kind=OverlapKind(row.kind), answer=row.answer))
        else:
            taken.append(match)
    return taken
