"""Chooses what to do with rows of an import that are near-duplicates of existing examples."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from datasets.curation.models import GoldenExample
from datasets.ingest.files.raw import PreparedRow
from datasets.ingest.models import ImportBatch, ImportNearDuplicate, NearDuplicates
from datasets.similarity.lookup import Neighbour, Signed, neighbours
from datasets.similarity.signatures import Kind
from reviewapp.core.db.copying import copy_rows, reserve_ids

TAG = "near-duplicate"
"""The tag of flagged rows, by which the queue filters and bulk actions select."""


@dataclass(frozen=True)
class ReservedRow:
    """A row with the id that its example will have."""

    prepared: PreparedRow
    example_id: int


@dataclass(frozen=True)
class ComparedRows:
    """The rows to store, what each is like, and the near-duplicates among all rows."""

    taken: list[ReservedRow]
    like: Mapping[int, Sequence[Neighbour]]
    near: list[tuple[ReservedRow, Neighbour]]
    skipped: frozenset[int]

    @property
    def signed(self) -> list[Signed]:
        """The signatures of the rows to store."""
        return [Signed(row.example_id, row.prepared.signature) for row in self.taken]


def compare_rows(batch: ImportBatch, rows: Sequence[PreparedRow]) -> ComparedRows:
    """Compare new rows with the examples of the project and with earlier rows.

    A row that is left out is not compared with later ones: of three rows that are alike only in a
    chain, the first and the last are taken.
    """
    ids = reserve_ids(GoldenExample, len(rows))
    reserved = [ReservedRow(row, pk) for row, pk in zip(rows, ids, strict=True)]
    signed = [Signed(row.example_id, row.prepared.signature) for row in reserved]
    like = neighbours(batch.project_id, signed)
    skipped: set[int] = set()
    near: list[tuple[ReservedRow, Neighbour]] = []
    taken = []
    for row in reserved:
        found = _near(like.get(row.example_id, ()), skipped)
        if found is not None:
            near.append((row, found))
        if found is None or batch.near_duplicates == NearDuplicates.KEEP:
            taken.append(row)
        elif batch.near_duplicates == NearDuplicates.FLAG:
            taken.append(replace(row, prepared=_flagged(row.prepared)))
        else:
            skipped.add(row.example_id)
    left = {
        pk: [other for other in found if other.example_id not in skipped]
        for pk, found in like.items()
        if pk not in skipped
    }
    return ComparedRows(taken, left, near, frozenset(skipped))


def store_near_duplicates(batch: ImportBatch, compared: ComparedRows) -> None:
    """Store which rows were near-duplicates of which examples, for the import's page."""
    copy_rows(
        ImportNearDuplicate,
        (
            {
                "batch_id": batch.pk,
                "line": row.prepared.line,
                "example_id": None if row.example_id in compared.skipped else row.example_id,
                "other_id": near.example_id,
                "question": near.question,
                "answer": near.answer,
            }
            for row, near in compared.near
        ),
    )


def _near(found: Iterable[Neighbour], skipped: set[int]) -> Neighbour | None:
    near = (other for other in found if other.kind is Kind.NEAR and other.example_id not in skipped)
    return next(near, None)


def _flagged(prepared: PreparedRow) -> PreparedRow:
    content = prepared.row.content
    tags = [*(tag for tag in content.tags if tag != TAG), TAG]
    return replace(prepared, row=replace(prepared.row, content=replace(content, tags=tags)))
