"""Answers of models that cannot be asked: they came from a file, and later runs may use them.

Of such a model there are no others. So they are also used where reviewers have seen whose they are;
the set-up names these reviewers, and the lead decides whether they vote.
"""

from collections.abc import Collection, Sequence

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext

from evaluation.providers import kinds
from evaluation.registry.models import ModelVersion
from evaluation.runs.models import Answer, Comparison, EvaluationRun
from evaluation.runs.prompt_sets import ROWS_AT_ONCE
from evaluation.runs.prompts import Prompt, prompt_hash
from reviewapp.core.erased import ERASED
from reviewapp.core.errors import InvalidInput
from reviewapp.jobs.models import JobState
from reviewapp.people.models import Project


def is_from_file(model: ModelVersion) -> bool:
    """Return whether the answers of a model came from a file, so that it cannot be asked."""
    return model.provider == kinds.IMPORTED


def usable_answers(models: Collection[int]) -> QuerySet[Answer]:
    """Return the answers of these models that came from a file and were not erased."""
    stored = Answer.objects.filter(
        model_version__in=models,
        model_version__provider=kinds.IMPORTED,
        state=JobState.DONE,
        reused_from=None,
    )
    # An erased text has spaces behind the marker, so that two of them differ.
    return stored.exclude(text="").exclude(text__startswith=ERASED)


def answers_by_prompt(model: ModelVersion) -> dict[str, int]:
    """Return the id of the newest answer of a model to each prompt, by the hash of the prompt."""
    rows = usable_answers([model.pk]).order_by("pk").values_list("pk", "comparison__prompt")
    return {prompt_hash(prompt): pk for pk, prompt in rows.iterator(chunk_size=ROWS_AT_ONCE)}


def answered_prompts(models: Sequence[ModelVersion], prompts: Sequence[Prompt]) -> list[Prompt]:
    """Return the prompts to which each of the models that cannot be asked has an answer.

    Raises:
        InvalidInput: one of them has an answer to none of the prompts.
    """
    kept = list(prompts)
    for model in filter(is_from_file, models):
        answered = answers_by_prompt(model)
        kept = [prompt for prompt in kept if prompt_hash(prompt.messages) in answered]
        if not kept:
            raise InvalidInput(
                gettext(
                    "The answers of %(name)s came from a file, and none is to these prompts. "
                    "Choose the prompts of a run with its answers."
                )
                % {"name": model.name},
                field="prompts",
            )
    return kept


def models_with_file_answers(project: Project) -> QuerySet[ModelVersion]:
    """Return the models of a project whose answers came from a file and can be compared again."""
    models = ModelVersion.objects.filter(project=project, provider=kinds.IMPORTED)
    stored = Answer.objects.filter(
        model_version=OuterRef("pk"), state=JobState.DONE, reused_from=None
    )
    return models.filter(Exists(stored))


def run_with_answers_of(model: ModelVersion) -> EvaluationRun | None:
    """Return the newest run whose prompts a model from a file has answered, if there is one."""
    answered = Comparison.objects.filter(answers__in=usable_answers([model.pk]))
    return EvaluationRun.objects.filter(comparisons__in=answered).order_by("-pk").first()
