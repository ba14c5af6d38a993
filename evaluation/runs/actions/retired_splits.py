"""Retiring the test split of a version from judging: no run may be set up or started on it."""

from django.db import transaction
from django.utils.translation import gettext

from datasets.conversations.split import Split
from datasets.versions.models import DatasetVersion, VersionEvent
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import EvaluationRun, RetiredTestSplit
from reviewapp.core.errors import InvalidInput, InvalidTransition
from reviewapp.core.messages import Message, message
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import require_lead


@transaction.atomic
def retire_test_split(*, version_id: int, reason: str, actor: User | None) -> RetiredTestSplit:
    """Retire the test split of a version from judging. It cannot be undone.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: no reason is given.
        InvalidTransition: it is retired already, or a run on it is not closed.
    """
    version = DatasetVersion.objects.select_related("project").get(pk=version_id)
    Project.objects.select_for_update(no_key=True).get(pk=version.project_id)
    require_lead(actor, version.project)
    if not reason.strip():
        raise InvalidInput(gettext("Give a reason for the audit trail."), field="reason")
    if RetiredTestSplit.objects.filter(version=version).exists():
        raise InvalidTransition(message("runs.test_split_retired", number=version.number))
    judged = EvaluationRun.objects.filter(dataset_version=version, split=Split.TEST)
    if is_open := judged.exclude(state=RunState.CLOSED).order_by("pk").first():
        reason_why = message("runs.test_split_in_use", number=version.number, run=is_open.name)
        raise InvalidTransition(reason_why)
    retired = RetiredTestSplit.objects.create(
        version=version, reason=reason.strip(), retired_by=actor
    )
    VersionEvent.objects.create(
        project=version.project,
        version=version,
        actor=actor,
        action="retire_test_split",
        reason=retired.reason,
        detail={"number": version.number},
    )
    return retired


def retired_split_error(version_id: int | None, split: str) -> Message | None:
    """Return why a run may not use a split: it is a retired test split; None if it may."""
    if version_id is None or split != Split.TEST:
        return None
    retired = RetiredTestSplit.objects.filter(version=version_id).select_related("version").first()
    if retired is None:
        return None
    return message("runs.test_split_retired", number=retired.version.number)
