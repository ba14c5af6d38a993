"""The review of a run's answers before the voting: answers that are cut or hold marks."""

from dataclasses import dataclass, replace

from django.db.models import Count, Q, QuerySet
from django.utils.translation import ngettext

from evaluation.providers.answer_marks import Mark
from evaluation.providers.reading import CUT
from evaluation.runs.models import Answer, Comparison, EvaluationRun
from reviewapp.core.formats import count

SAMPLE_CHARACTERS = 160
COUNTS = ("cut", "reasoning", "template", "removed")


@dataclass(frozen=True)
class ModelAnswers:
    """How many answers of a model are cut at the token limit, or hold marks of either kind.

    Attributes:
        removed: answers from which marks were removed.
        sample: the beginning of an answer with marks.
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
        """Whether there are marks that can be removed."""
        return bool(self.reasoning or self.template)

    @property
    def findings(self) -> list[str]:
        """The counts above 0 as sentences."""
        sentences = {
            "cut": ngettext(
                "%(n)s answer is cut at the token limit.",
                "%(n)s answers are cut at the token limit.",
                self.cut,
            ),
            "reasoning": ngettext(
                "%(n)s answer contains reasoning.",
                "%(n)s answers contain reasoning.",
                self.reasoning,
            ),
            "template": ngettext(
                "%(n)s answer contains marks of a chat template.",
                "%(n)s answers contain marks of a chat template.",
                self.template,
            ),
            "removed": ngettext(
                "Marks were removed from %(n)s answer; its original is kept.",
                "Marks were removed from %(n)s answers; their originals are kept.",
                self.removed,
            ),
        }
        counts = {name: getattr(self, name) for name in COUNTS}
        return [sentences[name] % {"n": count(number)} for name, number in counts.items() if number]

    def as_json(self) -> dict[str, object]:
        """Return the counts for an event."""
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
    """Return whether a lead has to review the answers and open the run."""
    reasons = Q(finish_reason=CUT) | ~Q(marks=[]) | ~Q(original_text="")
    return served_answers(run).filter(reasons).exists()


def served_answers(run: EvaluationRun) -> QuerySet[Answer]:
    """Return the finished answers, without those of withdrawn comparisons."""
    done = Answer.objects.filter(run=run, state=Answer.State.DONE)
    return done.exclude(comparison__state=Comparison.State.WITHDRAWN)


def _sample(run: EvaluationRun, model_id: int) -> str:
    marked = served_answers(run).filter(model_version=model_id).exclude(marks=[])
    text = marked.order_by("pk").values_list("text", flat=True).first() or ""
    return text[:SAMPLE_CHARACTERS] + ("…" if len(text) > SAMPLE_CHARACTERS else "")
