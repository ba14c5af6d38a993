"""Conditions of the queue's filter on languages, assignees and due dates."""

from functools import reduce
from operator import or_

from django.db.models import Q
from django.utils import timezone

from datasets.curation.filters import UNASSIGNED, DueFilter, ExampleFilter
from datasets.curation.lifecycle import State

OPEN_STATES = (State.DRAFT, State.CHANGES_REQUESTED)
"""The states in which an example waits for its assignee."""
OPEN = Q(state__in=OPEN_STATES)


def language_condition(value: str) -> Q:
    """Return the condition of one language, or of several base codes with all their regions."""
    if "," not in value:
        return Q(language=value)
    codes = [code.strip() for code in value.split(",") if code.strip()]
    found = (Q(language=code) | Q(language__startswith=f"{code}-") for code in codes)
    return reduce(or_, found, Q())


def assignment_condition(example_filter: ExampleFilter) -> Q:
    """Return the condition of the assignee and the due date."""
    condition = Q()
    if example_filter.assignee == UNASSIGNED:
        condition &= Q(assignment=None)
    elif example_filter.assignee:
        condition &= Q(assignment__assignee=int(example_filter.assignee))
    if example_filter.due == DueFilter.OVERDUE:
        condition &= overdue()
    return condition


def overdue() -> Q:
    """Return the condition of examples that wait for their assignee after the due date."""
    return OPEN & Q(due_on__lt=timezone.now().date())
