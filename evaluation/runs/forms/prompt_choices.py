"""The prompts that a form of a new run offers: splits of versions, and those of earlier runs."""

from typing import Final

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext

from datasets.conversations.split import SPLITS, Split
from datasets.versions.models import DatasetItem, DatasetVersion
from evaluation.runs.file_answers import models_with_file_answers, run_with_answers_of
from evaluation.runs.models import Comparison, EvaluationRun
from evaluation.runs.prompt_sets import (
    intent_counts,
    prompts_of_run,
    prompts_of_split,
    repeatable_comparisons,
)
from evaluation.runs.prompts import PromptSet
from evaluation.runs.texts import SPLIT_OF_VERSION
from reviewapp.core.errors import InvalidInput
from reviewapp.core.formats import count
from reviewapp.people.models import Project

OF_RUN: Final = "run"
"""What the key of a run's prompts begins with; that of a split begins with its version."""


def proposed_prompts(project: Project, baseline_id: int | str) -> tuple[str, dict[str, int]] | None:
    """Return the key of the prompts that a form proposes, and their number by intent.

    They are those that the baseline has answered if its answers came from a file, else the largest
    split of the newest version.
    """
    from_file = models_with_file_answers(project).filter(pk=baseline_id).first()
    answered = run_with_answers_of(from_file) if from_file else None
    if answered is not None:
        kept = repeatable_comparisons(answered).order_by()
        return key_of_run(answered), dict(kept.values_list("intent_name").annotate(Count("pk")))
    chosen = default_split(project)
    if chosen is None:
        return None
    version, split = chosen
    return f"{version.pk}:{split}", intent_counts(version, split)


def default_split(project: Project) -> tuple[DatasetVersion, str] | None:
    """Return the newest version with its largest split that is not for training, if any."""
    rows = _judging(project)
    newest = rows.order_by("-version__number").values("version")[:1]
    sizes = rows.filter(version__in=newest).order_by().values_list("version", "split")
    found = sizes.annotate(examples=Count("pk")).order_by("-examples", "split").first()
    if found is None:
        return None
    return DatasetVersion.objects.get(pk=found[0]), found[1]


def split_choices(project: Project) -> list[tuple[str, str]]:
    """Return key and label of the splits with examples, of the newest version first."""
    rows = (
        _judging(project)
        .order_by("-version__number", "split")
        .values_list("version_id", "version__number", "split")
        .annotate(examples=Count("pk"))
    )
    return [
        (f"{version}:{split}", _split_label(number, split, examples))
        for version, number, split, examples in rows
    ]


def run_choices(project: Project) -> list[tuple[str, str]]:
    """Return key and label of the runs whose prompts can be asked again, the newest first."""
    retired = Q(split=Split.TEST, dataset_version__retired_test_split__isnull=False)
    states = [Comparison.State.OPEN, Comparison.State.CLOSED]
    asked = Q(comparisons__state__in=states, comparisons__erased_at__isnull=True)
    runs = EvaluationRun.objects.filter(project=project).exclude(retired).exclude(opened_at=None)
    counted = runs.annotate(prompts=Count("comparisons", filter=asked)).filter(prompts__gt=0)
    return [
        (
            f"{OF_RUN}:{pk}",
            gettext("Prompts of “%(run)s” (%(n)s)") % {"run": name, "n": count(prompts)},
        )
        for pk, name, prompts in counted.order_by("-pk").values_list("pk", "name", "prompts")
    ]


def key_of_run(run: EvaluationRun) -> str:
    """Return the key of the prompts of a run."""
    return f"{OF_RUN}:{run.pk}"


def chosen_prompts(project: Project, key: str) -> PromptSet:
    """Return the prompts of a choice of the form.

    Raises:
        InvalidInput: there is no such split or run.
    """
    if key.startswith(f"{OF_RUN}:"):
        return prompts_of_run(_run_of(project, key))
    return prompts_of_split(*split_of(project, key))


def _run_of(project: Project, key: str) -> EvaluationRun:
    run_id = key.removeprefix(f"{OF_RUN}:")
    is_number = run_id.isascii() and run_id.isdecimal()
    run = EvaluationRun.objects.filter(project=project, pk=int(run_id)) if is_number else None
    found = run.first() if run is not None else None
    if found is None:
        raise InvalidInput(gettext("This run does not exist. Choose other prompts."))
    return found


def split_of(project: Project, key: str) -> tuple[DatasetVersion, str]:
    """Return the version and the split of a choice of the form.

    Raises:
        InvalidInput: there is no such version or split.
    """
    version_id, _, split = key.partition(":")
    version = (
        DatasetVersion.objects.filter(project=project, pk=int(version_id)).first()
        if version_id.isascii() and version_id.isdigit()
        else None
    )
    if version is None or split not in SPLITS:
        raise InvalidInput(gettext("This split does not exist. Choose another."))
    return version, split


def _judging(project: Project) -> QuerySet[DatasetItem]:
    """Return what models may be judged on: not what they train on, nor a retired test split."""
    items = DatasetItem.objects.filter(version__project=project).exclude(split=Split.TRAIN)
    return items.exclude(split=Split.TEST, version__retired_test_split__isnull=False)


def _split_label(number: int, split: str, examples: int) -> str:
    name = str(SPLIT_OF_VERSION[split]) % {"number": number}
    return gettext("%(split)s (%(n)s)") % {"split": name, "n": count(examples)}
