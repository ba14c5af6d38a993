"""Assignees of an example, as its events hold them."""

from typing import Any, Final

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, NullIf

from datasets.curation.models import ExampleEvent
from reviewapp.people.models import User

ASSIGN_EVENT: Final = "assign"
"""The action of an example's event of a new assignee or due date."""


def with_assignee(events: "QuerySet[ExampleEvent, Any]") -> "QuerySet[ExampleEvent, Any]":
    """Return events with `assignee_name`; None for nobody, and for other events."""
    assignee = Cast(KT("detail__to__assignee"), BigIntegerField())
    users = User.objects.filter(pk=OuterRef("assignee"))
    name = Coalesce(NullIf("name", Value("")), "email", output_field=CharField())
    return events.annotate(
        assignee=Case(When(action=ASSIGN_EVENT, then=assignee)),
        assignee_name=Subquery(users.values_list(name)),
    )
