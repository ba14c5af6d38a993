"""Reads the pairs of like examples that a user may see."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value

from datasets.curation.lifecycle import State
from datasets.curation.models import GoldenExample
from datasets.curation.visibility import readable_by
from datasets.duplicates.clusters import components
from datasets.similarity.models import SimilarPair
from datasets.similarity.signatures import Kind
from reviewapp.people.models import Project, User


@dataclass(frozen=True)
class LikeExample:
    """An example that is like another one, as the page of the other one shows it."""

    pair: SimilarPair
    other_id: int

    @property
    def is_near(self) -> bool:
        """Whether the answers are alike too."""
        return self.pair.kind == Kind.NEAR


def open_pairs(project: Project) -> QuerySet[SimilarPair]:
    """Return the pairs of a project that are not dismissed and of which neither is retired."""
    retired = Q(first__state=State.RETIRED) | Q(second__state=State.RETIRED)
    return SimilarPair.objects.filter(project=project, dismissed_at=None).exclude(retired)


def like_examples(example: GoldenExample, user: User) -> list[LikeExample]:
    """Return the examples that are like this one, the most alike first, and dismissed ones last.

    Retired examples and those that are hidden from the user are left out.
    """
    if example.state == State.RETIRED:
        return []
    other = F("first_id") + F("second_id") - Value(example.pk)
    shown_ones = GoldenExample.objects.filter(readable_by(user, example.project, asks_first=False))
    others = shown_ones.filter(pk=OuterRef("other")).exclude(state=State.RETIRED)
    pairs = SimilarPair.objects.filter(Q(first=example.pk) | Q(second=example.pk))
    found = pairs.annotate(other=other).filter(Exists(others)).select_related("dismissed_by")
    shown = [LikeExample(pair, pair.other) for pair in found]
    return sorted(
        shown,
        key=lambda like: (
            like.pair.dismissed_at is not None,
            -like.pair.question,
            -(like.pair.answer or 0),
            like.other_id,
        ),
    )


def readable(project: Project, user: User, ids: Iterable[int]) -> QuerySet[GoldenExample]:
    """Return those of the examples that the user may read now."""
    found = GoldenExample.objects.filter(project=project, pk__in=[*ids])
    return found.filter(readable_by(user, project)).defer("metadata")


def clusters_of(project: Project, kind: Kind, user: User | None) -> list[list[int]]:
    """Return the ids of each cluster of a kind, the largest first.

    Args:
        user: who reads them, from whom some examples may be hidden; None is a command.
    """
    ends = [*open_pairs(project).filter(kind=kind).values_list("first_id", "second_id")]
    ids = {example_id for pair in ends for example_id in pair}
    shown = GoldenExample.objects.filter(project=project, pk__in=ids)
    if user is not None:
        shown = shown.filter(readable_by(user, project))
    allowed = {*shown.values_list("pk", flat=True)}
    found = components(pair for pair in ends if allowed.issuperset(pair))
    return sorted(map(sorted, found), key=lambda members: (-len(members), members))


def unsigned_in(project: Project) -> int:
    """Return how many examples of a project have not been compared yet."""
    return GoldenExample.objects.filter(project=project, signature=None, erased_at=None).count()
