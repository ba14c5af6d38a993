"""Facets: the values that the queue can be filtered by."""

from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import Exists, F, Func, OuterRef, QuerySet

from datasets.curation.models import Intent, Policy, Review
from reviewapp.people.models import Project

# Reading the facets of 100,000 examples takes a tenth of a second, and new values are rare.
CACHE_SECONDS = 60


@dataclass(frozen=True)
class Facets:
    """The values of each filter, sorted. Policies are slugs; authors and reviewers are ids.

    Attributes:
        examples: how many the project has.
    """

    intents: list[str]
    languages: list[str]
    tags: list[str]
    policies: list[str]
    sources: list[str]
    authors: list[int]
    reviewers: list[int]
    examples: int


def facets_of(project: Project) -> Facets:
    """Return the facets of a project's examples, at most a minute old."""
    key = f"facets-with-number-{project.pk}"
    facets = cache.get(key)
    if not isinstance(facets, Facets):
        facets = _read(project)
        cache.set(key, facets, CACHE_SECONDS)
    return facets


def _read(project: Project) -> Facets:
    examples = project.examples.order_by()
    tags, authors = (
        examples.values_list(Func(F(name), function="unnest"), flat=True).distinct()
        for name in ("tags", "authors")
    )
    reviews = Review.objects.filter(revision__example__project=project)
    return Facets(
        intents=[*used_intents(project).values_list("name", flat=True)],
        languages=_words(examples.values_list("language", flat=True).distinct()),
        tags=_words(tags),
        policies=[*Policy.objects.filter(project=project).values_list("slug", flat=True)],
        sources=_words(examples.values_list("source", flat=True).distinct()),
        authors=[*authors],
        reviewers=[*reviews.order_by().values_list("reviewer", flat=True).distinct()],
        examples=examples.count(),
    )


def used_intents(project: Project) -> QuerySet[Intent]:
    """Return the intents of examples, without those that only deleted ones have."""
    used = project.examples.filter(intent=OuterRef("pk")).order_by()
    return Intent.objects.filter(Exists(used), project=project)


def _words(values: object) -> list[str]:
    return sorted(str(value) for value in values if value)  # type: ignore[attr-defined]
