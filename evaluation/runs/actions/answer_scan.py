"""Reading a file of answers: which rows are taken, and what is in them."""

import hashlib
import pickle
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from tempfile import TemporaryFile
from typing import Self

from datasets.conversations.errors import RowError
from evaluation.providers.answer_marks import has_words, marks_in, without_marks
from evaluation.providers.reading import CUT
from evaluation.runs.actions.answer_marks import NOTHING_LEFT
from evaluation.runs.prompts import prompt_hash
from evaluation.runs.reading import reading_language_of
from evaluation.runs.rows import AnswerRow, ImportedAnswer
from reviewapp.core.messages import message
from reviewapp.core.texts import render_english

_ROWS_AT_ONCE = 50
Rows = Callable[[], Iterable[AnswerRow | RowError]]
"""Opens the file and reads it; called once."""


class MarkChoice(StrEnum):
    """How reasoning blocks and template marks in imported answers are treated."""

    KEEP = "keep"
    REMOVE = "remove"


class RowSpool:
    """Rows in normal form that wait on the disk, so that no row of a file is read twice.

    A context manager: the temporary file is deleted when it is closed.
    """

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 - closed by `__exit__`.
        self._waiting: list[AnswerRow] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, row: AnswerRow) -> None:
        """Append a row."""
        self._waiting.append(row)
        if len(self._waiting) == _ROWS_AT_ONCE:
            self._write()

    def __iter__(self) -> Iterator[AnswerRow]:
        """Yield the rows in order."""
        self._write()
        self._file.seek(0)
        while True:
            try:
                yield from pickle.load(self._file)  # noqa: S301 - nobody else can write to it.
            except EOFError:
                return

    def _write(self) -> None:
        """Write the rows that wait, which share the names of their classes and fields."""
        if self._waiting:
            pickle.dump(self._waiting, self._file, protocol=pickle.HIGHEST_PROTOCOL)
            self._waiting = []


@dataclass
class AnswerScan:
    """What a file of answers holds, before anything is written.

    Attributes:
        hashes: id to the digest of its row.
        cut, blank: answers that were cut at the token limit, and those without visible text.
        lines: id to its line.
        rows: the taken rows; None where they are not going to be stored.
        unread: keys that are not read, with the number of rows that have them.
        identical: rows whose answers differ in white space only.
        languages: rows by the language that their reviewers must read, if it was asked for.
    """

    hashes: dict[str, bytes] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    intents: Counter[str] = field(default_factory=Counter)
    prompt_hashes: list[str] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    repeated: int = 0
    marked: int = 0
    cut: int = 0
    blank: int = 0
    served: dict[str, int] = field(default_factory=dict)
    rows: RowSpool | None = None
    votes_needed: dict[str, int] = field(default_factory=dict)
    unread: Counter[str] = field(default_factory=Counter)
    identical: int = 0
    languages: Counter[str] = field(default_factory=Counter)

    @property
    def served_order_error(self) -> str:
        """Return the error of the served order that rows give; empty if there is none."""
        places = set(self.served.values())
        gaps = set(range(1, len(self.hashes) + 1)) - places
        if not (places and gaps):
            return ""
        return (
            "“served” must count the rows from 1 without gaps, "  # not translated: CLI
            f"and {min(gaps)} is missing. Correct it, or leave it out of every row."
        )


def scan_rows(
    rows: Iterable[AnswerRow | RowError],
    *,
    spool: RowSpool | None = None,
    languages: Sequence[str] | None = None,
) -> AnswerScan:
    """Return what a file holds: its taken rows, and those that repeat or contradict one.

    Args:
        rows: of the file.
        spool: gets the taken rows, where they are going to be stored.
        languages: of the project, to count the rows by language; None to count none.
    """
    scan = AnswerScan(rows=spool)
    for row in rows:
        if isinstance(row, RowError):
            scan.errors.append(row)
            continue
        key, prompt = row.prompt.key, prompt_hash(row.prompt.messages)
        digest = digest_of(prompt, row.prompt.intent, [row.baseline.text, row.candidate.text])
        if scan.hashes.get(key) == digest:
            scan.repeated += 1
        elif key in scan.hashes:
            scan.errors.append(
                RowError(
                    row.line,
                    message("runs.duplicate_id.other_content", id=key, line=scan.lines[key]),
                )
            )
        else:
            scan.hashes[key], scan.lines[key] = digest, row.line
            scan.prompt_hashes.append(prompt)
            if languages is not None:
                scan.languages[reading_language_of(row.prompt, languages)] += 1
            _inspect(scan, row)
            if scan.rows is not None:
                scan.rows.add(row)
    return scan


def _inspect(scan: AnswerScan, row: AnswerRow) -> None:
    key = row.prompt.key
    if row.served is not None:
        scan.served[key] = row.served
    if row.votes_needed is not None:
        scan.votes_needed[key] = row.votes_needed
    scan.intents[row.prompt.intent] += 1
    scan.unread.update(row.unread)
    is_same = row.baseline.text.split() == row.candidate.text.split()
    scan.identical += is_same and not (row.baseline.error or row.candidate.error)
    for answer in (row.baseline, row.candidate):
        scan.marked += bool(marks_in(answer.text))
        scan.cut += answer.finish_reason == CUT
        scan.blank += not (answer.error or has_words(answer.text))


def no_accepted_rows_reason(errors: list[RowError]) -> str:
    """Return why no run can be made of a file without a row that was taken."""
    if not errors:
        return "The file has no rows. Write one JSON object a line."  # not translated: CLI
    first, reason = errors[0], render_english(errors[0].message)
    if all(error.code in {"not_json", "not_an_object"} for error in errors):
        return f"The file is not JSON lines. Line {first.line}: {reason}"
    return f"No row could be taken, so no run was made. Line {first.line}: {reason}"


def digest_of(prompt: str, intent: str, answers: Sequence[str]) -> bytes:
    """Return the digest of a prompt, given by its hash, its intent and both answers as given.

    It is never stored, so it is the fastest one; no text holds the NUL between them.
    """
    whole = "\0".join([prompt, intent, *answers])
    return hashlib.blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=32).digest()


def accepted_rows(scan: AnswerScan, *, is_cleaned: bool) -> Iterator[AnswerRow]:
    """Yield the taken rows, without marks in their answers if they are cleaned."""
    for row in scan.rows or ():
        if is_cleaned:
            yield replace(row, baseline=_cleaned(row.baseline), candidate=_cleaned(row.candidate))
        else:
            yield row


def _cleaned(given: ImportedAnswer) -> ImportedAnswer:
    """Return the answer without marks; it has failed if no other text remains."""
    if not marks_in(given.text):
        return given
    text = without_marks(given.text)
    error = None if has_words(text) else NOTHING_LEFT
    return replace(given, text="" if error else text, error=error, original=given.text)
