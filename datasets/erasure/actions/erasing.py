"""Erase the text of an example, or the rejected rows of an import, for a lead."""

from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from datasets.curation.actions.locking import required_text
from datasets.curation.models import GoldenExample
from datasets.erasure.registry import example_erasers
from datasets.ingest.actions import stored_reject_path
from datasets.ingest.models import ImportBatch, ImportDifference, ImportRejection
from datasets.versions.actions.redacting import redact_files
from datasets.versions.storage import lock_storage
from reviewapp.core.errors import InvalidTransition
from reviewapp.people.models import IdempotencyKey, Project, ProjectEvent, User
from reviewapp.people.permissions import require_lead

REASON_REQUIRED = gettext_lazy(
    "Give the reason, such as “request of the customer, ticket 118”. Quote no erased text."
)


@transaction.atomic
def erase_example(*, example_id: int, reason: str, actor: User | None) -> None:
    """Replace the text of an example permanently, in all revisions, versions and comparisons.

    Its hash and labels stay, and its reviews and votes without their texts. `actor` None is a
    command.

    Raises:
        PermissionDeniedError: the actor is no lead.
        InvalidInput: there is no reason.
        InvalidTransition: it is erased already.
    """
    # A version that is frozen meanwhile would hold the text, or the marker as an example.
    lock_storage()
    examples = GoldenExample.with_deleted.select_for_update(of=("self",)).select_related("project")
    example = examples.get(pk=example_id)
    require_lead(actor, example.project)
    reason = required_text(reason, message_if_empty=str(REASON_REQUIRED))
    if example.erased_at is not None:
        raise InvalidTransition(
            gettext("Example %(number)s is erased already.") % {"number": example.pk}
        )
    redact_files(example, reason=reason, actor=actor)
    actor_id = actor.pk if actor else None
    for erase in example_erasers():
        erase(example.pk, reason, actor_id)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT touchstone_erase_example(%s, %s, %s)", [example.pk, actor_id, reason]
        )
    forget_stored_answers(example.project)


@transaction.atomic
def erase_rejects(*, batch_id: int, reason: str, actor: User | None) -> None:
    """Delete the rejected rows and the differing labels of an import; their counts stay.

    Raises:
        PermissionDeniedError: the actor is no lead.
        InvalidInput: there is no reason.
        InvalidTransition: the import has not ended, or they are erased already.
    """
    batches = ImportBatch.objects.select_for_update(of=("self",)).select_related("project")
    batch = batches.get(pk=batch_id)
    require_lead(actor, batch.project)
    reason = required_text(reason, message_if_empty=str(REASON_REQUIRED))
    if not batch.is_over:
        raise InvalidTransition(
            gettext("The import is still running. Cancel it, or wait until it has ended.")
        )
    if batch.erased_at is not None:
        raise InvalidTransition(gettext("The rejected rows of this import are erased already."))
    counts = delete_rejects(batch)
    ProjectEvent.objects.create(
        project=batch.project,
        actor=actor,
        action="erase_rejects",
        reason=reason,
        detail={"batch": batch.pk, "file": batch.file_name[:200], **counts},
    )


def delete_rejects(batch: ImportBatch) -> dict[str, int]:
    """Delete the rejected rows and label differences of an import; return their numbers."""
    rejected, _ = ImportRejection.objects.filter(batch=batch).delete()
    differences, _ = ImportDifference.objects.filter(batch=batch).delete()
    batch.erased_at = timezone.now()
    batch.save(update_fields=["erased_at"])
    if batch.stored_path:
        name = stored_reject_path(batch)
        transaction.on_commit(lambda: default_storage.delete(name))
    return {"rejects": rejected, "differences": differences}


def forget_stored_answers(project: Project) -> None:
    """Delete the stored responses to API requests of the project, which may quote the text.

    They name no project: those of all users who may or might write to it, also former members.
    """
    former = ProjectEvent.objects.filter(project=project, action="remove_member").values("subject")
    IdempotencyKey.objects.filter(
        Q(user__memberships__project=project) | Q(user__is_superuser=True) | Q(user__in=former)
    ).delete()
