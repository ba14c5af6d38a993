"""What is known of the prompts of a form of a new run before it is sent: intents and languages."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count

from datasets.inspections.language import base_language
from datasets.versions.models import DatasetItem, DatasetVersion
from evaluation.runs.forms.prompt_choices import OF_RUN, chosen_prompts, split_of
from evaluation.runs.forms.prompt_file import prompts_of_file
from evaluation.runs.planning_summary import VotingTerms
from evaluation.runs.prompt_sets import intent_counts
from evaluation.runs.reading import ShortLanguage, too_few_readers
from reviewapp.people.models import Project

MAX_PREVIEW_BYTES: Final = 5_000_000
"""Files up to this size are read for the forecast of the form, after each change of it."""


@dataclass(frozen=True)
class PlannedPrompts:
    """How many of the chosen prompts have each intent, and each language where it is stated."""

    intents: dict[str, int]
    languages: dict[str, int]


def planned_prompts(
    project: Project, choice: str, files: Mapping[str, Any]
) -> PlannedPrompts | None:
    """Return the prompts of the chosen file, else of the choice; None if the file is too large.

    Raises:
        ValidationError: rows of the file have errors.
        InvalidInput: there is no such split or run.
    """
    file = files.get("prompt_file")
    if file is not None and file.size > MAX_PREVIEW_BYTES:
        return None
    if file is None and not choice.startswith(f"{OF_RUN}:"):
        version, name = split_of(project, choice)
        return PlannedPrompts(intent_counts(version, name), _languages(version, name))
    found = prompts_of_file(file) if file is not None else chosen_prompts(project, choice)
    prompts = found.prompts
    intents = Counter(prompt.intent for prompt in prompts)
    languages = Counter(base_language(prompt.language) for prompt in prompts if prompt.language)
    return PlannedPrompts(dict(sorted(intents.items())), dict(languages))


def short_languages_of(
    project: Project, languages: Mapping[str, int], people: Sequence[int], terms: VotingTerms
) -> list[ShortLanguage]:
    """Return the languages that too few of these people read; any example may be shared."""
    votes = terms.votes_per_example
    if terms.overlap_percent:
        votes = max(votes, terms.overlap_votes)
    needed = {language: {votes: examples} for language, examples in languages.items()}
    return too_few_readers(project.pk, people, needed)


def _languages(version: DatasetVersion, split: str) -> dict[str, int]:
    rows = DatasetItem.objects.filter(version=version, split=split).exclude(revision__language="")
    found: Counter[str] = Counter()
    for language, examples in (
        rows.order_by().values_list("revision__language").annotate(Count("pk"))
    ):
        found[base_language(language)] += examples
    return dict(found)
