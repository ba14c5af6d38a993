"""A training before it starts: its files, what the provider would reject, its forecast."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import IO

from datasets.conversations.split import Split
from datasets.versions.exports import PREFIXES, Flavour
from datasets.versions.files import write_file
from datasets.versions.models import DatasetFile, DatasetVersion
from datasets.versions.preflight import PreflightCheck
from datasets.versions.storage import CHUNK_BYTES, temporary_file
from evaluation.registry.models import Endpoint
from evaluation.training.models import ENDED, TrainingRun
from evaluation.training.providers.base import (
    Capability,
    Hyperparameter,
    Plan,
    PlannedFile,
    Service,
    TrainingProvider,
)
from evaluation.training.providers.kinds import training_provider
from evaluation.training.terms import TrainingPlan
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import Message, message

TRAIN, VALIDATION = Split.TRAIN.value, Split.VALIDATION.value
MAX_MODEL_LENGTH = 200
SUFFIX = re.compile(r"[A-Za-z0-9_-]*")


def files_of(version: DatasetVersion, provider: TrainingProvider) -> list[DatasetFile]:
    """Return the files that a training of this version sends: never the test split."""
    splits = [TRAIN]
    if Capability.VALIDATION in provider.capabilities:
        splits.append(VALIDATION)
    files = version.files.filter(split__in=splits).prefetch_related("redactions")
    ordered = sorted(files, key=lambda file: splits.index(file.split))
    return [file for file in ordered if file.stored_examples]


def provider_plan(plan: TrainingPlan, files: Sequence[PlannedFile]) -> Plan:
    """Return the plan in the provider's terms."""
    return _plan(plan, Service(plan.base_url, plan.api_key_name), files)


def plan_of(training: TrainingRun, files: Sequence[PlannedFile]) -> Plan:
    """Return the plan of a stored training in the provider's terms."""
    return _plan(training, service_of(training), files)


def service_of(training: TrainingRun) -> Service:
    """Return where the provider's API of a training is; empty for one without an address."""
    endpoint = training.endpoint
    return Service(endpoint.base_url, endpoint.api_key_name) if endpoint else Service("", "")


def polls_to_share(endpoint: Endpoint | None) -> float:
    """Return the least seconds between two polls of a job, so that all jobs share one a second.

    The limits of an endpoint are those of its answers: services limit their files and jobs apart
    from them, so neither takes calls from the other.
    """
    if endpoint is None:
        return 0.0
    jobs = TrainingRun.objects.filter(endpoint__base_url=endpoint.base_url)
    return float(jobs.exclude(stage__in=ENDED).exclude(provider_job_id="").count())


def _plan(
    terms: TrainingPlan | TrainingRun, service: Service, files: Sequence[PlannedFile]
) -> Plan:
    return Plan(
        service=service,
        base_model=terms.base_model,
        method=terms.method,
        files=files,
        hyperparameters=terms.hyperparameters,
        seed=terms.seed,
        suffix=terms.suffix,
        is_tuned=isinstance(terms, TrainingRun) and terms.continues_id is not None,
    )


def planned(file: DatasetFile) -> PlannedFile:
    """Return a file with its present size; the tokens of erased lines count by their share."""
    share = file.stored_examples / file.examples if file.examples else 0
    tokens = file.tokens if share == 1 else round(file.tokens * share)
    return PlannedFile(
        file.split, file.stored_bytes, file.stored_examples, tokens, file.stored_sha256
    )


def provider_or_error(kind: str) -> TrainingProvider:
    """Return the provider of a kind.

    Raises:
        InvalidInput: there is none.
    """
    provider = training_provider(kind)
    if provider is None:
        raise InvalidInput(message("training.unknown_provider", kind=kind), field="provider")
    return provider


def check_terms(plan: TrainingPlan) -> None:
    """Check what a lead chose against the limits of the provider.

    Raises:
        InvalidInput: a value is out of range; its field is named.
    """
    provider = provider_or_error(plan.provider)
    if not 1 <= len(plan.base_model.strip()) <= MAX_MODEL_LENGTH:
        raise InvalidInput(
            message("training.base_model", limit=MAX_MODEL_LENGTH), field="base_model"
        )
    known = {parameter.name: parameter for parameter in provider.hyperparameters}
    for name, value in plan.hyperparameters.items():
        if name not in known:
            raise InvalidInput(message("training.unknown_hyperparameter", name=name))
        _check_value(known[name], value)
    _check_labels(plan, provider)


