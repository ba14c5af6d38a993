"""Mark notifications as read, and delete old ones."""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from reviewapp.notifications.models import MailJob, Notification, NotificationQuerySet
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import permissions_of

KEEP: Final = timedelta(days=180)


def mark_read(
    *, user: User, notification_id: int | None = None, among: NotificationQuerySet | None = None
) -> int:
    """Mark one notification of a user, or all of them, as read; return how many were not.

    Args:
        among: only these; None for all.
    """
    rows = Notification.objects.all() if among is None else among
    unread = rows.filter(user=user).unread()
    if notification_id is not None:
        unread = unread.filter(pk=notification_id)
    return unread.update(read_at=timezone.now())


def forget_former_member(project: Project, user: User, _actor: User) -> None:
    """Delete the notifications of a project that a user may no longer see."""
    if not permissions_of(user, project):
        Notification.objects.filter(project=project, user=user).delete()


def delete_old() -> int:
    """Delete notifications and ended mail jobs that are older than half a year."""
    before = timezone.now() - KEEP
    MailJob.objects.filter(finished_at__lt=before).delete()
    deleted, _ = Notification.objects.filter(created_at__lt=before).delete()
    return deleted
