"""Gold checks of a project: add one, retire one. Each records an event."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from datasets.curation.models import Policy
from evaluation.runs.gold import gold_denied_reason
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import Comparison, GoldAnswer, GoldCheck, GoldCheckEvent
from evaluation.runs.prompts import Prompt
from evaluation.runs.reading import reading_language_of
from reviewapp.core import formats
from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import require_lead

MAX_TEXT_LENGTH = 20_000
MAX_EXPLANATION_LENGTH = 1_000


@transaction.atomic
def add_compared(*, comparison_id: int, expected: str, explanation: str, actor: User) -> GoldCheck:
    """Add a closed comparison of a closed run as a gold check; its first answer is the candidate's.

    Raises:
        PermissionDeniedError: the actor is not a lead, or votes in a run with gold checks.
        InvalidInput: the expected answer is unknown or the explanation is missing.
        InvalidTransition: the comparison is a gold check already, or is not finished.
    """
    comparisons = Comparison.objects.select_related("run__project")
    comparison = comparisons.get(pk=comparison_id)
    run = comparison.run
    _check_may_add(run.project, actor)
    if run.state != RunState.CLOSED or comparison.state != Comparison.State.CLOSED:
        raise InvalidTransition(
            gettext("Only a counted comparison of a closed run can become a gold check.")
        )
    if comparison.erased_at is not None:
        raise InvalidTransition(gettext("The text of this comparison was erased. Choose another."))
    if GoldCheck.objects.filter(source=comparison).exists():
        raise InvalidTransition(gettext("This comparison is a gold check already."))
    return _add(
        run.project,
        actor,
        source=comparison,
        reading_language=comparison.reading_language,
        **_agreed(expected, explanation),
    )


@transaction.atomic
def add_written(  # noqa: PLR0913 - the parts of one gold check.
    *,
    project: Project,
    question: str,
    first: str,
    second: str,
    expected: str,
    explanation: str,
    actor: User,
    policies: Sequence[str] = (),
) -> GoldCheck:
    """Add a gold check that was written for it: a customer message and two answers.

    Args:
        policies: slugs of the project, as a comparison like it would name.

    Raises:
        PermissionDeniedError: the actor is not a lead, or votes in a run with gold checks.
        InvalidInput: a text is missing or too long, the answers are the same, or the expected
            answer or a policy is unknown.
    """
    _check_may_add(project, actor)
    known = set(Policy.objects.filter(project=project).values_list("slug", flat=True))
    if unknown := sorted(set(policies) - known):
        raise InvalidInput(
            gettext("The project has no policy %(name)s. Choose another.") % {"name": unknown[0]},
            field="policies",
        )
    texts = {"question": question.strip(), "first": first.strip(), "second": second.strip()}
    for field, text in texts.items():
        if not text or len(text) > MAX_TEXT_LENGTH:
            sentence = gettext("Write 1 to %(limit)s characters.")
            raise InvalidInput(sentence % {"limit": formats.count(MAX_TEXT_LENGTH)}, field=field)
    if texts["first"] == texts["second"]:
        raise InvalidInput(gettext("Both answers are the same. Change one."), field="second")
    prompt = [{"role": "user", "content": texts["question"]}]
    return _add(
        project,
        actor,
        prompt=prompt,
        policies=list(policies),
        first=texts["first"],
        second=texts["second"],
        reading_language=_language(prompt, project.languages),
        **_agreed(expected, explanation),
    )


@transaction.atomic
def retire(*, gold_check_id: int, actor: User) -> GoldCheck:
    """Retire a gold check: it is served no more and counts in no accuracy. Twice is as once.

    Raises:
        PermissionDeniedError: the actor is not a lead, or votes in a run with gold checks.
    """
    checks = GoldCheck.objects.select_for_update(of=("self",)).select_related("project")
    check = checks.get(pk=gold_check_id)
    _check_may_add(check.project, actor)
    if check.retired_at is None:
        check.retired_at = timezone.now()
        check.save(update_fields=["retired_at"])
        _record(check, "retire_gold_check", actor)
    return check


def _check_may_add(project: Project, actor: User) -> None:
    require_lead(actor, project)
    if reason := gold_denied_reason(actor, project):
        raise PermissionDeniedError(reason)


def _agreed(expected: str, explanation: str) -> dict[str, str]:
    if expected not in GoldAnswer.values:
        raise InvalidInput(gettext("Choose the agreed answer."), field="expected")
    explanation = explanation.strip()
    if not explanation or len(explanation) > MAX_EXPLANATION_LENGTH:
        sentence = gettext(
            "Give the reason in 1 to %(limit)s characters: reviewers read it when training."
        )
        limit = formats.count(MAX_EXPLANATION_LENGTH)
        raise InvalidInput(sentence % {"limit": limit}, field="explanation")
    return {"expected": expected, "explanation": explanation}


def _language(prompt: Sequence[Mapping[str, Any]], languages: Sequence[str]) -> str:
    return reading_language_of(Prompt(key="", messages=prompt), languages)


def _add(project: Project, actor: User, **columns: Any) -> GoldCheck:
    check = GoldCheck.objects.create(project=project, created_by=actor, **columns)
    _record(check, "add_gold_check", actor)
    return check


def _record(check: GoldCheck, action: str, actor: User) -> None:
    GoldCheckEvent.objects.create(
        project_id=check.project_id, gold_check=check, actor=actor, action=action
    )
