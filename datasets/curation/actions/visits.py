"""Visits: that a member has the editor of an example open. As drafts, they give no events."""

from django.utils import timezone

from datasets.curation.models import ExampleVisit
from datasets.curation.presence import VISIT_LASTS
from reviewapp.people.models import User


def note_visit(*, example_id: int, user: User) -> None:
    """Store that the user has the example open, and forget the user's pages that were left."""
    now = timezone.now()
    ExampleVisit.objects.filter(user=user, seen_at__lt=now - VISIT_LASTS).delete()
    ExampleVisit.objects.bulk_create(
        [ExampleVisit(example_id=example_id, user=user, seen_at=now)],
        update_conflicts=True,
        unique_fields=["example", "user"],
        update_fields=["seen_at"],
    )


def end_visit(*, example_id: int, user: User) -> None:
    """Store that the user has left the example."""
    ExampleVisit.objects.filter(example=example_id, user=user).delete()
