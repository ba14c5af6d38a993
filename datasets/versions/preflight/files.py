"""Checks whole files line by line, in constant memory except for one hash for each line."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from datasets.ingest.files.lines import BYTE_ORDER_MARK
from datasets.versions.preflight.problems import IssueLog, error, warning
from datasets.versions.preflight.rows import check_row, has_images
from datasets.versions.preflight.rules import MAX_EXAMPLES_WITH_IMAGES, FileRules
from datasets.versions.splits import TRAIN, VALIDATION
from reviewapp.core.messages import Message, message

MIN_RECOMMENDED_EXAMPLES = 50


@dataclass(frozen=True)
class PreflightReport:
    """The result for a file. `errors` and `warnings` have the numbers of their lines."""

    errors: list[Message]
    warnings: list[Message]
    sha256: str
    size_bytes: int
    examples: int

    def as_json(self) -> dict[str, list[dict[str, Any]]]:
        """Return the messages in the form that is stored with the file."""
        return {
            "errors": [message.as_json() for message in self.errors],
            "warnings": [message.as_json() for message in self.warnings],
        }


class PreflightCheck:
    """Checks the files of one version, of which no row may be in both train and validation.

    Check the training file first. `model` is the base model whose tokenizer counts, `rules` are
    those of a provider; a version is frozen by OpenAI's.
    """

    def __init__(self, *, model: str, rules: FileRules | None = None) -> None:
        self._model, self._rules = model, rules or FileRules()
        self._trained: dict[bytes, int] = {}

    def file(self, split: str, chunks: Iterable[bytes]) -> PreflightReport:
        """Read a file to its end, in chunks of any size, and report."""
        reading = _Reading(hashlib.sha256(), self._rules)
        for number, line in enumerate(_lines(reading.through(chunks)), start=1):
            self._line(reading, split, number, line)
        return reading.report(split)

    def _line(self, reading: "_Reading", split: str, number: int, line: bytes) -> None:
        if number == 1:
            self._mark(reading, has_mark=line.startswith(BYTE_ORDER_MARK))
            line = line.removeprefix(BYTE_ORDER_MARK)
        for issue in check_row(line, model=self._model, rules=self._rules):
            reading.issues.add(issue, number)
        reading.examples += 1
        reading.with_images += has_images(line)
        row = hashlib.sha256(line).digest()
        if row in reading.seen:
            reading.issues.add(warning("repeated_row"), number)
        reading.seen.setdefault(row, number)
        if split == VALIDATION and row in self._trained:
            reading.issues.add(error("row_in_training_file"), number)
        if split == TRAIN:
            self._trained.setdefault(row, number)

    def _mark(self, reading: "_Reading", *, has_mark: bool) -> None:
        if has_mark and not self._rules.starts_with_mark:
            reading.issues.add(warning("byte_order_mark"), 1)
        if self._rules.starts_with_mark and not has_mark:
            reading.issues.add(error("no_byte_order_mark"), 1)


class _Reading:
    """The state of the check of a file."""

    def __init__(self, digest: "hashlib._Hash", rules: FileRules) -> None:
        self.issues = IssueLog()
        self.seen: dict[bytes, int] = {}
        self.examples = self.with_images = self.size = 0
        self._digest, self._rules = digest, rules

    def through(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the chunks, counting and hashing them."""
        for chunk in chunks:
            self._digest.update(chunk)
            self.size += len(chunk)
            yield chunk

    def report(self, split: str) -> PreflightReport:
        """Return the report, with errors of the file as a whole first."""
        return PreflightReport(
            errors=[*self._file_errors(split), *self.issues.messages(errors=True)],
            warnings=[*self._file_warnings(split), *self.issues.messages(errors=False)],
            sha256=self._digest.hexdigest(),
            size_bytes=self.size,
            examples=self.examples,
        )

    def _file_errors(self, split: str) -> Iterator[Message]:
        if split == TRAIN:
            yield from self._rules.count_errors(self.examples)
        yield from self._rules.size_errors(self.size)
        if self.with_images > MAX_EXAMPLES_WITH_IMAGES:
            limit = MAX_EXAMPLES_WITH_IMAGES
            yield message("preflight.too_many_with_images", n=self.with_images, limit=limit)

    def _file_warnings(self, split: str) -> Iterator[Message]:
        if split == TRAIN and (
            self._rules.min_examples <= self.examples < MIN_RECOMMENDED_EXAMPLES
        ):
            minimum = MIN_RECOMMENDED_EXAMPLES
            yield message("preflight.few_examples", n=self.examples, minimum=minimum)


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines without their line feeds, also a last one that has none."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
    if rest:
        yield rest
