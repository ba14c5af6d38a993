"""Reads the rows of a file of votes, or the reasons why they are rejected. Pure.

{"id": "a1", "rater": "name", "verdict": "candidate|baseline|tie_good|tie_bad",
 "left": "candidate|baseline", "rationale": "...", "at": "2026-05-12T09:30:00Z",
 "criteria": {"tone": "candidate|baseline|tie_good|tie_bad"},
 "reasons": {"candidate": ["correct"], "baseline": ["wrong"]}, "recognised": true}
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, Any

from datasets.conversations.chat import normalise_name
from datasets.conversations.errors import RowError, ShapeError
from datasets.conversations.messages import MAX_ID_LENGTH, id_text
from datasets.ingest.files.json_rows import objects_in
from evaluation.stats.verdicts import Contender, Verdict
from evaluation.voting.feedback import BAD, CODES, GOOD, is_storable

MAX_NAME_LENGTH = 150
MAX_RATIONALE_LENGTH = 10_000
YEARS = range(1970, 2100)


@dataclass(frozen=True)
class VoteRow:
    """One vote cast elsewhere. `left` and `at` are None where the file does not have them."""

    line: int
    external_id: str
    rater: str
    verdict: Verdict
    left: Contender | None = None
    rationale: str = ""
    at: datetime | None = None
    # The verdict on each criterion that was answered, by its key.
    criteria: Mapping[str, Verdict] = field(default_factory=dict)
    # Codes by the side shown, as a vote stores them.
    reasons: Mapping[str, list[str]] = field(default_factory=dict)
    recognised: bool = False


def read_votes(file: IO[bytes]) -> Iterator[VoteRow | RowError]:
    """Yield the rows of a file of votes, which is opened in binary mode, in order."""
    for number, found in objects_in(file):
        if isinstance(found, RowError):
            yield found
            continue
        try:
            yield _vote(number, found)
        except ShapeError as error:
            yield RowError(number, error.message)


def _vote(number: int, row: Mapping[str, Any]) -> VoteRow:
    return VoteRow(
        line=number,
        external_id=id_in(row),
        rater=name_in(row, "rater"),
        verdict=verdict_in(row),
        left=side_in(row),
        rationale=_rationale(row),
        at=time_in(row),
        criteria=_criteria(row),
        reasons=_reasons(row),
        recognised=_recognised(row),
    )


def id_in(row: Mapping[str, Any]) -> str:
    """Return the id of the example.

    Raises:
        ShapeError: there is none, or it is too long.
    """
    key = id_text(row.get("id"))
    if key is None or not 0 < len(key) <= MAX_ID_LENGTH:
        raise ShapeError("results.no_id")
    return key


def name_in(row: Mapping[str, Any], key: str) -> str:
    """Return the name of a person that a row has under `key`, with single spaces.

    Raises:
        ShapeError: there is none, or it is too long.
    """
    given = row.get(key)
    name = normalise_name(given) if isinstance(given, str) else ""
    if not 0 < len(name) <= MAX_NAME_LENGTH:
        raise ShapeError("results.no_rater", key=key, limit=MAX_NAME_LENGTH)
    return name


def verdict_in(row: Mapping[str, Any]) -> Verdict:
    """Return the verdict.

    Raises:
        ShapeError: it is unknown.
    """
    try:
        return Verdict(str(row.get("verdict")))
    except ValueError:
        raise ShapeError("results.verdict_unknown", verdicts=list(map(str, Verdict))) from None


def _criteria(row: Mapping[str, Any]) -> dict[str, Verdict]:
    given = row.get("criteria")
    if given is None:
        return {}
    try:
        return {str(key): Verdict(str(verdict)) for key, verdict in given.items()}
    except (AttributeError, ValueError):
        raise ShapeError("results.criteria_malformed", verdicts=list(map(str, Verdict))) from None


def side_in(row: Mapping[str, Any]) -> Contender | None:
    """Return which model's answer was on the left, None where the row does not have it.

    Raises:
        ShapeError: it is neither.
    """
    if row.get("left") is None:
        return None
    try:
        return Contender(row["left"])
    except ValueError:
        raise ShapeError("results.left_unknown") from None


def _rationale(row: Mapping[str, Any]) -> str:
    value = row.get("rationale") or ""
    if not isinstance(value, str) or not is_storable(value, limit=MAX_RATIONALE_LENGTH):
        raise ShapeError("results.rationale_malformed", limit=MAX_RATIONALE_LENGTH)
    return value


def _reasons(row: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the codes of the reasons by side; the file has them by model."""
    given = row.get("reasons")
    if not given:
        return {}
    try:
        codes = {Contender(model): sorted(set(found)) for model, found in given.items()}
        is_known = all(CODES.issuperset(found) for found in codes.values())
    except (AttributeError, TypeError, ValueError):
        is_known = False
    if not is_known:
        raise ShapeError("results.reasons_malformed", codes=[*GOOD, *BAD])
    left = side_in(row)
    if left is None:
        raise ShapeError("results.reasons_without_side")
    sides = {model: "left" if model == left else "right" for model in codes}
    return {sides[model]: found for model, found in codes.items() if found}


def _recognised(row: Mapping[str, Any]) -> bool:
    value = row.get("recognised")
    if value is not None and not isinstance(value, bool):
        raise ShapeError("results.recognised_malformed")
    return bool(value)


def time_in(row: Mapping[str, Any]) -> datetime | None:
    """Return the time of the vote, None where the row does not have it.

    Raises:
        ShapeError: it cannot be one.
    """
    value = row.get("at")
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ShapeError("results.at_malformed") from None
    # Programs write the first or last possible year for a missing time.
    if at.year not in YEARS:
        raise ShapeError("results.at_malformed.year", year=at.year)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
