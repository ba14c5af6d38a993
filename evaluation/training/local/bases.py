"""Registering base models for local trainings: by an operator, on a machine that has the files."""

from django.db import transaction

from evaluation.training.local.base_files import (
    PACKAGED_FILE,
    allowed_folders,
    facts_of,
    find_base,
    is_packaged_model_installed,
)
from evaluation.training.local.models import MAX_NAME_LENGTH, BaseModel
from evaluation.training.naming import NOT_IN_NAMES
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message

PACKAGED_NAME = "smollm2-135m"
# Measured on one CPU thread (docs/benchmarks.md).
PACKAGED_TOKENS_PER_SECOND = 60.0


@transaction.atomic
def register_base(*, name: str, path: str, tokens_per_second: float | None = None) -> BaseModel:
    """Register a base model, or offer one again whose files are the same.

    Args:
        path: below an allowed folder.

    Raises:
        InvalidInput: a name that cannot be used or is taken by other files, or no model there.
    """
    if not 1 <= len(name) <= MAX_NAME_LENGTH or NOT_IN_NAMES.search(name):
        raise InvalidInput(message("local.name", limit=MAX_NAME_LENGTH))
    found = find_base(path)
    if found is None:
        folders = [str(folder) for folder in allowed_folders()]
        raise InvalidInput(message("local.not_below", folders=folders))
    facts = facts_of(found)
    known = BaseModel.objects.select_for_update().filter(name=name).first()
    if known is None:
        return BaseModel.objects.create(
            name=name,
            path=path,
            sha256=facts.sha256,
            size_bytes=facts.size_bytes,
            context_tokens=facts.context_tokens,
            tokens_per_second=tokens_per_second,
        )
    if known.sha256 != facts.sha256 or known.path != path:
        raise InvalidInput(message("local.name_taken", name=name))
    known.is_offered = True
    known.tokens_per_second = tokens_per_second or known.tokens_per_second
    known.save(update_fields=["is_offered", "tokens_per_second"])
    return known


@transaction.atomic
def withdraw_base(*, name: str) -> BaseModel:
    """Offer a base model no longer; trainings that run go on.

    Raises:
        InvalidInput: there is none of this name.
    """
    known = BaseModel.objects.select_for_update().filter(name=name).first()
    if known is None:
        raise InvalidInput(message("local.unknown_base", name=name))
    known.is_offered = False
    known.save(update_fields=["is_offered"])
    return known


def register_packaged_base() -> BaseModel | None:
    """Register the model of `make setup-model`; None if it is not installed."""
    if not is_packaged_model_installed():
        return None
    known = BaseModel.objects.filter(name=PACKAGED_NAME).first()
    return known or register_base(
        name=PACKAGED_NAME, path=PACKAGED_FILE, tokens_per_second=PACKAGED_TOKENS_PER_SECOND
    )
