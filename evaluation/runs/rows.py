"""Rows of files with prompts, and of files with answers that exist already. Pure.

Messages and labels are read as an import of conversations reads them, so that a prompt has the same
normal form, and the same hash, as the example that it was made from. A row is taken or rejected
with its line and the reason; a bad row never stops the good ones.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import IO, Any

from datasets.conversations.chat import check_storable, normalise
from datasets.conversations.messages import ShapeError, join_text_parts, whole_number
from datasets.ingest.files.json_rows import json_rows
from datasets.ingest.files.lines import BYTE_ORDER_MARK
from datasets.ingest.files.parse import parse_object
from datasets.ingest.files.raw import RawRow
from datasets.ingest.files.rows import chat_row
from datasets.ingest.files.shapes import foreign_shape
from evaluation.runs.prompts import NO_INTENT, Prompt, without_answer
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import Message, message

MAX_ID_LENGTH = 200
MAX_ERROR_LENGTH = 500
# What the columns hold: a 32-bit count, and a price with six digits before the point.
MAX_COUNT = 2_147_483_647
MAX_USD = 1_000_000

Source = IO[bytes] | Iterable[bytes]
"""An open file that can be read again from its beginning, or its lines."""


class RowRejected(InvalidInput):
    """Why a row is not taken: a short code and a sentence."""

    def __init__(self, code: str, message: str) -> None:
        """Keep both."""
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class RowError:
    """A row that was not taken, with its line from 1."""

    line: int
    code: str
    message: str

    def as_json(self) -> dict[str, Any]:
        """Return it as a command prints it."""
        return {"line": self.line, "code": self.code, "message": self.message}


@dataclass(frozen=True)
class ImportedAnswer:
    """An answer of a file.

    Attributes:
        text: empty if there is an error.
        error: why there is no answer.
        original: the text in the file, if marks were removed from `text`.
    """

    text: str
    error: Message | None = None
    original: str = ""
    latency_ms: int | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost_usd: Decimal | None = None


@dataclass(frozen=True)
class AnswerRow:
    """A prompt with the answers of both models; `served` is its place in the served order."""

    line: int
    prompt: Prompt
    baseline: ImportedAnswer
    candidate: ImportedAnswer
    served: int | None = None


def objects_in(source: Source) -> Iterator[tuple[int, Mapping[str, Any] | RowError]]:
    """Yield each row as its line and its object, or why it is none.

    Raises:
        UnreadableFile: the file begins with a list that is not one from end to end.
    """
    for row in json_rows(source) if hasattr(source, "seek") else _rows_of(source):
        try:
            yield row.line, _object(row)
        except ShapeError as error:
            yield row.line, RowError(row.line, error.code, str(error))


def _rows_of(lines: Iterable[bytes]) -> Iterator[RawRow]:
    for number, raw in enumerate(lines, start=1):
        line = raw.removeprefix(BYTE_ORDER_MARK) if number == 1 else raw
        if line.strip():
            yield RawRow(number, 0, line.strip())


def _object(row: RawRow) -> dict[str, Any]:
    if row.refused:
        raise ShapeError(*row.refused)
    try:
        row.raw.decode()
    except UnicodeDecodeError as error:
        raise ShapeError("not_utf8", "This line is not UTF-8 text.") from error
    found = parse_object(row.raw)
    check_storable(found)
    return found


def read_prompts(source: Source) -> Iterator[Prompt | RowError]:
    """Yield the prompts of a file of prompts or conversations.

    A row is `{"messages": [...], "id", "intent", "language", "tags", "policies"}`; a final answer
    of the assistant is taken off. An id may stand only once.
    """
    seen: set[str] = set()
    for number, found in objects_in(source):
        if isinstance(found, RowError):
            yield found
            continue
        try:
            prompt = _prompt(found, fallback_id=f"line-{number}")
        except (RowRejected, ShapeError) as reason:
            yield RowError(number, reason.code, str(reason))
            continue
        if prompt.key in seen:
            yield RowError(number, "duplicate_id", f"The id “{prompt.key}” stands twice.")
            continue
        seen.add(prompt.key)
        yield prompt


def read_answers(source: Source) -> Iterator[AnswerRow | RowError]:
    """Yield the rows of a file of answers (contract.md section 2, "Answers")."""
    for number, found in objects_in(source):
        if isinstance(found, RowError):
            yield found
            continue
        try:
            yield AnswerRow(
                line=number,
                prompt=_prompt(found),
                baseline=_answer(found, "baseline"),
                candidate=_answer(found, "candidate"),
                served=_served(found),
            )
        except (RowRejected, ShapeError) as reason:
            yield RowError(number, reason.code, str(reason))


def _prompt(row: Mapping[str, Any], *, fallback_id: str = "") -> Prompt:
    key = _id(row, fallback_id)
    if "messages" not in row and (shape := foreign_shape(row)):
        raise RowRejected("other_format", f"The row {shape}")
    content = normalise(chat_row(row).value)
    messages = without_answer(content.messages)
    if not messages:
        raise RowRejected("no_customer_message", "No message of a customer is in the row.")
    return Prompt(
        key=key,
        external_id=key,
        messages=messages,
        intent=content.intent or NO_INTENT,
        language=content.language,
        tags=content.tags,
        policies=content.policies,
    )


def _id(row: Mapping[str, Any], fallback: str) -> str:
    given = whole_number(row.get("id", row.get("external_id")))
    if isinstance(given, int) and not isinstance(given, bool):
        given = str(given)
    if given is None:
        given = fallback
    if not isinstance(given, str) or not given.strip():
        raise RowRejected("no_id", "The row has no “id”. Give each row an id of its own.")
    if len(given) > MAX_ID_LENGTH:
        raise RowRejected("id_too_long", f"The id is longer than {MAX_ID_LENGTH} characters.")
    return given


def _answer(row: Mapping[str, Any], side: str) -> ImportedAnswer:
    given = row.get(side)
    if not isinstance(given, dict):
        return ImportedAnswer(_answer_text(given, f"The answer of the {side}"))
    error = given.get("error")
    if error is not None and error != "":
        shown = error if isinstance(error, str) else json.dumps(error, ensure_ascii=False)
        reason = message("runs.imported_error", error=shown[:MAX_ERROR_LENGTH])
        return ImportedAnswer("", error=reason)
    if "choices" in given and "content" not in given:
        raise RowRejected(
            "answer_not_text",
            f"The answer of the {side} is a whole response. Give its message's text as “content”.",
        )
    return ImportedAnswer(
        _answer_text(given.get("content"), f"The content of the {side}'s answer"),
        latency_ms=_count(given, "latency_ms", side),
        prompt_tokens=_count(given, "prompt_tokens", side),
        completion_tokens=_count(given, "completion_tokens", side),
        cost_usd=_usd(given, side),
    )


def _answer_text(given: object, what: str) -> str:
    try:
        text = join_text_parts(given)
    except ShapeError as error:
        raise RowRejected("answer_not_text", f"{what} holds something other than text.") from error
    if not isinstance(text, str):
        said = "is missing" if text is None else f"is {_kind(text)}, not text"
        raise RowRejected("answer_not_text", f"{what} {said}.")
    return text


def _served(row: Mapping[str, Any]) -> int | None:
    given = row.get("served")
    if isinstance(given, float) and given.is_integer():
        given = int(given)
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int) or not 0 < given <= MAX_COUNT:
        raise RowRejected("bad_served", "“served” must be a whole number from 1.")
    return given


def _kind(value: object) -> str:
    kinds = {bool: "true or false", int: "a number", float: "a number", list: "a list"}
    return kinds.get(type(value), "an object")


def _count(answer: Mapping[str, Any], name: str, side: str) -> int | None:
    given = answer.get(name)
    if given is None:
        return None
    if isinstance(given, int | float) and not isinstance(given, bool) and 0 <= given <= MAX_COUNT:
        return round(given)
    raise RowRejected(f"bad_{name}", f"“{name}” of the {side} must be a number from 0.")


def _usd(answer: Mapping[str, Any], side: str) -> Decimal | None:
    given = answer.get("cost_usd")
    if given is None:
        return None
    complaint = RowRejected("bad_cost_usd", f"“cost_usd” of the {side} must be a number from 0.")
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        raise complaint
    try:
        cost = Decimal(str(given))
    except InvalidOperation:
        raise complaint from None
    if not (cost.is_finite() and 0 <= cost < MAX_USD):
        raise complaint
    return cost.quantize(Decimal("1e-8"))