def whole_numbers(plan: TrainingPlan) -> dict[str, float | str]:
    """Return the hyperparameters with whole numbers as such: in a request of JSON 2 may be 2.0."""
    known = provider_or_error(plan.provider).hyperparameters
    whole = {parameter.name for parameter in known if parameter.is_whole}
    return {
        name: int(value) if name in whole and isinstance(value, float) else value
        for name, value in plan.hyperparameters.items()
    }


def _check_labels(plan: TrainingPlan, provider: TrainingProvider) -> None:
    """Check seed and suffix against the limits of the provider."""
    if plan.seed is not None and not provider.max_seed:
        raise InvalidInput(message("training.no_seed"), field="seed")
    if plan.seed is not None and not 0 <= plan.seed <= provider.max_seed:
        raise InvalidInput(message("training.seed", limit=provider.max_seed), field="seed")
    limit = provider.max_suffix_length
    if plan.suffix and not limit:
        raise InvalidInput(message("training.no_suffix"), field="suffix")
    if len(plan.suffix) > limit or not SUFFIX.fullmatch(plan.suffix):
        raise InvalidInput(message("training.suffix", limit=limit), field="suffix")


def _check_value(known: Hyperparameter, value: float | str) -> None:
    """Check a number against its limits, or a word against the choices."""
    words = [word for word, _label in known.choices]
    if words and value not in words:
        reason = message("training.choice", name=str(known.label), known=words)
        raise InvalidInput(reason, field=known.name)
    if not words and isinstance(value, str):
        raise InvalidInput(
            message("training.unknown_hyperparameter", name=known.name), field=known.name
        )
    if not isinstance(value, str):
        _check_number(known, value)


def _check_number(known: Hyperparameter, value: float) -> None:
    is_low = (known.minimum is not None and value < known.minimum) or (
        known.above is not None and value <= known.above
    )
    is_high = known.maximum is not None and value > known.maximum
    is_part = known.is_whole and value != int(value)
    if is_low or is_high or is_part:
        reason = message(
            "training.hyperparameter",
            name=str(known.label),
            low=known.minimum if known.minimum is not None else known.above,
            high=known.maximum,
        )
        raise InvalidInput(reason, field=known.name)


def preflight(
    version: DatasetVersion,
    provider: TrainingProvider,
    model: str,
    *,
    on_read: Callable[[int], None] = lambda _bytes: None,
) -> list[Message]:
    """Return the errors in the exact bytes that would be sent, each with its split.

    Args:
        version: its files.
        provider: whose rules count.
        model: whose tokenizer counts.
        on_read: called with the number of bytes each time some were read.

    Raises:
        DigestMismatch: the stored bytes are lost.
    """
    check, errors = PreflightCheck(model=model, rules=provider.rules), []
    for file in files_of(version, provider):
        with temporary_file() as content:
            write_file(content, file, flavour=provider.flavour)
            report = check.file(file.split, _chunks(content, on_read))
        errors += [in_split(file.split, error) for error in report.errors]
    return errors


def _chunks(content: IO[bytes], on_read: Callable[[int], None]) -> Iterator[bytes]:
    while chunk := content.read(CHUNK_BYTES):
        yield chunk
        on_read(len(chunk))


def sent_digest(file: DatasetFile, flavour: Flavour) -> str:
    """Return the SHA-256 of the bytes that are sent: those of the file, with what is in front.

    Raises:
        DigestMismatch: the stored bytes are lost.
    """
    if not PREFIXES[flavour]:
        return file.stored_sha256
    with temporary_file() as content:
        write_file(content, file, flavour=flavour)
        return hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]


def in_split(split: str, error: Message) -> Message:
    """Return an error of a file with the name of its split."""
    return message(f"training.in_{split}", error=error)


def wanted_files(files: Mapping[str, Mapping[str, object]]) -> dict[str, str]:
    """Return the provider's ids of uploaded files by split."""
    return {split: str(file["id"]) for split, file in files.items() if file.get("id")}
