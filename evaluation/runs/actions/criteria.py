"""Store the criteria of a run that is not open yet."""

from collections.abc import Sequence

from django.utils.translation import gettext

from evaluation.runs.criteria import CriterionTerms, criteria_errors
from evaluation.runs.models import EvaluationRun, RunCriterion
from evaluation.runs.titles import leaked_model_name
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import sentences


def store_criteria(run: EvaluationRun, criteria: Sequence[CriterionTerms]) -> None:
    """Replace the criteria of a locked run that is not open yet.

    Raises:
        InvalidInput: they are inconsistent, or an own one names a model.
    """
    if errors := criteria_errors(criteria):
        raise InvalidInput(sentences(errors))
    for criterion in criteria:
        if word := leaked_model_name(
            f"{criterion.name} {criterion.question}", [run.candidate.name, run.baseline.name]
        ):
            raise InvalidInput(
                gettext(
                    "Reviewers read the criteria, and “%(word)s” tells too much. Use other words."
                )
                % {"word": word}
            )
    if criteria_of(run) == tuple(criteria):
        return
    run.criteria.all().delete()
    RunCriterion.objects.bulk_create(
        RunCriterion(
            run=run,
            position=position,
            code=criterion.code,
            name=criterion.name,
            question=criterion.question,
            gated=criterion.gated,
        )
        for position, criterion in enumerate(criteria, start=1)
    )
    run.criteria_count = len(criteria)
    run.save(update_fields=["criteria_count"])


def criteria_of(run: EvaluationRun) -> tuple[CriterionTerms, ...]:
    """Return the criteria of a run as terms, in the order in which they are asked."""
    rows = run.criteria.order_by("position") if run.criteria_count else ()
    return tuple(CriterionTerms(row.code, row.name, row.question, row.gated) for row in rows)
