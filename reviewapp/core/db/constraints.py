"""Check constraints that are built from enums, so that no word is written twice."""

from collections.abc import Iterable

from django.db.models import CheckConstraint, Q


def known_choice(name: str, column: str, choices: Iterable[str]) -> CheckConstraint:
    """Return the constraint that a column holds one of the choices.

    Args:
        name: name of the constraint.
        column: field of the model.
        choices: an enum of strings, or some of its members.
    """
    values = [str(choice) for choice in choices]
    return CheckConstraint(name=name, condition=Q(**{f"{column}__in": values}))
