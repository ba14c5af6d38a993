"""The abstract audit event: an append-only row with who changed what, when and why.

Each aggregate has a table of its own that inherits from this one, so that foreign keys are real.
The runtime database role may only insert and read such rows (docs/audit.md); a trigger rejects
updates and deletes for every role.
"""

from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone

REASON = "reason"
"""The key of `detail` for a reason that the system gives, a `Message` as JSON."""


class AuditEventQuerySet(models.QuerySet[Any]):
    """Events can only be read and added."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Raise: an event is never changed."""
        raise TypeError("Audit events are append-only: they cannot be updated.")

    def delete(self) -> NoReturn:
        """Raise: an event is never deleted."""
        raise TypeError("Audit events are append-only: they cannot be deleted.")


class AuditEvent(models.Model):
    """One change: actor (null is the system), action, state before and after, reason, detail."""

    append_only: ClassVar[bool] = True

    project = models.ForeignKey("people.Project", on_delete=models.PROTECT, related_name="+")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    action = models.CharField(max_length=40)
    before = models.CharField(max_length=200, blank=True)
    after = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)
    detail = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ("-at", "-pk")
        indexes = [models.Index(fields=["project", "-at", "-id"])]

    def __str__(self) -> str:
        return f"{self.action} at {self.at:%Y-%m-%d %H:%M}"
