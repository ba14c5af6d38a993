"""Unsaved changes, stored on the server so that they survive a closed tab."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from datasets.curation.actions.locking import locked_example
from datasets.curation.lifecycle import Action
from datasets.curation.models import EditDraft, GoldenExample
from datasets.curation.permissions import ExampleAccess
from reviewapp.core.errors import DomainError
from reviewapp.people.models import User


class StaleDraft(DomainError):
    """A newer draft of the same user is stored, or the draft was saved as a revision already."""


@transaction.atomic
def save_draft(
    *, example_id: int, user: User, base_number: int, version: int, content: dict[str, Any]
) -> EditDraft:
    """Store the unsaved changes of a user, based on revision `base_number`.

    The browser tab counts `version` up from the stored draft it began with, by one for each
    request. Of two requests that arrive in the wrong order the newer one is kept, and an older tab
    is rejected. Drafts are not recorded as events.

    Raises:
        InvalidTransition: the example is retired.
        PermissionDeniedError: the user is neither annotator nor lead.
        StaleDraft: a draft of this or a later version is stored, or the user saved meanwhile.
    """
    # Without the lock an autosave could be stored after the save that includes it.
    example = locked_example(example_id)
    ExampleAccess(user, example).check(Action.REVISE)
    draft = EditDraft.objects.filter(example=example, user=user).first()
    if draft is not None and draft.version >= version:
        raise StaleDraft(
            gettext(
                "You have newer unsaved changes of this example in another tab. Continue there, "
                "or reload this page."
            )
        )
    if draft is None and _is_saved(example, user, base_number):
        raise StaleDraft(gettext("You saved this example meanwhile. Reload the page to continue."))
    draft = draft or EditDraft(example=example, user=user)
    draft.base_number, draft.version = base_number, version
    draft.content, draft.updated_at = content, timezone.now()
    draft.save()
    return draft


@transaction.atomic
def discard_draft(*, example_id: int, user: User) -> bool:
    """Delete a user's unsaved changes; return whether there were any."""
    return forget_draft(locked_example(example_id), user)


def forget_draft(example: GoldenExample, user: User) -> bool:
    """Delete a user's draft of an example whose row is locked; return whether there was one."""
    deleted, _ = EditDraft.objects.filter(example=example, user=user).delete()
    return bool(deleted)


def _is_saved(example: GoldenExample, user: User, base_number: int) -> bool:
    """Return whether the user saved a revision after this autosave was sent."""
    return example.revisions.filter(author=user, number__gt=base_number).exists()
