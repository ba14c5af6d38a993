"""The files that a training sends: those of a version, or the pairs of a set of preferences."""

import hashlib
from typing import IO

from datasets.versions.files import write_file
from datasets.versions.models import DatasetVersion
from evaluation.preferences.collecting import JudgingPrompts
from evaluation.preferences.files import kept_pairs, pair_lines, write_pairs
from evaluation.preferences.formats import PairFormat
from evaluation.preferences.models import PreferenceSet
from evaluation.training.models import Method, TrainingRun
from evaluation.training.plans import (
    TRAIN,
    files_of,
    planned,
    preflight,
    provider_or_error,
    sent_digest,
)
from evaluation.training.providers.base import Capability, PlannedFile, TrainingProvider
from evaluation.training.terms import TrainingPlan
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import Message, message
from reviewapp.people.models import Project

MIN_PAIRS = 10
BETA = "beta"


def set_of(project: Project, plan: TrainingPlan) -> PreferenceSet | None:
    """Return the preferences that a plan trains on; None if it trains on a version.

    Raises:
        InvalidInput: the project has no such set, its provider cannot train on one, or a setting
            belongs to the other method.
    """
    if plan.method != Method.DPO:
        if BETA in plan.hyperparameters:
            raise InvalidInput(message("training.beta_needs_pairs"), field=BETA)
        return None
    if Capability.PREFERENCES not in provider_or_error(plan.provider).capabilities:
        raise InvalidInput(message("training.no_preferences"), field="preferences_id")
    found = PreferenceSet.objects.filter(project=project, pk=plan.preferences_id or 0).first()
    if found is None:
        raise InvalidInput(message("training.unknown_preferences"), field="preferences_id")
    return found


def planned_files(
    version: DatasetVersion, pairs: PreferenceSet | None, provider: TrainingProvider
) -> list[PlannedFile]:
    """Return the files that a training would send, with their present sizes."""
    if pairs is None:
        return [planned(file) for file in files_of(version, provider)]
    lines = [len(line) for line in pair_lines(pairs, PairFormat.OPENAI)]
    tokens = round(pairs.tokens * len(lines) / pairs.pair_count)
    return [PlannedFile(TRAIN, sum(lines), len(lines), tokens)] if lines else []


def file_errors(
    version: DatasetVersion,
    pairs: PreferenceSet | None,
    provider: TrainingProvider,
    project: Project,
) -> list[Message]:
    """Return what the provider would reject in the exact bytes, or must not be trained on.

    Raises:
        DigestMismatch: the stored bytes are not those that were frozen.
    """
    if pairs is None:
        return preflight(version, provider, project.tokenizer_model)
    kept, judging = list(kept_pairs(pairs)), JudgingPrompts.of(project)
    errors = []
    if len(kept) < MIN_PAIRS:
        errors.append(message("training.too_few_pairs", n=len(kept), limit=MIN_PAIRS))
    if judged := sum(judging.has(pair.comparison) for pair in kept):
        errors.append(message("training.pairs_judge", n=judged))
    return errors


def sent_splits(training: TrainingRun) -> list[str]:
    """Return the splits that a training sends, the training file first."""
    if training.preference_set is not None:
        return [TRAIN]
    files = files_of(training.version, provider_or_error(training.provider))
    return [file.split for file in files]


def sent_sha256(training: TrainingRun, split: str) -> str:
    """Return the SHA-256 of what a training sends of a split."""
    if (pairs := training.preference_set) is not None:
        digest = hashlib.sha256()
        for line in pair_lines(pairs, PairFormat.OPENAI):
            digest.update(line)
        return digest.hexdigest()
    file = training.version.files.prefetch_related("redactions").get(split=split)
    return sent_digest(file, provider_or_error(training.provider).flavour)


def write_sent(content: IO[bytes], training: TrainingRun, split: str) -> None:
    """Write what a training sends of a split, and rewind it.

    Raises:
        DigestMismatch: the stored bytes are not those that were frozen.
    """
    if (pairs := training.preference_set) is not None:
        write_pairs(content, pairs, PairFormat.OPENAI)
        return
    file = training.version.files.prefetch_related("redactions").get(split=split)
    write_file(content, file, flavour=provider_or_error(training.provider).flavour)
