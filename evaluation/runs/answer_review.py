"""The review of a run's answers before the voting: cut ones, blank ones, and those with marks."""

from collections import Counter
from dataclasses import dataclass, replace

from django.db.models import Count, Q, QuerySet
from django.utils.translation import ngettext

from evaluation.providers.answer_marks import Mark, has_words
from evaluation.providers.reading import CUT
from evaluation.runs.lifecycle import WITHDRAWALS, RunAction
from evaluation.runs.models import WITHOUT_USUAL_LETTER, Answer, Comparison, EvaluationRun
from reviewapp.core.formats import count

SAMPLE_CHARACTERS = 160
COUNTS = ("cut", "blank", "reasoning", "template", "removed")


@dataclass(frozen=True)
class ModelAnswers:
    """How many answers of a model are cut at the token limit, blank, or hold marks of either kind.

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
    blank: int = 0
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
            "blank": ngettext(
                "%(n)s answer shows no text.", "%(n)s answers show no text.", self.blank
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
    """Return the models of a run with answers that are cut, blank, or hold, or held, marks."""
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
    blank = Counter(blank_answers(run).values_list("model_version_id", flat=True))
    found = [ModelAnswers(*columns) for columns in counted]
    rows = [replace(row, blank=blank[row.model_id]) for row in found]
    return [
        replace(row, sample=_sample(run, row.model_id))
        for row in rows
        if row.cut or row.blank or row.has_marks or row.removed
    ]


def needs_decision(run: EvaluationRun) -> bool:
    """Return whether a lead has to review the answers, or has withdrawn some, and open the run."""
    reasons = Q(finish_reason=CUT) | ~Q(marks=[]) | ~Q(original_text="")
    return (
        served_answers(run).filter(reasons).exists()
        or run.events.filter(action__in=WITHDRAWALS).exists()
        or blank_answers(run).exists()
    )


def served_answers(run: EvaluationRun) -> QuerySet[Answer]:
    """Return the finished answers, without those of withdrawn comparisons."""
    done = Answer.objects.filter(run=run, state=Answer.State.DONE)
    return done.exclude(comparison__state=Comparison.State.WITHDRAWN)


def faulty_answers(run: EvaluationRun, action: RunAction) -> QuerySet[Answer]:
    """Return the answers whose comparisons one of `WITHDRAWALS` takes out."""
    if action == RunAction.WITHDRAW_BLANK:
        return blank_answers(run)
    return served_answers(run).filter(finish_reason=CUT)


def blank_answers(run: EvaluationRun) -> QuerySet[Answer]:
    """Return the finished answers that show no text."""
    # An index lists these few, so that no view of a page reads all texts.
    unusual = served_answers(run).filter(WITHOUT_USUAL_LETTER).values_list("pk", "text")
    blank = [pk for pk, text in unusual.iterator() if not has_words(text)]
    return served_answers(run).filter(pk__in=blank)


def _sample(run: EvaluationRun, model_id: int) -> str:
    marked = served_answers(run).filter(model_version=model_id).exclude(marks=[])
    text = marked.order_by("pk").values_list("text", flat=True).first() or ""
    return text[:SAMPLE_CHARACTERS] + ("…" if len(text) > SAMPLE_CHARACTERS else "")
