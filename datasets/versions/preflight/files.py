"""Checks whole files line by line, in constant memory except for one hash for each line."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from datasets.ingest.files.lines import BYTE_ORDER_MARK
from datasets.versions.preflight.problems import IssueLog, error, warning
from datasets.versions.preflight.rows import check_row, has_images
from datasets.versions.splits import TRAIN, VALIDATION

MIN_EXAMPLES = 10
MIN_RECOMMENDED_EXAMPLES = 50
MAX_EXAMPLES_WITH_IMAGES = 50_000
MAX_FILE_BYTES = 512 * 1024**2


@dataclass(frozen=True)
class PreflightReport:
    """The result for a file. `errors` and `warnings` are sentences with line numbers."""

    errors: list[str]
    warnings: list[str]
    sha256: str
    size_bytes: int
    examples: int

    def as_json(self) -> dict[str, list[str]]:
        """Return the sentences in the form that is stored with the file."""
        return {"errors": self.errors, "warnings": self.warnings}


class PreflightCheck:
    """Checks the files of one version, of which no row may be in both train and validation.

    Check the training file first. `model` is the base model whose tokenizer counts.
    """

    def __init__(self, *, model: str) -> None:
        self._model = model
        self._trained: dict[bytes, int] = {}

    def file(self, split: str, chunks: Iterable[bytes]) -> PreflightReport:
        """Read a file to its end, in chunks of any size, and report."""
        reading = _Reading(hashlib.sha256())
        for number, line in enumerate(_lines(reading.through(chunks)), start=1):
            self._line(reading, split, number, line)
        return reading.report(split)

    def _line(self, reading: "_Reading", split: str, number: int, line: bytes) -> None:
        if number == 1 and line.startswith(BYTE_ORDER_MARK):
            line = line.removeprefix(BYTE_ORDER_MARK)
            reading.issues.add(
                warning("begins with a byte order mark, which Azure wants and OpenAI refuses."), 1
            )
        for issue in check_row(line, model=self._model):
            reading.issues.add(issue, number)
        reading.examples += 1
        reading.with_images += has_images(line)
        row = hashlib.sha256(line).digest()
        if row in reading.seen:
            reading.issues.add(warning("the same row stands further up in the file."), number)
        reading.seen.setdefault(row, number)
        if split == VALIDATION and row in self._trained:
            reading.issues.add(error("the same row is in the training file."), number)
        if split == TRAIN:
            self._trained.setdefault(row, number)


class _Reading:
    """The state of the check of a file."""

    def __init__(self, digest: "hashlib._Hash") -> None:
        self.issues = IssueLog()
        self.seen: dict[bytes, int] = {}
        self.examples = self.with_images = self.size = 0
        self._digest = digest

    def through(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the chunks, counting and hashing them."""
        for chunk in chunks:
            self._digest.update(chunk)
            self.size += len(chunk)
            yield chunk

    def report(self, split: str) -> PreflightReport:
        """Return the report, with errors of the file as a whole first."""
        return PreflightReport(
            errors=[*self._file_errors(split), *self.issues.sentences(errors=True)],
            warnings=[*self._file_warnings(split), *self.issues.sentences(errors=False)],
            sha256=self._digest.hexdigest(),
            size_bytes=self.size,
            examples=self.examples,
        )

    def _file_errors(self, split: str) -> Iterator[str]:
        if split == TRAIN and self.examples < MIN_EXAMPLES:
            has = "1 example" if self.examples == 1 else f"{self.examples} examples"
            yield (
                f"The training file has {has}; providers want at least "
                f"{MIN_EXAMPLES}. Approve more."
            )
        if self.size > MAX_FILE_BYTES:
            yield f"The file has {self.size / 1024**2:,.0f} MB; at most 512 MB can be uploaded."
        if self.with_images > MAX_EXAMPLES_WITH_IMAGES:
            yield f"{self.with_images:,} examples have pictures; at most 50,000 may."

    def _file_warnings(self, split: str) -> Iterator[str]:
        if split == TRAIN and MIN_EXAMPLES <= self.examples < MIN_RECOMMENDED_EXAMPLES:
            yield (
                f"The training file has {self.examples} examples. It is enough to be taken; "
                f"{MIN_RECOMMENDED_EXAMPLES} to 100 are where tuning begins to show."
            )


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines without their line feeds, also a last one that has none."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
    if rest:
        yield rest
