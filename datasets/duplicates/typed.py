"""Finds the examples that unsaved text is like, while it is typed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from datasets.curation.lifecycle import State
from datasets.curation.models import GoldenExample
from datasets.duplicates.pairs import readable
from datasets.similarity.lookup import Neighbour, Signed, neighbours
from datasets.similarity.models import SimilarPair
from datasets.similarity.signatures import Kind, sign
from reviewapp.people.models import Project, User

MAX_SHOWN = 5
NO_EXAMPLE = 0


@dataclass(frozen=True)
class Typist:
    """A user who types, and the example whose text it is; NO_EXAMPLE is a new one."""

    user: User
    example_id: int = NO_EXAMPLE


@dataclass(frozen=True)
class LikeTyped:
    """An example that unsaved text is like, with the percents of question and answer."""

    other: GoldenExample
    question: int
    answer: int | None
    is_near: bool


def like_typed(
    project: Project, messages: Iterable[Mapping[str, Any]], typist: Typist
) -> list[LikeTyped]:
    """Return the examples that unsaved messages in normal form are like, the most alike first.

    Left out are retired ones, those that are hidden from the typist, and those that were
    declared no duplicates of this example.
    """
    signed = Signed(typist.example_id, sign(messages))
    found = neighbours(project.pk, [signed]).get(typist.example_id, [])
    if not found:
        return []
    ids = {near.example_id for near in found} - _dismissed(typist.example_id)
    shown = readable(project, typist.user, ids).exclude(state=State.RETIRED).in_bulk()
    likes = [_like(shown[near.example_id], near) for near in found if near.example_id in shown]
    return likes[:MAX_SHOWN]


def _dismissed(example_id: int) -> set[int]:
    pairs = SimilarPair.objects.filter(
        Q(first=example_id) | Q(second=example_id), dismissed_at__isnull=False
    )
    return {pk for pair in pairs.values_list("first_id", "second_id") for pk in pair}


def _like(other: GoldenExample, near: Neighbour) -> LikeTyped:
    return LikeTyped(other, near.question, near.answer, near.kind is Kind.NEAR)
