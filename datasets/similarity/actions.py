"""Stores signatures of examples and the pairs that they form."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Q

from datasets.similarity.lookup import Neighbour, Signed, mixed_bands, neighbours
from datasets.similarity.models import ExampleSignature, SimilarPair
from datasets.similarity.signatures import SCHEME, sign
from reviewapp.core.db.copying import copy_rows

# A dismissed pair stays dismissed while its two examples are alike.
_REPLACE_PAIRS = """
INSERT INTO datasets_similarpair AS old (project_id, first_id, second_id, question, answer, kind)
SELECT %(project)s, p.* FROM unnest(
    %(first)s::bigint[], %(second)s::bigint[], %(question)s::int[], %(answer)s::int[],
    %(kind)s::text[]) p
ORDER BY 2, 3
ON CONFLICT (first_id, second_id) DO UPDATE
SET question = excluded.question, answer = excluded.answer, kind = excluded.kind
"""


def sign_example(project_id: int, example_id: int, messages: Iterable[Mapping[str, Any]]) -> None:
    """Replace the signature and the pairs of an example whose text has changed.

    The caller has locked the example.
    """
    sign_examples(project_id, {example_id: messages})


def sign_examples(project_id: int, texts: Mapping[int, Iterable[Mapping[str, Any]]]) -> None:
    """Replace the signatures and pairs of examples, whose messages are given by id, as above."""
    made = (Signed(example_id, sign(messages)) for example_id, messages in texts.items())
    signed = _changed(project_id, list(made))
    if not signed:
        return
    found = neighbours(project_id, signed)
    rows = [_signature(project_id, example) for example in signed]
    ExampleSignature.objects.bulk_create(
        [ExampleSignature(**values) for values in rows],
        update_conflicts=True,
        unique_fields=["example"],
        update_fields=[name for name in rows[0] if name != "example_id"],
    )
    current = dict(_pairs(found))
    ids = [example.example_id for example in signed]
    pairs = SimilarPair.objects.filter(Q(first__in=ids) | Q(second__in=ids))
    old = pairs.values_list("pk", "first_id", "second_id")
    gone = [pk for pk, *ends in old if tuple(ends) not in current]
    if gone:
        SimilarPair.objects.filter(pk__in=gone).delete()
    _store_pairs(project_id, found)


def _changed(project_id: int, signed: Sequence[Signed]) -> list[Signed]:
    """Leave out those whose signature is stored already: their pairs are too.

    New labels or another system message change neither. Any other example that has changed since
    found them when it was signed.
    """
    names = [name for name in _signature(project_id, signed[0]) if name != "bands"]
    stored = {
        row["example_id"]: row
        for row in ExampleSignature.objects.filter(
            example__in=[example.example_id for example in signed]
        ).values(*names)
    }
    return [
        example
        for example in signed
        if not _is_stored(_signature(project_id, example), stored.get(example.example_id))
    ]


def _is_stored(signature: Mapping[str, Any], row: Mapping[str, Any] | None) -> bool:
    # The bands follow from the question.
    return row is not None and all(signature[name] == value for name, value in row.items())


def sign_new_examples(
    project_id: int, signed: Sequence[Signed], found: Mapping[int, Sequence[Neighbour]]
) -> None:
    """Store the signatures of examples without one, and the pairs with their neighbours."""
    copy_rows(ExampleSignature, (_signature(project_id, example) for example in signed))
    _store_pairs(project_id, found)


def _signature(project_id: int, signed: Signed) -> dict[str, Any]:
    signature = signed.signature
    return {
        "example_id": signed.example_id,
        "project_id": project_id,
        "scheme": SCHEME,
        "question_digest": signature.question.digest,
        "question_hashes": signature.question.hashes,
        "answer_digest": signature.answer.digest,
        "answer_hashes": signature.answer.hashes,
        "bands": mixed_bands(project_id, signature),
    }


def _store_pairs(project_id: int, found: Mapping[int, Sequence[Neighbour]]) -> None:
    pairs = dict(_pairs(found))
    if not pairs:
        return
    params: dict[str, Any] = {
        "project": project_id,
        "first": [first for first, _ in pairs],
        "second": [second for _, second in pairs],
        "question": [near.question for near in pairs.values()],
        "answer": [near.answer for near in pairs.values()],
        "kind": [near.kind.value for near in pairs.values()],
    }
    with connection.cursor() as cursor:
        cursor.execute(_REPLACE_PAIRS, params)


def _pairs(
    found: Mapping[int, Sequence[Neighbour]],
) -> Iterator[tuple[tuple[int, int], Neighbour]]:
    for example_id, near in found.items():
        for other in near:
            ends = example_id, other.example_id
            yield (min(ends), max(ends)), other
