"""The events of a project in the audit trail."""

from django.urls import reverse

from reviewapp.core.audit.registry import EventSource
from reviewapp.people.models import ProjectEvent

EVENTS = (
    EventSource(
        "project",
        ProjectEvent,
        subject="subject",
        link=lambda slug, _event: reverse("project_home", args=[slug]),
    ),
)
