"""Reads the rows of a file of outcomes of adjudications, or why they are rejected. Pure.

{"id": "a1", "adjudicator": "name", "verdict": "candidate|baseline|tie_good|tie_bad",
 "left": "candidate|baseline", "note": "...", "at": "2026-05-12T09:30:00Z"}
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from datasets.conversations.errors import RowError, ShapeError
from datasets.ingest.files.json_rows import objects_in
from evaluation.results.vote_rows import id_in, name_in, side_in, time_in, verdict_in
from evaluation.stats.verdicts import Contender, Verdict
from evaluation.voting.feedback import MAX_FEEDBACK_LENGTH, is_storable


@dataclass(frozen=True)
class OutcomeRow:
    """A lead's decision on one comparison, made elsewhere."""

    line: int
    external_id: str
    adjudicator: str
    verdict: Verdict
    left: Contender
    note: str
    at: datetime


def read_outcomes(file: IO[bytes]) -> Iterator[OutcomeRow | RowError]:
    """Yield the rows of a file of outcomes, which is opened in binary mode, in order."""
    for number, found in objects_in(file):
        if isinstance(found, RowError):
            yield found
            continue
        try:
            yield _outcome(number, found)
        except ShapeError as error:
            yield RowError(number, error.message)


def _outcome(number: int, row: Mapping[str, Any]) -> OutcomeRow:
    left, at = side_in(row), time_in(row)
    if left is None or at is None:
        raise ShapeError("results.outcome_incomplete")
    return OutcomeRow(
        line=number,
        external_id=id_in(row),
        adjudicator=name_in(row, "adjudicator"),
        verdict=verdict_in(row),
        left=left,
        note=_note(row),
        at=at,
    )


def _note(row: Mapping[str, Any]) -> str:
    value = row.get("note") or ""
    if not isinstance(value, str) or not is_storable(value, limit=MAX_FEEDBACK_LENGTH):
        raise ShapeError("results.note_malformed", limit=MAX_FEEDBACK_LENGTH)
    return value
