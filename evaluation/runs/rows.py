"""Rows of files with prompts, and of files with answers that exist already. Pure.

Messages and labels are read as an import of conversations reads them, so that a prompt has the same
normal form, and the same hash, as the example that it was made from. A bad row is rejected with its
line and the reason, and never stops the good ones.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import IO, Any

from datasets.conversations.chat import normalise
from datasets.conversations.errors import RowError, ShapeError
from datasets.conversations.messages import MAX_ID_LENGTH, id_text, join_text_parts, whole_number
from datasets.ingest.files.json_rows import objects_in
from datasets.ingest.files.rows import ROW_KEYS, chat_row
from datasets.ingest.files.shapes import foreign_shape
from datasets.ingest.files.shapes import meant as meant_key
from evaluation.providers.base import strip_unstorable
from evaluation.providers.reading import finish_reason_of
from evaluation.runs.prompts import NO_INTENT, Prompt, without_answer
from reviewapp.core.messages import Message, message

MAX_ERROR_LENGTH = 500
MAX_FINISH_REASON_LENGTH = 30
# What the columns hold: a 32-bit count, and a price with six digits before the point.
MAX_COUNT = 2_147_483_647
MAX_USD = 1_000_000


Objects = Iterable[tuple[int, Mapping[str, Any] | RowError]]
"""The rows of a file: line, and the object or why there is none."""
# Where a row of one model's answers may have its text.
ANSWER_KEYS = ("answer", "content", "completion", "output", "text")
# Where a row without messages may have the text of its customer.
PROMPT_KEYS = ("user", "prompt")
# What is read of a row with a prompt, and of a row with the answer of one model.
READ_OF_PROMPT = ROW_KEYS | {"id", *PROMPT_KEYS, "system", "assistant", "completion"}
READ_OF_BOTH = READ_OF_PROMPT | {"baseline", "candidate", "served", "votes_needed"}
READ_OF_ANSWER = frozenset(
    {"id", "external_id", *ANSWER_KEYS, "error", "cost_usd"}
    | {"latency_ms", "prompt_tokens", "completion_tokens", "finish_reason"}
)


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
    finish_reason: str = ""


@dataclass(frozen=True)
class AnswerRow:
    """A prompt with the answers of both models.

    Attributes:
        served: its place in the served order, if the file has one.
        votes_needed: votes that close it, if the file says so; more than those of the others put it
            in the overlap set.
        unread: keys of the row that are not read.
    """

    line: int
    prompt: Prompt
    baseline: ImportedAnswer
    candidate: ImportedAnswer
    served: int | None = None
    votes_needed: int | None = None
    unread: tuple[str, ...] = ()


def read_prompts(file: IO[bytes]) -> Iterator[Prompt | RowError]:
    """Yield the prompts of a file of prompts or conversations, which is opened in binary mode.

    A row is `{"messages": [...], "id", "intent", "language", "tags", "policies"}`, or has one text
    as `user` or `prompt` instead of messages; a final
    answer of the assistant is left out. No two rows may have the same id.
    """
    seen: set[str] = set()
    for number, found in objects_in(file):
        if isinstance(found, RowError):
            yield found
            continue
        try:
            prompt = _prompt(found, fallback_id=f"line-{number}")
        except ShapeError as error:
            yield RowError(number, error.message)
            continue
        if prompt.key in seen:
            yield RowError(number, message("runs.duplicate_id", id=prompt.key))
            continue
        seen.add(prompt.key)
        yield prompt


def read_answers(file: IO[bytes]) -> Iterator[AnswerRow | RowError]:
    """Yield the rows of a file of answers (docs/import.md), which is opened in binary mode."""
    yield from answer_rows(objects_in(file))


def answer_rows(objects: Objects) -> Iterator[AnswerRow | RowError]:
    """Yield rows that hold a prompt with the answers of both models."""
    for number, found in objects:
        if isinstance(found, RowError):
            yield found
            continue
        try:
            yield AnswerRow(
                line=number,
                prompt=_prompt(found),
                baseline=_answer(found, "baseline"),
                candidate=_answer(found, "candidate"),
                served=_positive(found, "served", "runs.bad_served"),
                votes_needed=_positive(found, "votes_needed", "runs.bad_votes_needed"),
                unread=_unread(found, READ_OF_BOTH),
            )
        except ShapeError as error:
            yield RowError(number, error.message)


@dataclass(frozen=True)
class AnswerFile:
    """The rows of a file with the answers of one model; `name` is shown in its errors."""

    name: str
    objects: Objects


def joined_rows(
    prompts: Objects, *, baseline: AnswerFile, candidate: AnswerFile
) -> Iterator[AnswerRow | RowError]:
    """Yield the prompts of a file with the answers that both models give in files of their own.

    Rows belong together by their id. The answers are held in memory. An error in a file of answers
    names the file; the others have the line of the prompt.
    """
    sides = (_ModelAnswers(baseline), _ModelAnswers(candidate))
    for number, found in prompts:
        if isinstance(found, RowError):
            yield found
            continue
        try:
            prompt = _prompt(found)
            served = _positive(found, "served", "runs.bad_served")
            taken = [side.take(prompt.key) for side in sides]
            unread = (*_unread(found, READ_OF_PROMPT | {"served"}), *taken[0][1], *taken[1][1])
        except ShapeError as error:
            yield RowError(number, error.message)
        else:
            yield AnswerRow(number, prompt, taken[0][0], taken[1][0], served, unread=unread)
    for side in sides:
        yield from side.errors()


class _ModelAnswers:
    """The answers of one model by the id of their prompt, and the errors of its file."""

    def __init__(self, file: AnswerFile) -> None:
        self._name = file.name
        self._lines: dict[str, int] = {}
        self._answers: dict[str, tuple[ImportedAnswer, tuple[str, ...]]] = {}
        self._errors: list[RowError] = []
        for number, found in file.objects:
            try:
                if isinstance(found, RowError):
                    self._reject(number, found.message)
                else:
                    self._add(number, found)
            except ShapeError as error:
                self._reject(number, error.message)

    def _add(self, number: int, row: Mapping[str, Any]) -> None:
        key = _id(row, "")
        if key in self._lines:
            raise ShapeError("runs.duplicate_id", id=key)
        self._answers[key] = _model_answer(row), _unread(row, READ_OF_ANSWER)
        self._lines[key] = number

    def _reject(self, number: int, cause: Message) -> None:
        self._errors.append(RowError(number, message("runs.in_file", name=self._name, cause=cause)))

    def take(self, key: str) -> tuple[ImportedAnswer, tuple[str, ...]]:
        """Return the answer to a prompt, which is then used, and the unread keys of its row."""
        if key not in self._answers:
            raise ShapeError("runs.no_answer_in_file", id=key, name=self._name)
        return self._answers.pop(key)

    def errors(self) -> list[RowError]:
        """Return the rows that were rejected, and the answers that no prompt took."""
        for key in self._answers:
            self._reject(self._lines[key], message("runs.answer_without_prompt", id=key))
        return self._errors


def _model_answer(row: Mapping[str, Any]) -> ImportedAnswer:
    """Return the answer in a row of one model: an object, or a text beside its measurements."""
    if isinstance(row.get("answer"), dict):
        return _answer(row, "answer")
    key = next((key for key in ANSWER_KEYS if row.get(key) is not None), "answer")
    return _answer({"answer": {**row, "content": row.get(key)}}, "answer")


def _unread(row: Mapping[str, Any], read: Set[str]) -> tuple[str, ...]:
    return tuple(key for key, value in row.items() if key not in read and value is not None)


def _with_messages(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a row whose prompt is in its messages, also if it was one text."""
    name = next((name for name in PROMPT_KEYS if row.get(name) is not None), "")
    if "messages" in row or not name:
        return row
    if isinstance(row[name], list):
        return {**row, "messages": row[name]}
    texts = [("system", row.get("system")), ("user", row[name])]
    return {
        **row,
        "messages": [
            {"role": role, "content": text} for role, text in texts if text or role == "user"
        ],
    }


