"""Freezing a mini-batch."""

from django.db import transaction
from django.utils.translation import gettext

from datasets.curation.actions.locking import required_text
from datasets.versions.actions.freezing import MAX_CHANGELOG_LENGTH, store_frozen
from datasets.versions.mini_batches.plans import plan_mini_batch
from datasets.versions.models import DatasetVersion
from datasets.versions.storage import hold_storage
from reviewapp.core.errors import InvalidTransition, StaleRevision
from reviewapp.core.messages import message
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import Permission, require_permission


@transaction.atomic
def freeze_mini_batch(
    *,
    parent: DatasetVersion,
    percent: int,
    seed: int,
    changelog: str,
    actor: User,
    seen: str = "",
) -> DatasetVersion:
    """Freeze what changed since a version, with a replay of the rest, as the next version.

    Its validation and test files are those of the parent, without lines that were erased.

    Args:
        percent: share of the unchanged training examples that is replayed, 0 to 100.
        seen: fingerprint of the plan that the user saw, empty if they saw none.

    Raises:
        PermissionDeniedError: the actor is not a lead.
        InvalidInput: the changelog is missing, or a number is out of range.
        StaleRevision: what would be frozen has changed since the user saw it.
        InvalidTransition: nothing has changed since the parent.
        OSError: the files could not be stored; nothing is frozen.
    """
    project = parent.project
    require_permission(actor, project, Permission.LEAD)
    ask = gettext("Describe what changed since the last version.")
    changelog = required_text(changelog, message_if_empty=ask, max_length=MAX_CHANGELOG_LENGTH)
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    hold_storage()
    batch = plan_mini_batch(parent, percent=percent, seed=seed)
    if seen and seen != batch.plan.fingerprint:
        raise StaleRevision(message("versions.plan_changed"))
    if not batch.selection.changed:
        raise InvalidTransition(message("versions.nothing_to_train", number=parent.number))
    version = DatasetVersion(
        project=project,
        number=project.versions.latest("number").number + 1,
        changelog=changelog,
        shares=parent.shares,
        created_by=actor,
        parent=parent,
        replay_percent=percent,
        replay_seed=seed,
    )
    store_frozen(version, batch.plan, None, mini_batch=batch.provenance())
    return version
