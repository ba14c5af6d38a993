"""The settings of an import of ready answers, and its report."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from django.db.models import Model
from django.utils.translation import gettext, gettext_lazy

from datasets.conversations.errors import RowError
from evaluation.gates import GateSettings
from evaluation.registry.models import ModelVersion
from evaluation.runs.actions.answer_scan import MarkChoice
from evaluation.runs.criteria import CriterionTerms
from evaluation.runs.models import EvaluationRun
from evaluation.runs.terms import MAX_VOTES_PER_EXAMPLE
from evaluation.runs.titles import leaked_model_name
from reviewapp.core.errors import InvalidInput
from reviewapp.core.lengths import check_max_lengths


@dataclass(frozen=True)
class Overlap:
    """The overlap set: drawn by the run's seed, or named where it was drawn elsewhere.

    Attributes:
        percent: share of the examples, 0 to 100.
        votes: votes that each of them needs.
        keys: their ids; None to draw them.
    """

    percent: int = 0
    votes: int = 3
    keys: frozenset[str] | None = None


class TrainedChoice(StrEnum):
    """How prompts that are like training data are treated."""

    KEEP = "keep"
    WITHDRAW = "withdraw"


StoredCallback = Callable[[int, int], None]
"""Called with the number of rows that are stored, and of all that will be."""
NO_OVERLAP = Overlap()
_NAMELESS = {
    "run": gettext_lazy("The run needs a name."),
    "baseline": gettext_lazy("The baseline needs a name."),
    "candidate": gettext_lazy("The candidate needs a name."),
}


@dataclass(frozen=True)
class AnswerImport:
    """How to import a file of answers.

    Attributes:
        run: name of the run, new in the project or made from the same file before.
        baseline, candidate: names of the models; missing ones are registered as imported.
        votes_per_example: votes that close an example; None for an unordered run, whose examples
            close with all the votes that are imported for them.
        must_match_votes: whether a run of that name that exists must ask for as many votes.
        gates: what the run must show; `criteria` sets the thresholds of the criteria.
        criteria: what is asked after the overall choice.
        run_number: which run of this pair on these prompts it was where it was exported.
        overlap: which examples more people vote on, so that agreement can be measured.
        order_seed: of the served order; drawn if None.
        title: what reviewers see instead of the name, which may tell the models.
        marks: what becomes of reasoning and template marks in answers that people will vote on;
            None rejects a file that has some, so that a person decides.
        like_training_data: what becomes of prompts that are like training data where the run opens
            at once.
        is_demo: the run belongs to the demo and is marked as such.
        gold_percent: percent of what is served that are gold checks of the project.
        opens: whether the run is open for votes at once; otherwise it is a draft with answers,
            which a lead opens on its set-up page.
    """

    run: str
    baseline: str
    candidate: str
    votes_per_example: int | None = 1
    must_match_votes: bool = False
    gates: GateSettings = field(default_factory=GateSettings)
    criteria: tuple[CriterionTerms, ...] = ()
    run_number: int = 1
    overlap: Overlap = NO_OVERLAP
    order_seed: int | None = None
    title: str = ""
    marks: MarkChoice | None = None
    like_training_data: TrainedChoice = TrainedChoice.KEEP
    is_demo: bool = False
    gold_percent: int = 0
    opens: bool = True


@dataclass
class AnswerImportReport:
    """The result of an import: `read` is the sum of created, unchanged and rejected."""

    run: EvaluationRun
    created: int = 0
    unchanged: int = 0
    errors: list[RowError] = field(default_factory=list)
    withdrawn: int = 0
    # Answers that were cut at the token limit, and those without a visible character. Where the
    # run opens at once, reviewers vote on them unchanged.
    cut: int = 0
    blank: int = 0
    # Prompts that are like what one of the models was trained on.
    like_training_data: int = 0
    watched: list[str] = field(default_factory=list)
    # Keys that are not read, with the number of rows that have them.
    unread: dict[str, int] = field(default_factory=dict)

    @property
    def rejected(self) -> int:
        """The number of rejected rows."""
        return len(self.errors)

    @property
    def read(self) -> int:
        """The number of all rows."""
        return self.created + self.unchanged + self.rejected


def check_plan(plan: AnswerImport) -> None:
    """Check names and numbers of votes.

    Raises:
        InvalidInput: names are missing, clash or tell too much, or a number is out of range.
    """
    for error in plan_errors(plan):
        raise error


def plan_errors(plan: AnswerImport) -> Iterator[InvalidInput]:
    """Yield what is wrong with names and numbers of votes, each with its field."""
    if plan.candidate == plan.baseline:
        yield InvalidInput(
            gettext("Baseline and candidate have the same name. Give each its own."),
            field="candidate",
        )
    for field_name in ("run", "baseline", "candidate"):
        if not getattr(plan, field_name).strip():
            yield InvalidInput(str(_NAMELESS[field_name]), field=field_name)
    if word := leaked_model_name(plan.title, [plan.baseline, plan.candidate]):
        yield InvalidInput(
            gettext("Reviewers see the title, and “%(word)s” tells too much. Choose another.")
            % {"word": word},
            field="title",
        )
    yield from _length_errors(plan)
    yield from _vote_errors(plan)


def _length_errors(plan: AnswerImport) -> Iterator[InvalidInput]:
    checks: tuple[tuple[type[Model], dict[str, str]], ...] = (
        (EvaluationRun, {"name": plan.run, "title": plan.title}),
        (ModelVersion, {"name": plan.baseline}),
        (ModelVersion, {"name": plan.candidate}),
    )
    for model, values in checks:
        try:
            check_max_lengths(model, **values)
        except InvalidInput as error:
            yield error


def _vote_errors(plan: AnswerImport) -> Iterator[InvalidInput]:
    votes = plan.votes_per_example
    if votes is not None and not 1 <= votes <= MAX_VOTES_PER_EXAMPLE:
        yield InvalidInput(
            gettext("Each example needs 1 to %(limit)s votes.") % {"limit": MAX_VOTES_PER_EXAMPLE},
            field="votes_per_example",
        )
    elif (
        votes is not None
        and plan.overlap.percent
        and not votes <= plan.overlap.votes <= MAX_VOTES_PER_EXAMPLE
    ):
        yield InvalidInput(
            gettext(
                "An example of the overlap set needs at least the %(votes)s of every other, "
                "at most %(limit)s."
            )
            % {"votes": votes, "limit": MAX_VOTES_PER_EXAMPLE},
            field="overlap_votes",
        )