def _prompt(row: Mapping[str, Any], *, fallback_id: str = "") -> Prompt:
    key = _id(row, fallback_id)
    row = _with_messages(row)
    if "messages" not in row and (shape := foreign_shape(row)):
        raise ShapeError("ingest.other_format", shape=shape)
    if "messages" not in row and (meant := _meant_for_prompt(row)):
        raise ShapeError("runs.prompt_under_other_name", key=meant)
    content = normalise(chat_row(row).value)
    messages = without_answer(content.messages)
    if not messages:
        raise ShapeError("runs.no_customer_message")
    return Prompt(
        key=key,
        external_id=key,
        messages=messages,
        intent=content.intent or NO_INTENT,
        language=content.language,
        tags=content.tags,
        policies=content.policies,
        reference=content.messages[len(messages) :],
    )


def _meant_for_prompt(row: Mapping[str, Any]) -> str:
    """Return the key of a row without a prompt that was probably meant for it; "" for none."""
    return next((key for key in row if meant_key(key, is_table=True) == "user"), "")


def _id(row: Mapping[str, Any], fallback: str) -> str:
    given = row.get("id", row.get("external_id"))
    key = fallback if given is None else id_text(given)
    if not key or not key.strip():
        raise ShapeError("runs.no_id")
    if len(key) > MAX_ID_LENGTH:
        raise ShapeError("runs.id_too_long", limit=MAX_ID_LENGTH)
    return key


