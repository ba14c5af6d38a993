"""What a person typed and has not saved: kept on the server, so that it survives a closed tab."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from datasets.curation.actions.locking import locked_example
from datasets.curation.lifecycle import Action
from datasets.curation.models import EditDraft, GoldenExample
from datasets.curation.permissions import ExampleAccess
from reviewapp.core.errors import DomainError
from reviewapp.people.models import User


class StaleDraft(DomainError):
    """A newer draft of the same person is stored, or what was typed is saved already."""


@transaction.atomic
def save_draft(
    *, example_id: int, user: User, base_number: int, version: int, content: dict[str, Any]
) -> EditDraft:
    """Keep what a person has typed on top of revision `base_number`.

    `version` is counted by the browser tab from the stored draft it began with, one more for each
    send: of two that cross on their way the newer stays, and an older tab is turned away. Drafts
    leave no event; only what is saved is part of the example's history.

    Raises:
        InvalidTransition: the example is retired.
        PermissionDeniedError: the person is neither annotator nor lead.
        StaleDraft: a draft of this or a later version is stored, or the person saved meanwhile.
    """
    # The lock orders autosaves against the save that makes them needless.
    example = locked_example(example_id)
    ExampleAccess(user, example).check(Action.REVISE)
    draft = EditDraft.objects.filter(example=example, user=user).first()
    if draft is not None and draft.version >= version:
        raise StaleDraft(
            "Another tab holds newer unsaved changes of yours to this example. "
            "Go on there, or reload this page to see them."
        )
    if draft is None and _is_saved(example, user, base_number):
        raise StaleDraft("You saved this example meanwhile. Reload the page to go on.")
    draft = draft or EditDraft(example=example, user=user)
    draft.base_number, draft.version = base_number, version
    draft.content, draft.updated_at = content, timezone.now()
    draft.save()
    return draft


@transaction.atomic
def discard_draft(*, example_id: int, user: User) -> bool:
    """Delete a person's unsaved changes; return whether there were any."""
    return forget_draft(locked_example(example_id), user)


def forget_draft(example: GoldenExample, user: User) -> bool:
    """Delete a person's draft of an example whose row is locked; return whether there was one."""
    deleted, _ = EditDraft.objects.filter(example=example, user=user).delete()
    return bool(deleted)


def _is_saved(example: GoldenExample, user: User, base_number: int) -> bool:
    """Whether a late autosave repeats what its own tab has saved as a revision since."""
    return example.revisions.filter(author=user, number__gt=base_number).exists()
