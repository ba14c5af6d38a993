"""Conditions of the queue's filter: whom examples wait for, languages, assignees, due dates."""

from functools import reduce
from operator import or_

from django.db.models import Q
from django.utils import timezone

from datasets.curation.filters import UNASSIGNED, DueFilter, ExampleFilter
from datasets.curation.lifecycle import State
from reviewapp.people.models import User

OPEN_STATES = (State.DRAFT, State.CHANGES_REQUESTED)
"""The states in which an example waits for its assignee."""
OPEN = Q(state__in=OPEN_STATES)


def waits_for_review_by(user: User) -> Q:
    """Return the condition of examples in review that neither they nor their maker wrote."""
    return Q(state=State.IN_REVIEW) & ~Q(authors__overlap=_barred(user))


def is_own_in_review(user: User) -> Q:
    """Return the condition of examples in review that they or their maker wrote."""
    return Q(state=State.IN_REVIEW, authors__overlap=_barred(user))


def _barred(user: User) -> list[int]:
    """Return whose examples they must not review: their own, and those of their maker.

    Their maker made the user's account and knows its password.
    """
    account_maker = user.password_known_to()
    return [user.pk] if account_maker is None else [user.pk, account_maker]


def is_returned_to(user: User) -> Q:
    """Return the condition of examples with requested changes that the user or nobody wrote."""
    mine = Q(authors__contains=[user.pk]) | Q(authors=[])
    return mine & Q(state=State.CHANGES_REQUESTED)


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