def _answer(row: Mapping[str, Any], side: str) -> ImportedAnswer:
    given = row.get(side)
    if not isinstance(given, dict):
        return ImportedAnswer(_answer_text(given, side))
    error = given.get("error")
    if error is not None and error != "":
        shown = error if isinstance(error, str) else json.dumps(error, ensure_ascii=False)
        reason = message("runs.imported_error", error=shown[:MAX_ERROR_LENGTH])
        return ImportedAnswer("", error=reason)
    if "choices" in given and "content" not in given:
        raise ShapeError("runs.answer_not_text.response", name=side)
    return ImportedAnswer(
        _answer_text(given.get("content"), f"{side}.content"),
        latency_ms=_count(given, "latency_ms", side),
        prompt_tokens=_count(given, "prompt_tokens", side),
        completion_tokens=_count(given, "completion_tokens", side),
        cost_usd=_usd(given, side),
        finish_reason=_finish_reason(given),
    )


def _answer_text(given: object, name: str) -> str:
    if given is None:
        raise ShapeError("runs.answer_not_text.missing", name=name)
    try:
        text = join_text_parts(given)
    except ShapeError as error:
        raise ShapeError("runs.answer_not_text", name=name) from error
    if not isinstance(text, str):
        raise ShapeError("runs.answer_not_text", name=name)
    return text


def _positive(row: Mapping[str, Any], name: str, code: str) -> int | None:
    given = whole_number(row.get(name))
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int) or not 0 < given <= MAX_COUNT:
        raise ShapeError(code)
    return given


def _count(answer: Mapping[str, Any], name: str, side: str) -> int | None:
    given = answer.get(name)
    if given is None:
        return None
    if isinstance(given, int | float) and not isinstance(given, bool) and 0 <= given <= MAX_COUNT:
        return round(given)
    raise ShapeError(f"runs.bad_{name}", name=f"{side}.{name}")  # not translated: a code


def _finish_reason(answer: Mapping[str, Any]) -> str:
    stated = finish_reason_of(answer.get("finish_reason"))
    return strip_unstorable(stated)[:MAX_FINISH_REASON_LENGTH]


def _usd(answer: Mapping[str, Any], side: str) -> Decimal | None:
    given = answer.get("cost_usd")
    if given is None:
        return None
    error = ShapeError("runs.bad_cost_usd", name=f"{side}.cost_usd")
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        raise error
    try:
        cost = Decimal(str(given))
    except InvalidOperation:
        raise error from None
    if not (cost.is_finite() and 0 <= cost < MAX_USD):
        raise error
    return cost.quantize(Decimal("1e-8"))
