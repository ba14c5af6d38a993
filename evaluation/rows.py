"""Rows of files with prompts, and of files with answers that exist already. Pure.

A row is taken or rejected with its line and the reason; a bad row never stops the good ones.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from datasets.chat import refuse_unstorable
from datasets.messages import ShapeError
from evaluation.prompts import NO_INTENT, Prompt, without_answer

ROLES = {"system", "developer", "user", "assistant", "tool", "function"}
LONGEST_ID = 200
LONGEST_INTENT = 100
LONGEST_LANGUAGE = 12
LONGEST_TAG = 60
LONGEST_POLICY = 80
LONGEST_ERROR = 500
# What the columns hold: a 32-bit count, and a price with six digits before the point.
MOST_COUNTED = 2_147_483_647
MOST_USD = 1_000_000
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Rejected(Exception):
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
class GivenAnswer:
    """An answer as it stands in a file. `error` is set, and `text` empty, where there is none."""

    text: str
    error: str = ""
    latency_ms: int | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost_usd: Decimal | None = None


@dataclass(frozen=True)
class AnswerRow:
    """A prompt with the answers of both models."""

    line: int
    prompt: Prompt
    baseline: GivenAnswer
    candidate: GivenAnswer


def objects_in(lines: Iterable[bytes]) -> Iterator[tuple[int, Mapping[str, Any] | RowError]]:
    """Yield each non-empty line as its number and its object, or why it is none."""
    for number, raw in enumerate(lines, start=1):
        line = raw.removeprefix(BYTE_ORDER_MARK) if number == 1 else raw
        if line.strip():
            yield number, _object(number, line)


def _object(number: int, line: bytes) -> Mapping[str, Any] | RowError:
    try:
        found = json.loads(line.decode("utf-8"), parse_constant=_no_constant)
    except UnicodeDecodeError:
        return RowError(number, "not_utf8", "This line is not UTF-8 text.")
    except (ValueError, RecursionError):
        return RowError(number, "not_json", "This line is not a JSON object.")
    if not isinstance(found, dict):
        return RowError(number, "not_json", "This line is not a JSON object.")
    try:
        refuse_unstorable(found)
    except ShapeError as error:
        return RowError(number, error.code, str(error))
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def read_prompts(lines: Iterable[bytes]) -> Iterator[Prompt | RowError]:
    """Yield the prompts of a file of prompts or conversations.

    A row is `{"messages": [...], "id", "intent", "language", "tags", "policies"}`; a final answer
    of the assistant is taken off. An id may stand only once.
    """
    seen: set[str] = set()
    for number, found in objects_in(lines):
        if isinstance(found, RowError):
            yield found
            continue
        try:
            prompt = _prompt(found, fallback_id=f"line-{number}")
        except Rejected as reason:
            yield RowError(number, reason.code, reason.message)
            continue
        if prompt.key in seen:
            yield RowError(number, "duplicate_id", f"The id “{prompt.key}” stands twice.")
            continue
        seen.add(prompt.key)
        yield prompt


def read_answers(lines: Iterable[bytes]) -> Iterator[AnswerRow | RowError]:
    """Yield the rows of a file of answers (contract.md section 2, "Answers")."""
    for number, found in objects_in(lines):
        if isinstance(found, RowError):
            yield found
            continue
        try:
            yield AnswerRow(
                line=number,
                prompt=_prompt(found),
                baseline=_answer(found, "baseline"),
                candidate=_answer(found, "candidate"),
            )
        except Rejected as reason:
            yield RowError(number, reason.code, reason.message)


def _prompt(row: Mapping[str, Any], *, fallback_id: str = "") -> Prompt:
    key = _id(row, fallback_id)
    return Prompt(
        key=key,
        external_id=key,
        messages=_messages(row.get("messages")),
        intent=_text(row, "intent", LONGEST_INTENT) or NO_INTENT,
        language=_text(row, "language", LONGEST_LANGUAGE),
        tags=_words(row, "tags", LONGEST_TAG),
        policies=_words(row, "policies", LONGEST_POLICY),
    )


def _id(row: Mapping[str, Any], fallback: str) -> str:
    given = row.get("id", row.get("external_id"))
    if isinstance(given, int) and not isinstance(given, bool):
        given = str(given)
    if given is None:
        given = fallback
    if not isinstance(given, str) or not given.strip():
        raise Rejected("no_id", "The row has no “id”. Give each row an id of its own.")
    if len(given) > LONGEST_ID:
        raise Rejected("id_too_long", f"The id is longer than {LONGEST_ID} characters.")
    return given


def _messages(given: object) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not given:
        raise Rejected("no_messages", "“messages” must be a list with at least one message.")
    for number, message in enumerate(given, start=1):
        role = message.get("role") if isinstance(message, dict) else None
        if not isinstance(role, str) or role not in ROLES:
            raise Rejected("bad_message", f"Message {number} has no role that we know.")
        content, calls = message.get("content"), message.get("tool_calls")
        if calls is not None and not _are_calls(calls):
            raise Rejected("bad_message", f"“tool_calls” of message {number} is no list of calls.")
        may_be_empty = role == "assistant" and calls
        if not isinstance(content, str) and not (content is None and may_be_empty):
            raise Rejected("bad_message", f"Message {number} has no text as its content.")
    prompt = without_answer(given)
    if not prompt:
        raise Rejected("no_customer_message", "No message of a customer is in the row.")
    return prompt


def _are_calls(given: object) -> bool:
    return isinstance(given, list) and all(
        isinstance(call, dict) and isinstance(call.get("function"), dict) for call in given
    )


def _text(row: Mapping[str, Any], name: str, longest: int) -> str:
    given = row.get(name)
    if given is None:
        return ""
    if not isinstance(given, str):
        raise Rejected(f"bad_{name}", f"“{name}” must be text.")
    if len(given.strip()) > longest:
        raise Rejected(f"bad_{name}", f"“{name}” is longer than {longest} characters.")
    return given.strip()


def _words(row: Mapping[str, Any], name: str, longest: int) -> list[str]:
    given = row.get(name)
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(word, str) for word in given):
        raise Rejected(f"bad_{name}", f"“{name}” must be a list of texts.")
    if any(len(word) > longest for word in given):
        raise Rejected(f"bad_{name}", f"An entry of “{name}” is longer than {longest} characters.")
    return given


def _answer(row: Mapping[str, Any], side: str) -> GivenAnswer:
    given = row.get(side)
    if isinstance(given, str):
        return GivenAnswer(given)
    if not isinstance(given, dict):
        what = "is missing" if given is None else f"is {_kind(given)}, not text"
        raise Rejected("answer_not_text", f"The answer of the {side} {what}.")
    error, content = given.get("error"), given.get("content")
    if error is not None and error != "":
        shown = error if isinstance(error, str) else json.dumps(error, ensure_ascii=False)
        return GivenAnswer("", error=shown[:LONGEST_ERROR])
    if not isinstance(content, str):
        what = "is missing" if content is None else f"is {_kind(content)}, not text"
        raise Rejected("answer_not_text", f"The content of the {side}'s answer {what}.")
    return GivenAnswer(
        content,
        latency_ms=_count(given, "latency_ms", side),
        prompt_tokens=_count(given, "prompt_tokens", side),
        completion_tokens=_count(given, "completion_tokens", side),
        cost_usd=_usd(given, side),
    )


def _kind(value: object) -> str:
    kinds = {bool: "true or false", int: "a number", float: "a number", list: "a list"}
    return kinds.get(type(value), "an object")


def _count(answer: Mapping[str, Any], name: str, side: str) -> int | None:
    given = answer.get(name)
    if given is None:
        return None
    if (
        isinstance(given, int | float)
        and not isinstance(given, bool)
        and 0 <= given <= MOST_COUNTED
    ):
        return round(given)
    raise Rejected(f"bad_{name}", f"“{name}” of the {side} must be a number from 0.")


def _usd(answer: Mapping[str, Any], side: str) -> Decimal | None:
    given = answer.get("cost_usd")
    if given is None:
        return None
    complaint = Rejected("bad_cost_usd", f"“cost_usd” of the {side} must be a number from 0.")
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        raise complaint
    try:
        cost = Decimal(str(given))
    except InvalidOperation:
        raise complaint from None
    if not (cost.is_finite() and 0 <= cost < MOST_USD):
        raise complaint
    return cost.quantize(Decimal("1e-8"))
