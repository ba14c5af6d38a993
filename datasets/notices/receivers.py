"""The signals that notifications about examples and imports follow."""

from django.db.models.signals import post_save

from datasets.assignments.signals import assigned
from datasets.comments import notices as comments
from datasets.curation.models import ExampleEvent
from datasets.ingest.signals import import_failed
from reviewapp.notifications.receivers import connect_lazily


def connect() -> None:
    """Connect the receivers; called when the app starts."""
    connect_lazily(assigned, "datasets.notices.actions.on_assigned")
    connect_lazily(comments.sent, "datasets.notices.actions.on_comment")
    connect_lazily(comments.read, "datasets.notices.actions.on_read_threads")
    connect_lazily(import_failed, "datasets.notices.actions.on_failed_import")
    on_event = "datasets.notices.actions.on_example_event"
    connect_lazily(post_save, on_event, sender=ExampleEvent)
