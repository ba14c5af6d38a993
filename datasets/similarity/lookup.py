"""Looks up the examples of a project whose questions are like given ones, through the bands."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from datasets.similarity.signatures import (
    ALIKE,
    EQUAL,
    Kind,
    Side,
    Signature,
    kind_of,
    likeness,
)
from reviewapp.core.db.prepared import fetch_all

MAX_IN_BAND: Final = 50
"""Examples read of one band, the oldest: a common text would match a large part of a project."""
MAX_NEIGHBOURS: Final = 20
"""Pairs kept for one example, those most alike."""

_CANDIDATES: Final = """
SELECT found.number, s.example_id, s.question_digest, s.question_hashes, s.answer_digest,
       s.answer_hashes
FROM (
    SELECT DISTINCT asked.number, band.example_id
    FROM unnest(%(numbers)s::int[], %(bands)s::bigint[]) AS asked (number, value)
    CROSS JOIN LATERAL (
        SELECT example_id FROM datasets_similarityband
        WHERE value = asked.value ORDER BY value, example_id LIMIT %(limit)s
    ) band
) found
JOIN datasets_examplesignature s ON s.example_id = found.example_id
"""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An example that is like the one asked about, with the percents of question and answer.

    `answer` is None where one of the two has no answer.
    """

    example_id: int
    question: int
    answer: int | None
    kind: Kind

    @property
    def is_equal(self) -> bool:
        """Whether question and answer have the same normal form."""
        return self.question == self.answer == EQUAL


@dataclass(frozen=True, slots=True)
class Signed:
    """An example, or a row that becomes one, with its signature."""

    example_id: int
    signature: Signature


def mixed_bands(project_id: int, signature: Signature) -> list[int]:
    """Return the bands as they are stored for a project, as 64 bits with a sign."""
    mask = (project_id * 0x9E3779B97F4A7C15) & 0x7FFF_FFFF_FFFF_FFFF
    return [band ^ mask for band in signature.bands]


def neighbours(project_id: int, signed: Sequence[Signed]) -> dict[int, list[Neighbour]]:
    """Return for each example those that are like it: stored ones, and earlier ones of the list.

    The most alike come first; examples without any are left out.
    """
    found: dict[int, list[Neighbour]] = defaultdict(list)
    for asked, example_id, signature in (
        *_stored(project_id, signed),
        *_among(project_id, signed),
    ):
        if example_id != asked.example_id and (
            near := compare(asked.signature, signature, example_id)
        ):
            found[asked.example_id].append(near)
    return {example_id: _closest(near) for example_id, near in found.items()}


def compare(mine: Signature, other: Signature, example_id: int) -> Neighbour | None:
    """Return what the other example is to the first one; None if they are not alike."""
    question = likeness(mine.question, other.question)
    if question is None or question < ALIKE:
        return None
    answer = likeness(mine.answer, other.answer)
    kind = kind_of(question, answer)
    return Neighbour(example_id, question, answer, kind) if kind else None


def _stored(project_id: int, signed: Sequence[Signed]) -> Iterator[tuple[Signed, int, Signature]]:
    asked = [
        (number, band)
        for number, asked_about in enumerate(signed)
        for band in mixed_bands(project_id, asked_about.signature)
    ]
    if not asked:
        return
    params = {
        "numbers": _array(number for number, _ in asked),
        "bands": _array(band for _, band in asked),
        "limit": MAX_IN_BAND,
    }
    # Those that are being replaced are compared with their new texts.
    own = {example.example_id for example in signed}
    for number, example_id, question_digest, question, answer_digest, answer in _candidates(
        signed, params
    ):
        if example_id not in own:
            sides = Side(question_digest, bytes(question)), Side(answer_digest, bytes(answer))
            yield signed[number], example_id, Signature(*sides, ())


def _array(numbers: Iterable[int]) -> str:
    """Return an array as the database writes it; psycopg takes long for each number of a list."""
    return "{" + ",".join(map(str, numbers)) + "}"


def _candidates(signed: Sequence[Signed], params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Return the stored signatures with a common band; the look-up of one example is prepared.

    Planning takes half of it. An import fills the tables that a kept plan took for small.
    """
    if len(signed) == 1:
        return fetch_all(_CANDIDATES, params)
    with connection.cursor() as cursor:
        cursor.execute(_CANDIDATES, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _among(project_id: int, signed: Sequence[Signed]) -> Iterator[tuple[Signed, int, Signature]]:
    """Yield pairs of the list with a common band, each with the earlier one as the neighbour."""
    if len(signed) == 1:
        return
    by_band: dict[int, list[int]] = defaultdict(list)
    for number, asked_about in enumerate(signed):
        earlier: set[int] = set()
        for band in mixed_bands(project_id, asked_about.signature):
            members = by_band[band]
            earlier.update(members)
            if len(members) < MAX_IN_BAND:
                members.append(number)
        for at in sorted(earlier):
            yield asked_about, signed[at].example_id, signed[at].signature


def _closest(found: Iterable[Neighbour]) -> list[Neighbour]:
    by_likeness = sorted(
        found, key=lambda near: (-near.question, -(near.answer or 0), near.example_id)
    )
    return by_likeness[:MAX_NEIGHBOURS]
