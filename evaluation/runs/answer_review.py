"""What a lead should see of a run's answers before people vote: what is cut or holds marks."""

from dataclasses import dataclass, replace

from django.db.models import Count, Q, QuerySet

from evaluation.providers.answer_marks import Mark
from evaluation.providers.reading import CUT
from evaluation.runs.models import Answer, Comparison, EvaluationRun

SAMPLE_CHARACTERS = 160
COUNTS = ("cut", "reasoning", "template", "removed")


@dataclass(frozen=True)
class ModelAnswers:
    """How many answers of a model are cut at the token limit, or hold marks of either kind.

    `removed` counts those from which marks were taken off, `sample` is the beginning of a text
    that holds some.
    """

    model_id: int
    name: str
    cut: int
    reasoning: int
    template: int
    removed: int
    sample: str = ""

    @property
    def has_marks(self) -> bool:
        """Whether there are marks that could be taken off."""
        return bool(self.reasoning or self.template)

    def as_json(self) -> dict[str, object]:
        """Return the counts as an event keeps them."""
        return {"model": self.name, **{name: getattr(self, name) for name in COUNTS}}


def answers_to_review(run: EvaluationRun) -> list[ModelAnswers]:
    """Return the models of a run with answers that are cut or hold, or held, marks."""
    counted = (
        served_answers(run)
        .order_by("model_version__name")
        .values_list("model_version_id", "model_version__name")
        .annotate(
            cut=Count("pk", filter=Q(finish_reason=CUT)),
            reasoning=Count("pk", filter=Q(marks__contains=[Mark.REASONING])),
            template=Count("pk", filter=Q(marks__contains=[Mark.TEMPLATE])),
            removed=Count("pk", filter=~Q(original_text="")),
        )
    )
    rows = [ModelAnswers(*found) for found in counted]
    return [
        replace(row, sample=_sample(run, row.model_id))
        for row in rows
        if row.cut or row.has_marks or row.removed
    ]


def needs_decision(run: EvaluationRun) -> bool:
    """Return whether a lead has to look at the answers, and open the run."""
    reasons = Q(finish_reason=CUT) | ~Q(marks=[]) | ~Q(original_text="")
    return served_answers(run).filter(reasons).exists()


def served_answers(run: EvaluationRun) -> QuerySet[Answer]:
    """Return the answers that are there, without those of withdrawn comparisons."""
    done = Answer.objects.filter(run=run, state=Answer.State.DONE)
    return done.exclude(comparison__state=Comparison.State.WITHDRAWN)


def _sample(run: EvaluationRun, model_id: int) -> str:
    marked = served_answers(run).filter(model_version=model_id).exclude(marks=[])
    text = marked.order_by("pk").values_list("text", flat=True).first() or ""
    return text[:SAMPLE_CHARACTERS] + ("…" if len(text) > SAMPLE_CHARACTERS else "")
