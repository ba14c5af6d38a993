"""Visibility of golden examples: rules of other apps that hide some from a user for a time.

An app registers its rule with `register_visibility_rule` when it starts. Every page, file and API
response that shows the text of an example applies the rules.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.functional import Promise

from datasets.curation.conditions import meeting_conditions
from datasets.curation.filters import ExampleFilter
from datasets.curation.models import GoldenExample
from datasets.curation.models.examples import GoldenExampleQuerySet
from reviewapp.core.errors import PermissionDeniedError
from reviewapp.people.models import Project, User


@dataclass(frozen=True)
class VisibilityRule:
    """A reason to hide examples.

    Attributes:
        hidden: returns the examples of a project that are hidden from a user.
        denied_reason: the sentence for the user, with what to do; may be lazily translated.
        may_hide: returns whether it can hide anything at present; a cheap question, as most
            members vote in no run.
    """

    hidden: Callable[[User, Project], QuerySet[GoldenExample]]
    denied_reason: str | Promise
    may_hide: Callable[[User, Project], bool] = lambda _user, _project: True


_RULES: list[VisibilityRule] = []


def register_visibility_rule(rule: VisibilityRule) -> None:
    """Apply the rule from now on. Registering it twice has no further effect."""
    if rule not in _RULES:
        _RULES.append(rule)


def readable_by(user: User, project: Project, *, asks_first: bool = True) -> Q:
    """Return the condition for the examples of the project that the user may read.

    Args:
        asks_first: whether each rule is asked if it can hide anything; without that the condition
            costs no query of its own, and makes that of the examples longer.
    """
    condition = Q()
    for rule in _RULES:
        if not asks_first or rule.may_hide(user, project):
            condition &= ~Q(pk__in=rule.hidden(user, project).values("pk"))
    return condition


def hidden_among(example_ids: Collection[int], user: User, project: Project) -> set[int]:
    """Return those of these examples of the project that the user may not read."""
    if not example_ids:
        return set()
    return {
        pk
        for hidden, _reason in hidden_from(user, project)
        for pk in hidden.filter(pk__in=example_ids).values_list("pk", flat=True)
    }


def searched(
    examples: GoldenExampleQuerySet, example_filter: ExampleFilter, user: User, project: Project
) -> GoldenExampleQuerySet:
    """Apply what depends on the reader: registered conditions, and what is hidden from them.

    Hidden examples are left out where a text is searched: a hit would tell what they say.
    """
    examples = meeting_conditions(examples, example_filter, user, project)
    return examples.filter(readable_by(user, project)) if example_filter.q else examples


def with_visibility(
    examples: QuerySet[GoldenExample], user: User, project: Project
) -> QuerySet[GoldenExample]:
    """Annotate examples with the result of every rule, so that `require_readable` asks no query."""
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
            raise PermissionDeniedError(str(rule.denied_reason))


def _flag(at: int) -> str:
    """Return the name of the annotation with a rule's result."""
    return f"is_hidden_by_rule_{at}"


def hidden_from(user: User, project: Project) -> Iterator[tuple[QuerySet[GoldenExample], str]]:
    """Yield the examples that each rule hides from the user, with the reason."""
    for rule in _RULES:
        if rule.may_hide(user, project):
            yield rule.hidden(user, project), str(rule.denied_reason)
