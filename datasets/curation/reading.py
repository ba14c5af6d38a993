"""Which golden examples a person may not read for now. Other apps add the reasons.

An app that has one calls `register_visibility_rule` when it starts; every page, file and API answer
that shows the text of an example asks here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from datasets.curation.models import GoldenExample
from reviewapp.core.errors import PermissionDeniedError
from reviewapp.people.models import Project, User


@dataclass(frozen=True)
class VisibilityRule:
    """A reason to hide examples.

    Attributes:
        hidden: returns the examples of a project that are hidden from a person.
        denied_reason: what the person is told, with what to do.
    """

    hidden: Callable[[User, Project], QuerySet[GoldenExample]]
    denied_reason: str


_RULES: list[VisibilityRule] = []


def register_visibility_rule(rule: VisibilityRule) -> None:
    """Hide from now on what this rule says. Adding it twice is the same as once."""
    if rule not in _RULES:
        _RULES.append(rule)


def readable_by(user: User, project: Project) -> Q:
    """Return the condition for the examples of the project that this person may read."""
    condition = Q()
    for rule in _RULES:
        condition &= ~Q(pk__in=rule.hidden(user, project).values("pk"))
    return condition


def require_readable(user: User, example: GoldenExample) -> None:
    """Let those through who may read the example.

    Raises:
        PermissionDeniedError: a rule hides it from them.
    """
    for rule in _RULES:
        if rule.hidden(user, example.project).filter(pk=example.pk).exists():
            raise PermissionDeniedError(rule.denied_reason)


def hidden_from(user: User, project: Project) -> Iterator[tuple[QuerySet[GoldenExample], str]]:
    """Yield the examples that each rule hides from this person, with the reason."""
    for rule in _RULES:
        yield rule.hidden(user, project), rule.denied_reason
