"""What people said about shadow checks, counted; the newest rating of each person counts."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from evaluation.registry.base_models import is_base_model
from evaluation.registry.models import ModelVersion
from evaluation.shadow.models import ShadowAnswer, ShadowCheck, ShadowRating
from evaluation.shadow.permissions import answers_denied_reason
from evaluation.training.models import TrainingRun
from reviewapp.people.models import Project, User

SHOWN = 10


@dataclass(frozen=True)
class Outcome:
    """What one person said about the answers of a check: of `rated` answers so many."""

    person: User
    at: datetime
    rated: int
    concise: int
    consistent: int
    in_tone: int


@dataclass(frozen=True)
class CheckSummary:
    """A check with its answers so far and its outcomes, the newest first.

    Attributes:
        total: answers that were asked for and not erased.
        noticed: answers with a signal to look at.
    """

    check: ShadowCheck
    total: int
    answered: int
    failed: int
    noticed: int
    outcomes: tuple[Outcome, ...]

    @property
    def outcome(self) -> Outcome | None:
        """The newest outcome; None while nobody has rated an answer."""
        return self.outcomes[0] if self.outcomes else None


def summaries_of(checks: Iterable[ShadowCheck]) -> list[CheckSummary]:
    """Return a summary of each check, with two queries for all of them."""
    found = list(checks)
    answers: dict[int, list[ShadowAnswer]] = defaultdict(list)
    for answer in ShadowAnswer.objects.filter(shadow_check__in=found, erased_at=None):
        answers[answer.shadow_check_id].append(answer)
    ratings: dict[int, list[ShadowRating]] = defaultdict(list)
    rows = ShadowRating.objects.filter(
        answer__shadow_check__in=found, answer__erased_at=None
    ).select_related("rated_by", "answer")
    for rating in rows.order_by("pk"):
        ratings[rating.answer.shadow_check_id].append(rating)
    return [_summary(check, answers[check.pk], ratings[check.pk]) for check in found]


def _summary(
    check: ShadowCheck, answers: list[ShadowAnswer], ratings: list[ShadowRating]
) -> CheckSummary:
    done = [answer for answer in answers if answer.state == ShadowAnswer.State.DONE]
    return CheckSummary(
        check=check,
        total=len(answers),
        answered=len(done),
        failed=sum(answer.state == ShadowAnswer.State.FAILED for answer in answers),
        noticed=sum(
            any(signal["state"] == "noticed" for signal in answer.signals) for answer in done
        ),
        outcomes=tuple(_outcomes(ratings)),
    )


def _outcomes(ratings: list[ShadowRating]) -> list[Outcome]:
    """Return one outcome for each person, from ratings in the order in which they were given."""
    newest: dict[int, dict[int, ShadowRating]] = defaultdict(dict)
    for rating in ratings:
        newest[rating.rated_by_id][rating.answer_id] = rating
    outcomes = [_outcome(list(own.values())) for own in newest.values()]
    return sorted(outcomes, key=lambda outcome: outcome.at, reverse=True)


def _outcome(own: list[ShadowRating]) -> Outcome:
    return Outcome(
        person=own[0].rated_by,
        at=max(rating.at for rating in own),
        rated=len(own),
        concise=sum(rating.concise for rating in own),
        consistent=sum(rating.consistent for rating in own),
        in_tone=sum(rating.in_tone for rating in own),
    )


def readable_summaries(
    project: Project, user: User, *, models: QuerySet[ModelVersion] | None = None
) -> list[CheckSummary]:
    """Return the latest checks of a project, or of these models, that a user may read."""
    found = ShadowCheck.objects.filter(project=project).select_related(
        "model_version", "project", "started_by"
    )
    if models is not None:
        found = found.filter(model_version__in=models)
    checks = list(found.order_by("-pk")[:SHOWN])
    denied = {
        model_id
        for model_id in {check.model_version_id for check in checks}
        if answers_denied_reason(user, model_id, _examples(checks, model_id))
    }
    return summaries_of(check for check in checks if check.model_version_id not in denied)


def models_of_training(training: TrainingRun) -> QuerySet[ModelVersion]:
    """Return the base model of a training, where it is registered, and what came out of it."""
    found = ModelVersion.objects.filter(project=training.project_id)
    return found.filter(is_base_model(training.base_model) | Q(checkpoint__training=training))


def _examples(checks: list[ShadowCheck], model_id: int) -> list[int]:
    own = [check.pk for check in checks if check.model_version_id == model_id]
    answers = ShadowAnswer.objects.filter(shadow_check__in=own).order_by()
    return list(answers.values_list("revision__example", flat=True).distinct())
