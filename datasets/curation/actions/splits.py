"""Set the split of an example, which overrides the one that is drawn when a version is frozen."""

from django.db import transaction
from django.utils import timezone

from datasets.curation.actions.locking import EventPayload, locked_example, record_event
from datasets.curation.lifecycle import Action
from datasets.curation.models import GoldenExample
from datasets.curation.permissions import ExampleAccess
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message
from reviewapp.people.models import User


def check_split(access: ExampleAccess, split: str) -> None:
    """Check that the user may give the example this split; empty is the drawn one.

    Raises:
        PermissionDeniedError: the user is neither annotator nor lead.
        InvalidTransition: the example is retired or erased.
        InvalidInput: it has this split.
    """
    access.check(Action.REVISE)
    if access.example.imported_split == split:
        raise InvalidInput(message("curation.same_split"))


@transaction.atomic
def set_split(*, example_id: int, split: str, actor: User) -> GoldenExample:
    """Give an example a split, or with an empty one let it be drawn. Its state stays.

    Raises:
        PermissionDeniedError, InvalidTransition, InvalidInput: as `check_split` does.
    """
    example = locked_example(example_id)
    check_split(ExampleAccess(actor, example), split)
    before, example.imported_split = example.imported_split, split
    example.updated_at = timezone.now()
    example.save(update_fields=["imported_split", "updated_at"])
    payload = EventPayload("set_split", detail={"before": before, "after": split})
    record_event(example, payload, actor=actor, before=example.state)
    return example
