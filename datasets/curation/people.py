"""Authors and reviewers of examples: conditions of the filter, choices, and cells of columns."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from datasets.curation.columns import Column, register_column
from datasets.curation.conditions import register_condition
from datasets.curation.facets import facets_of
from datasets.curation.filters import PersonWord, SortKey
from datasets.curation.models import GoldenExample, Review
from reviewapp.core.db.compiled import CompiledQuery
from reviewapp.core.formats import listed
from reviewapp.people.models import Project, User


def _written_by(ids: Collection[int], _project: Project) -> Q:
    return Q(authors__overlap=[*ids])


def _reviewed_by(ids: Collection[int], project: Project) -> Q:
    reviews = Review.objects.filter(reviewer__in=ids, revision__example__project=project)
    return Q(pk__in=reviews.order_by().values("revision__example"))


def _assigned_to(ids: Collection[int], _project: Project) -> Q:
    return Q(assignment__assignee__in=ids)


_CONDITIONS: Final = {"author": _written_by, "reviewer": _reviewed_by, "assignee": _assigned_to}


def people_named(beginning: str, project: Project) -> list[User]:
    """Return the members, authors and reviewers with a word of this beginning, or this address."""
    facets = facets_of(project)
    known = {*facets.authors, *facets.reviewers}
    people = User.objects.filter(Q(memberships__project=project) | Q(pk__in=known)).distinct()
    start = beginning.casefold()
    words = ((user, f"{user} {user.email}".casefold()) for user in people)
    return [user for user, text in words if text.startswith(start) or f" {start}" in text]


def _named(words: Sequence[PersonWord], _user: User, project: Project) -> Q:
    """Return the condition for words such as `author:giulia`; an unknown name finds nothing."""
    condition = Q()
    for word in words:
        ids = [person.pk for person in people_named(word.name, project)]
        condition &= _CONDITIONS[word.part](ids, project) if ids else Q(pk__in=[])
    return condition


def people_choices(ids: Sequence[int], chosen: str, project: Project) -> list[tuple[str, str]]:
    """Return ids, as text, and names of people by name, of a chosen member too.

    Other chosen ids have no name here: a URL must not tell who else has an account.
    """
    number = int(chosen) if chosen.isdecimal() else 0
    if not ids and not number:
        return []
    rows = _CHOICES.rows(ids=[*ids], chosen=number, project=project.pk)
    return [(str(pk), name or email) for pk, name, email in rows]


def _choices(ids: int, chosen: int, project: int) -> QuerySet[User, tuple[int, str, str]]:
    is_chosen = Q(pk=chosen, memberships__project=project)
    people = User.objects.filter(Q(pk__in=[ids]) | is_chosen).distinct()
    return people.order_by("name", "email").values_list("pk", "name", "email")


_CHOICES: Final = CompiledQuery(_choices, "ids", "chosen", "project")


def _authors(rows: Sequence[GoldenExample], _user: User, _project: Project) -> Mapping[int, str]:
    names = _names({pk for example in rows for pk in example.authors})
    return {
        example.pk: listed([names[pk] for pk in example.authors if pk in names])
        for example in rows
        if example.authors
    }


def _reviewers(rows: Sequence[GoldenExample], _user: User, _project: Project) -> Mapping[int, str]:
    """Return who decided last on each example."""
    latest = Review.objects.filter(revision__example__in=[example.pk for example in rows])
    latest = latest.order_by("revision__example", "-at", "-pk").distinct("revision__example")
    found = dict(latest.values_list("revision__example", "reviewer"))
    names = _names(set(found.values()))
    return {example: names[reviewer] for example, reviewer in found.items()}


def _names(ids: Collection[int]) -> dict[int, str]:
    return {pk: name or email for pk, name, email in _NAMES.rows(ids=[*ids])}


_NAMES: Final = CompiledQuery(
    lambda ids: User.objects.filter(pk__in=[ids]).values_list("pk", "name", "email"), "ids"
)


def register_people() -> None:
    """Filter the queue by authors and reviewers, and offer the columns of both."""
    register_condition("author", lambda pk, _user, project: _written_by([int(pk)], project))
    register_condition("reviewer", lambda pk, _user, project: _reviewed_by([int(pk)], project))
    register_condition("people", _named)
    register_column(Column("author", _("Author"), SortKey.AUTHOR, is_default=False), _authors)
    reviewer = Column("reviewer", _("Reviewer"), SortKey.REVIEWER, is_default=False)
    register_column(reviewer, _reviewers)
