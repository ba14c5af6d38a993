"""`manage.py export_dataset PROJECT VERSION --split train --out FILE`: the exact frozen bytes."""

import os
import secrets
import shutil
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from datasets.conversations.split import SPLITS
from datasets.versions import actions as versions
from datasets.versions.exports import Flavour
from datasets.versions.models import DatasetFile
from reviewapp.core.commands import EXIT_USAGE, TouchstoneCommand
from reviewapp.core.errors import InvalidInput
from reviewapp.core.texts import render_english
from reviewapp.people.lookup import find_project
from reviewapp.people.models import Project

STANDARD_OUTPUT = "-"
LATEST = "latest"
MAX_DIGITS = 9


class Command(TouchstoneCommand):
    """Writes one file of a version, after comparing its SHA-256 with the stored one."""

    help = "Write the exact bytes of one file of a frozen dataset version."
    example = "manage.py export_dataset aurora 3 --split train --out train.jsonl"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the project, the version, the split and the target."""
        parser.add_argument("project", metavar="PROJECT", help="the project's slug")
        parser.add_argument("version", metavar="VERSION", help="a number such as 3, or “latest”")
        parser.add_argument("--split", required=True, choices=SPLITS)
        parser.add_argument("--out", required=True, metavar="FILE", help="“-”: standard output")
        parser.add_argument(
            "--flavour",
            choices=list(Flavour),
            default=Flavour.PLAIN,
            type=Flavour,
            help="azure: with a byte order mark in front, which the digest leaves out",
        )
        super().add_arguments(parser)

    def run(self, options: dict[str, Any]) -> None:
        """Write the file and report its digest and size."""
        out: str = options["out"]
        if out == STANDARD_OUTPUT and self.wants_json:
            self.fail("Both --json and --out - want standard output. Name a file.", code=EXIT_USAGE)
        file = _find_file(find_project(options["project"]), options["version"], options["split"])
        # Open the target first: a file that cannot be written is not exported and has no event.
        with _printed() if out == STANDARD_OUTPUT else _replaced(Path(out)) as target:
            made = versions.export_file(file_id=file.pk, actor=None, flavour=options["flavour"])
            with made.content as content:
                shutil.copyfileobj(content, target)
        self._report(made.file, made.size_bytes, out)

    def _report(self, file: DatasetFile, size: int, out: str) -> None:
        errors = [render_english(error) for error in file.preflight_errors]
        warnings = [render_english(warning) for warning in file.preflight_warnings]
        self.emit(
            {
                "project": file.version.project.slug,
                "version": file.version.number,
                "split": file.split,
                "out": out,
                "sha256": file.stored_sha256,
                "redacted": bool(file.redaction),
                "bytes": size,
                "examples": file.examples,
                "tokens": file.tokens,
                "preflight": {"errors": errors, "warnings": warnings},
            }
        )
        lines = [
            f"{out}: {file.examples:,} examples, {size:,} bytes, {file.tokens:,} tokens",
            f"sha256 {file.stored_sha256}, {_origin(file)}",
            *(f"A provider would reject this: {error}" for error in errors),
        ]
        for line in lines:
            if out == STANDARD_OUTPUT:
                self.stderr.write(line, self.plain)
            else:
                self.print_text(line)


def _origin(file: DatasetFile) -> str:
    """Return whether the bytes are those that were frozen, or redacted ones."""
    if file.redaction is None:
        return f"as frozen in {file.version}"
    lines = len(file.redaction.positions)
    return f"redacted: {file.version} was frozen as {file.sha256} with {lines} more lines"


def _find_file(project: Project, wanted: str, split: str) -> DatasetFile:
    numbers = list(project.versions.values_list("number", flat=True)[:10])
    if not numbers:
        raise InvalidInput(f"{project.name} has no dataset version yet. Freeze one on its page.")
    number = wanted.removeprefix("v")
    if wanted == LATEST:
        number = str(numbers[0])
    is_number = number.isdecimal() and number.isascii() and len(number) <= MAX_DIGITS
    files = DatasetFile.objects.filter(version__project=project, split=split)
    file = files.filter(version__number=int(number)).first() if is_number else None
    if file is None:
        there_is = ", ".join(map(str, numbers))
        raise InvalidInput(f"{project.name} has no version “{wanted}”. The latest are: {there_is}.")
    return file


@contextmanager
def _printed() -> Iterator[IO[bytes]]:
    """Yield standard output.

    Raises:
        InvalidInput: it could not be written to the end.
    """
    try:
        yield sys.stdout.buffer
        sys.stdout.flush()
    except OSError as error:
        # Python would write the rest of its buffer, and fail again, at the end of the process.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise InvalidInput(
            f"Standard output did not take the whole file: {error.strerror}."
        ) from error


@contextmanager
def _replaced(out: Path) -> Iterator[IO[bytes]]:
    """Yield a file that replaces `out` when all of it is written.

    Raises:
        InvalidInput: it cannot be written, or not to the end; `out` is then unchanged.
    """
    if out.is_dir():
        raise InvalidInput(f"{out} is a folder. Name a file in it.")
    # Write to the target of a link, so that the link is kept.
    out = out.resolve()
    target, part = _opened(out)
    try:
        with target:
            yield target
            if part is None and out.is_file():
                # The old content beyond the new end is removed only after the new is written.
                target.truncate()
        if part is not None:
            part.replace(out)
    except OSError as error:
        raise InvalidInput(f"{out} could not be written to its end: {error.strerror}.") from error
    finally:
        if part is not None:
            part.unlink(missing_ok=True)


def _opened(out: Path) -> tuple[IO[bytes], Path | None]:
    """Open a temporary file beside `out`, or `out` itself if there can be none.

    Pipes and devices are written directly, and so is a file in a folder without write permission.
    """
    is_there = out.exists()
    if not is_there or (out.is_file() and os.access(out, os.W_OK)):
        part = out.with_name(f".{secrets.token_hex(8)}.part")
        try:
            target = part.open("xb")
        except OSError as error:
            if not is_there:
                raise _unwritable(out, error) from error
        else:
            if is_there:
                shutil.copymode(out, part)
            return target, part
    try:
        return os.fdopen(os.open(out, os.O_WRONLY), "wb"), None
    except OSError as error:
        raise _unwritable(out, error) from error


def _unwritable(out: Path, error: OSError) -> InvalidInput:
    return InvalidInput(f"{out} cannot be written: {error.strerror}.")
