"""A judge's plan from the names that scripts use: of the model, and of the rubric's version."""

from evaluation.judge.actions.judging import JudgePlan
from evaluation.judge.models import Rubric
from evaluation.judge.terms import Caps, JudgeSampling
from evaluation.registry.models import ModelVersion
from evaluation.runs.models import EvaluationRun
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message
from reviewapp.people.models import Project


def named_plan(
    run: EvaluationRun, *, model: str, rubric: int | None, sampling: JudgeSampling, caps: Caps
) -> JudgePlan:
    """Return the plan to let a model judge a run.

    Args:
        run: the run.
        model: name of a registered model that can be asked.
        rubric: number of a version; None for the latest.
        sampling: settings of all its calls.
        caps: where it stops.

    Raises:
        InvalidInput: the project has no such model or version; the message lists those it has.
    """
    askable = ModelVersion.objects.filter(project=run.project, endpoint__isnull=False)
    ids = dict(askable.order_by("name").values_list("name", "pk"))
    if not ids:
        raise InvalidInput(message("judge.none_askable"), field="model")
    if model not in ids:
        unknown = message("judge.no_such_model", name=model, known=list(ids))
        raise InvalidInput(unknown, field="model")
    return JudgePlan(ids[model], _rubric_id(run.project, rubric), sampling, caps)


def _rubric_id(project: Project, number: int | None) -> int | None:
    if number is None:
        return None
    versions = dict(Rubric.objects.filter(project=project).values_list("number", "pk"))
    if number not in versions:
        latest = max(versions, default=0)
        raise InvalidInput(
            message("judge.no_such_rubric", number=number, latest=latest), field="rubric"
        )
    return versions[number]
