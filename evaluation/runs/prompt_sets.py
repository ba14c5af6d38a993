"""Prompts out of the database, and the guard against prompts that a model was trained on."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from datasets.versions.models import DatasetItem, DatasetVersion
from evaluation.registry.models import ModelVersion
from evaluation.runs.learned import TRAINED_SPLITS, Learned
from evaluation.runs.models import Comparison, EvaluationRun
from evaluation.runs.prompts import (
    NO_INTENT,
    Prompt,
    PromptSet,
    first_customer_message,
    prompt_hash,
    without_answer,
)

ROWS_AT_ONCE = 500
SHOWN_CHARACTERS = 80


@dataclass(frozen=True)
class Leak:
    """A prompt of the run that the candidate was trained on.

    `is_same_prompt` is False when only the first customer message is the same.
    """

    key: str
    shown: str
    is_same_prompt: bool


def prompts_of_split(version: DatasetVersion, split: str) -> PromptSet:
    """Return the prompts of a split: its conversations without their final answers."""
    items = (
        DatasetItem.objects.filter(version=version, split=split)
        .select_related("revision__intent")
        .order_by("position")
    )
    prompts, left_out = [], 0
    for item in items.iterator(chunk_size=ROWS_AT_ONCE):
        revision = item.revision
        messages = without_answer(revision.messages)
        if not messages:
            left_out += 1
            continue
        prompts.append(
            Prompt(
                key=f"{revision.example_id:012d}",
                messages=messages,
                intent=revision.intent.name if revision.intent else NO_INTENT,
                language=revision.language,
                tags=revision.tags,
                policies=revision.policies,
                revision_id=revision.pk,
                content_hash=revision.content_hash,
                reference=revision.messages[len(messages) :],
            )
        )
    return PromptSet(prompts, dataset_version_id=version.pk, split=split, left_out=left_out)


def prompts_of_run(run: EvaluationRun) -> PromptSet:
    """Return the prompts of an earlier run, without those withdrawn, broken or erased."""
    rows = repeatable_comparisons(run).select_related("revision").order_by("position")
    prompts = [
        Prompt(
            key=repeated_prompt_key(row.pk),
            messages=row.prompt,
            intent=row.intent_name,
            language=row.language,
            tags=row.tags,
            policies=row.policies,
            external_id=row.external_id,
            revision_id=row.revision_id,
            content_hash=row.revision.content_hash if row.revision else "",
            reference=row.revision.messages[len(row.prompt) :] if row.revision else (),
            asked_as=row.pk,
        )
        for row in rows.iterator(chunk_size=ROWS_AT_ONCE)
    ]
    return PromptSet(
        prompts,
        dataset_version_id=run.dataset_version_id,
        split=run.split,
        file_name=run.prompt_file,
    )


def repeated_prompt_key(comparison_id: int) -> str:
    """Return the key of the prompt of an earlier run's comparison: its id, in the order of ids."""
    return f"{comparison_id:012d}"


def repeatable_comparisons(run: EvaluationRun) -> QuerySet[Comparison]:
    """Return the comparisons of a run whose prompts another run may ask again."""
    states = [Comparison.State.OPEN, Comparison.State.CLOSED]
    return run.comparisons.filter(state__in=states, erased_at__isnull=True)


def intent_counts(version: DatasetVersion, split: str) -> dict[str, int]:
    """Return how many items of a split have each intent, by name."""
    rows = (
        DatasetItem.objects.filter(version=version, split=split)
        .values_list("revision__intent__name")
        .annotate(examples=Count("pk"))
    )
    counts: dict[str, int] = {}
    for name, examples in rows:
        counts[name or NO_INTENT] = counts.get(name or NO_INTENT, 0) + examples
    return dict(sorted(counts.items()))


def leaks(candidate: ModelVersion, prompts: Sequence[Prompt]) -> list[Leak]:
    """Return the prompts that are in the candidate's training or validation file, in their order.

    The same prompt (or the same example) is one it has learned the answer of; the same first
    customer message may be a coincidence, such as a greeting, and is only worth a look.
    """
    seen = _Trained.of(candidate)
    found = []
    for prompt in prompts:
        same = prompt_hash(prompt.messages) in seen.prompts or prompt.content_hash in seen.contents
        first = first_customer_message(prompt.messages)
        if same or first in seen.first_messages:
            found.append(Leak(prompt.key, first[:SHOWN_CHARACTERS], is_same_prompt=same))
    return found


@dataclass(frozen=True)
class _Trained:
    prompts: frozenset[str]
    contents: frozenset[str]
    first_messages: frozenset[str]

    @classmethod
    def of(cls, model: ModelVersion) -> "_Trained":
        """Return what a model has seen: the files of its version, and its preferences (DPO)."""
        learned = Learned.of([model.pk])
        rows = DatasetItem.objects.filter(
            version__in=learned.versions, split__in=TRAINED_SPLITS
        ).values_list("revision__messages", "revision__content_hash")
        prompts, contents, first = set(), set(), set()
        asked = learned.preferred_answers().values_list("comparison__prompt", flat=True)
        for prompt in asked.iterator(chunk_size=ROWS_AT_ONCE):
            prompts.add(prompt_hash(prompt))
            first.add(first_customer_message(prompt))
        for messages, content_hash in rows.iterator(chunk_size=ROWS_AT_ONCE):
            prompts.add(prompt_hash(without_answer(messages)))
            contents.add(content_hash)
            first.add(first_customer_message(messages))
        return cls(frozenset(prompts), frozenset(contents), frozenset(first - {""}))
