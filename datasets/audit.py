"""The events of golden examples and dataset versions in the audit trail."""

from django.urls import reverse

from datasets.curation.models import ExampleEvent
from datasets.versions.models import VersionEvent
from reviewapp.core.audit.registry import EventSource

EVENTS = (
    EventSource(
        "example",
        ExampleEvent,
        subject="example",
        link=lambda slug, event: reverse("datasets:example", args=[slug, event.example_id]),
    ),
    EventSource(
        "version",
        VersionEvent,
        subject="version",
        link=lambda slug, event: reverse("datasets:version", args=[slug, event.version.number]),
        also_select=("version__project",),
    ),
)
