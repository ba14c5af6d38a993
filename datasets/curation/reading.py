"""Which golden examples a person may not read for now. Other apps add the reasons.

An app that has one calls `register_visibility_rule` when it starts; every page, file and API answer
that shows the text of an example asks here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

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
    """Hide the examples of this rule from now on. Adding it twice is the same as once."""
    if rule not in _RULES:
        _RULES.append(rule)


def readable_by(user: User, project: Project) -> Q:
    """Return the condition for the examples of the project that this person may read."""
    condition = Q()
    for rule in _RULES:
        condition &= ~Q(pk__in=rule.hidden(user, project).values("pk"))
    return condition


def with_visibility(
    examples: QuerySet[GoldenExample], user: User, project: Project
) -> QuerySet[GoldenExample]:
    """Have the statement that reads examples ask every rule too, for `require_readable`."""
    same = OuterRef("pk")
    hidden = [Exists(rule.hidden(user, project).filter(pk=same)) for rule in _RULES]
    return examples.annotate(**{_flag(at): exists for at, exists in enumerate(hidden)})


def require_readable(user: User, example: GoldenExample) -> None:
    """Check that no rule hides the example from the user.

    Raises:
        PermissionDeniedError: a rule hides it.
    """
    for at, rule in enumerate(_RULES):
        is_hidden = getattr(example, _flag(at), None)
        if is_hidden is None:
            is_hidden = rule.hidden(user, example.project).filter(pk=example.pk).exists()
        if is_hidden:
            raise PermissionDeniedError(rule.denied_reason)


def _flag(at: int) -> str:
    """Return the name of the annotation in which a rule's answer is kept."""
    return f"is_hidden_by_rule_{at}"


def hidden_from(user: User, project: Project) -> Iterator[tuple[QuerySet[GoldenExample], str]]:
    """Yield the examples that each rule hides from this person, with the reason."""
    for rule in _RULES:
        yield rule.hidden(user, project), rule.denied_reason
