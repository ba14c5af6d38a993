"""Where each row of a file of answers is served, and which rows more people vote on."""

from collections.abc import Mapping

from evaluation.gates import GateSettings
from evaluation.runs.actions.answer_scan import AnswerScan
from evaluation.runs.models import EvaluationRun
from evaluation.runs.serving_order import min_shared, overlap_set, served_order


def positions_of(run: EvaluationRun, scan: AnswerScan) -> dict[str, int]:
    """Return the position of each row: as served according to the file, or as drawn."""
    if run.order_from_file:
        return scan.served
    keys = scan.hashes if run.all_votes else served_order(scan.hashes, seed=run.order_seed)
    return {key: position for position, key in enumerate(keys, start=1)}


def overlap_of(
    run: EvaluationRun,
    positions: Mapping[str, int],
    *,
    named: frozenset[str] | None,
    needed: Mapping[str, int],
) -> frozenset[str]:
    """Return the ids of the overlap set: as named, as the rows say, or drawn."""
    if named is not None:
        return named & positions.keys()
    if needed:
        return frozenset(key for key, votes in needed.items() if votes > run.votes_per_example)
    drawn = overlap_set(
        [*positions.values()],
        percent=run.overlap_percent,
        seed=run.order_seed,
        at_least=min_shared(GateSettings.from_json(run.gate_settings)),
    )
    return frozenset(key for key, position in positions.items() if position in drawn)
