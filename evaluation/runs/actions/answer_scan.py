"""The passes over a file of answers: which rows are taken, and what is in them."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from datasets.conversations.errors import RowError
from evaluation.providers.answer_marks import has_words, marks_in, without_marks
from evaluation.runs.actions.answer_marks import NOTHING_LEFT
from evaluation.runs.prompts import prompt_hash
from evaluation.runs.rows import AnswerRow, ImportedAnswer
from reviewapp.core.messages import message
from reviewapp.core.texts import render_english

Rows = Callable[[], Iterable[AnswerRow | RowError]]
"""Reads the file from its beginning each time it is called."""


class MarkChoice(StrEnum):
    """What becomes of reasoning blocks and template marks in imported answers."""

    KEEP = "keep"
    REMOVE = "remove"


@dataclass
class AnswerScan:
    """The first pass over the file: which rows are taken, before anything is written."""

    hashes: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    intents: Counter[str] = field(default_factory=Counter)
    prompt_hashes: list[str] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    repeated: int = 0
    marked: int = 0
    blank: int = 0
    served: dict[str, int] = field(default_factory=dict)

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


def scan_rows(rows: Iterable[AnswerRow | RowError]) -> AnswerScan:
    """Return what a file holds: its taken rows, and those that repeat or contradict one."""
    scan = AnswerScan()
    for row in rows:
        if isinstance(row, RowError):
            scan.errors.append(row)
            continue
        key, digest = row.prompt.key, digest_of_row(row)
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
            if row.served is not None:
                scan.served[key] = row.served
            scan.intents[row.prompt.intent] += 1
            scan.prompt_hashes.append(prompt_hash(row.prompt.messages))
            _inspect(scan, row)
    return scan


def _inspect(scan: AnswerScan, row: AnswerRow) -> None:
    for answer in (row.baseline, row.candidate):
        scan.marked += bool(marks_in(answer.text))
        scan.blank += not (answer.error or has_words(answer.text))


def no_accepted_rows_reason(errors: list[RowError]) -> str:
    """Return why no run can be made of a file without a row that was taken."""
    if not errors:
        return "The file has no rows. Write one JSON object a line."  # not translated: CLI
    first, reason = errors[0], render_english(errors[0].message)
    if all(error.code in {"not_json", "not_an_object"} for error in errors):
        return f"The file is not JSON lines. Line {first.line}: {reason}"
    return f"No row could be taken, so no run was made. Line {first.line}: {reason}"


def digest_of_row(row: AnswerRow) -> str:
    return digest_of(
        row.prompt.messages, row.prompt.intent, [row.baseline.text, row.candidate.text]
    )


def digest_of(messages: object, intent: str, answers: list[str]) -> str:
    """Return the digest of a prompt, its intent and both answers, unchanged from the file."""
    return prompt_hash([{"prompt": messages, "intent": intent, "answers": answers}])


def accepted_rows(rows: Rows, scan: AnswerScan, *, is_cleaned: bool) -> Iterator[AnswerRow]:
    """Read the file again and yield the rows that the scan took."""
    for row in rows():
        if isinstance(row, AnswerRow) and scan.lines.get(row.prompt.key) == row.line:
            if is_cleaned:
                yield replace(
                    row, baseline=_cleaned(row.baseline), candidate=_cleaned(row.candidate)
                )
            else:
                yield row


def _cleaned(given: ImportedAnswer) -> ImportedAnswer:
    """Return the answer without marks; it has failed if no other text remains."""
    if not marks_in(given.text):
        return given
    text = without_marks(given.text)
    error = None if has_words(text) else NOTHING_LEFT
    return replace(given, text="" if error else text, error=error, original=given.text)
