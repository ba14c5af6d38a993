"""The criteria of a run as its reviewers read them: nothing of the models, nor of the gates."""

from dataclasses import dataclass

from evaluation.gates.criterion_texts import criterion_name
from evaluation.runs.models import EvaluationRun
from evaluation.runs.texts import CRITERION_QUESTIONS


@dataclass(frozen=True)
class AskedCriterion:
    """One question after the overall choice.

    Attributes:
        position: its number in the run, from 1.
        key: its code, or its own name.
        name, question: in the reader's language, or as the lead wrote them.
        optional: whether it may be passed over.
    """

    position: int
    key: str
    name: str
    question: str
    optional: bool


def asked_criteria(run: EvaluationRun) -> list[AskedCriterion]:
    """Return the criteria of a run in the order in which they are asked."""
    if not run.criteria_count:
        return []
    return [
        AskedCriterion(
            criterion.position,
            criterion.key,
            criterion_name(criterion.key),
            str(CRITERION_QUESTIONS.get(criterion.code, criterion.question)),
            optional=not criterion.gated,
        )
        for criterion in run.criteria.order_by("position")
    ]
