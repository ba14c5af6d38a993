"""Whether a run repeats earlier ones: the same two models on the same prompts."""

import json

from django.db import connection
from django.db.models import Q

from evaluation.gates import GateSettings
from evaluation.registry.models import ModelVersion
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import EvaluationRun


def run_number(run: EvaluationRun) -> int:
    """Return which run of the same pair on the same prompts this one is, from 1.

    An earlier run counts if it was opened and has votes or may get some, compares the same two
    models, and shares more than half of the prompts of the smaller set. It does not matter which
    model is called candidate, nor what runs and models are named.
    """
    earlier = EvaluationRun.objects.filter(project=run.project_id, opened_at__isnull=False)
    if run.opened_at is not None:
        earlier = earlier.filter(opened_at__lt=run.opened_at)
    has_votes = Q(pk__in=EvaluationRun.objects.filter(votes__isnull=False).values("pk"))
    found = earlier.exclude(pk=run.pk).filter(Q(state=RunState.VOTING) | has_votes)
    models = ("candidate__endpoint", "baseline__endpoint")
    same = [other.pk for other in found.select_related(*models) if _pair(other) == _pair(run)]
    return 1 + (_with_common_prompts(run.pk, same) if same else 0)


def judging_settings(run: EvaluationRun) -> GateSettings:
    """Return the gate settings by which a run is judged, or will be once it is opened."""
    settings = GateSettings.from_json(run.gate_settings)
    return settings if run.opened_at else settings.for_run(run_number(run))


def _pair(run: EvaluationRun) -> list[str]:
    return sorted([_identity(run.candidate), _identity(run.baseline)])


def _identity(model: ModelVersion) -> str:
    """Return what identifies the service that answers, whatever its registered name."""
    if model.endpoint is None:
        return f"imported {model.pk}"
    asked = [model.endpoint.base_url, model.model_id, model.extra_body]
    return json.dumps(asked, sort_keys=True)


_COMMON = """
WITH prompts AS (
    SELECT DISTINCT run_id, md5(prompt::text) AS prompt
    FROM evaluation_comparison
    WHERE run_id = ANY(%(runs)s) AND state <> 'withdrawn'
),
sizes AS (SELECT run_id, count(*) AS size FROM prompts GROUP BY run_id)
SELECT count(*)
FROM (
    SELECT other.run_id
    FROM prompts other
    JOIN prompts mine ON mine.prompt = other.prompt AND mine.run_id = %(run)s
    JOIN sizes theirs ON theirs.run_id = other.run_id
    JOIN sizes ours ON ours.run_id = %(run)s
    WHERE other.run_id <> %(run)s
    GROUP BY other.run_id, theirs.size, ours.size
    HAVING 2 * count(*) > least(theirs.size, ours.size)
) AS repeated
"""


def _with_common_prompts(run_id: int, others: list[int]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_COMMON, {"run": run_id, "runs": [run_id, *others]})
        return int(cursor.fetchone()[0])
