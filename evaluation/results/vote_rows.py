"""Lines of a votes file -> rows, or what is wrong with them. Pure.

{"id": "a1", "rater": "name", "verdict": "candidate|baseline|tie_good|tie_bad",
 "left": "candidate|baseline", "rationale": "...", "at": "2026-05-12T09:30:00Z"}
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from datasets.conversations.chat import normalise_name
from datasets.conversations.messages import whole_number
from evaluation.runs.rows import MAX_ID_LENGTH, RowError, RowRejected, Source, objects_in
from evaluation.stats.verdicts import Contender, Verdict

MAX_NAME_LENGTH = 150
MAX_RATIONALE_LENGTH = 10_000
YEARS = range(1970, 2100)


@dataclass(frozen=True)
class VoteRow:
    """One vote cast elsewhere. `left` and `at` are None where the file does not say."""

    line: int
    external_id: str
    rater: str
    verdict: Verdict
    left: Contender | None = None
    rationale: str = ""
    at: datetime | None = None


def read_votes(source: Source) -> Iterator[VoteRow | RowError]:
    """Yield the rows of a file of votes (contract.md section 2, "Votes"), in order."""
    for number, found in objects_in(source):
        if isinstance(found, RowError):
            yield found
            continue
        try:
            yield _vote(number, found)
        except RowRejected as reason:
            yield RowError(number, reason.code, str(reason))


def _vote(number: int, row: Mapping[str, Any]) -> VoteRow:
    return VoteRow(
        line=number,
        external_id=_id(row),
        rater=_rater(row),
        verdict=_verdict(row),
        left=_left(row),
        rationale=_rationale(row),
        at=_at(row),
    )


def _id(row: Mapping[str, Any]) -> str:
    given = whole_number(row.get("id"))
    if isinstance(given, int) and not isinstance(given, bool):
        given = str(given)
    if not isinstance(given, str) or not 0 < len(given) <= MAX_ID_LENGTH:
        raise RowRejected("no_id", "“id” must be the id of an example of the run.")
    return given


def _rater(row: Mapping[str, Any]) -> str:
    given = row.get("rater")
    name = normalise_name(given) if isinstance(given, str) else ""
    if not 0 < len(name) <= MAX_NAME_LENGTH:
        raise RowRejected(
            "no_rater", f"“rater” must be a name of at most {MAX_NAME_LENGTH} characters."
        )
    return name


def _verdict(row: Mapping[str, Any]) -> Verdict:
    try:
        return Verdict(str(row.get("verdict")))
    except ValueError:
        words = ", ".join(Verdict)
        raise RowRejected("verdict_unknown", f"“verdict” is none of {words}.") from None


def _left(row: Mapping[str, Any]) -> Contender | None:
    if row.get("left") is None:
        return None
    try:
        return Contender(row["left"])
    except ValueError:
        raise RowRejected("left_unknown", "“left” is neither candidate nor baseline.") from None


def _rationale(row: Mapping[str, Any]) -> str:
    value = row.get("rationale") or ""
    if not isinstance(value, str) or len(value) > MAX_RATIONALE_LENGTH:
        raise RowRejected(
            "rationale_malformed",
            f"“rationale” must be a text of at most {MAX_RATIONALE_LENGTH:,} characters.",
        )
    return value


def _at(row: Mapping[str, Any]) -> datetime | None:
    value = row.get("at")
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise RowRejected(
            "at_malformed", "“at” is not a time such as 2026-05-12T09:30:00Z."
        ) from None
    # What programs write for “no time” is at the ends of what a date can be.
    if at.year not in YEARS:
        raise RowRejected(
            "at_malformed", f"“at” is in the year {at.year}. Leave out an unknown time."
        )
    return at if at.tzinfo else at.replace(tzinfo=UTC)
