"""Base of all commands: an example in the help, --json, plain sentences, a progress bar.

A command exits with 0 (done), 1 (rejected, or rows were rejected under --strict) or 2 (wrong
usage).
"""

import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Mapping
from textwrap import fill
from threading import RLock
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from django.core.management.base import (
    BaseCommand,
    CommandError,
    CommandParser,
    DjangoHelpFormatter,
)

from reviewapp.core.errors import DomainError

if TYPE_CHECKING:
    from tqdm import tqdm

EXIT_FAILED = 1
EXIT_USAGE = 2
HELP_WIDTH = 79


def count_of(n: int, noun: str) -> str:
    """Return a number with its English noun: "1 example", "1,204 examples"."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


class CommandFailed(CommandError):
    """The command was rejected; the message is a sentence for the user."""


class HelpFormatter(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    """Lists our own options first, and keeps the line breaks of the example."""


class TouchstoneCommand(BaseCommand):
    """A command with --json. Subclasses set `help` and `example`, and define `run`.

    With --json, standard output holds exactly one JSON object: the argument of `emit`, or {"error":
    sentence}. Text for people then goes to standard error.
    """

    example: ClassVar[str] = ""
    wants_json = False

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Add the example below the help, with its line breaks."""
        self.help = fill(self.help, HELP_WIDTH)
        kwargs.setdefault("epilog", f"example:\n  {self.example}" if self.example else None)
        kwargs.setdefault("formatter_class", HelpFormatter)
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        # The checks load every page, half of the time of a short command; `migrate` and `check` run
        # them.
        parser.set_defaults(skip_checks=True)
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add --json. Subclasses call this after adding their own arguments."""
        parser.add_argument(
            "--json", action="store_true", dest="wants_json", help="one JSON object on stdout"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run the command; a DomainError ends it with exit 1 and its sentence."""
        self.wants_json = bool(options.get("wants_json"))
        try:
            self.run(options)
        except DomainError as error:
            self.fail(str(error))

    def run(self, options: dict[str, Any]) -> None:
        """Do the work; report with `emit` and `print_text`."""
        raise NotImplementedError

    def emit(self, answer: Mapping[str, Any]) -> None:
        """Print the result as one JSON object, if --json was given."""
        if self.wants_json:
            self.stdout.write(json.dumps(answer, ensure_ascii=False, default=str))

    def print_text(self, text: str) -> None:
        """Print a text for people: on standard output, or on standard error with --json."""
        (self.stderr if self.wants_json else self.stdout).write(text, self.plain)

    def fail(self, sentence: str, *, code: int = EXIT_FAILED) -> NoReturn:
        """End the command: the sentence on standard error, with --json also as {"error"}."""
        self.emit({"error": sentence})
        raise CommandFailed(sentence, returncode=code)

    def exit_failed(self, sentence: str) -> NoReturn:
        """End the command with exit 1 after its result was printed."""
        raise CommandFailed(sentence, returncode=EXIT_FAILED)

    def progress(self, *, total: int, unit: str, bytes_: bool = False) -> "tqdm[NoReturn]":
        """Return a bar on standard error that shows only on a terminal, after a second.

        `unit` names what is counted; with `bytes_`, amounts are shown as kB, MB.
        """
        from tqdm import tqdm  # noqa: PLC0415 - only commands that take long have a bar.

        # Its own lock is one for several processes. Where they are not forked by default, a
        # program starts for it, which warns of a lost semaphore when the command is killed.
        tqdm.set_lock(RLock())
        return tqdm(
            total=total,
            unit="B" if bytes_ else f" {unit}",
            unit_scale=bytes_,
            desc=unit if bytes_ else None,
            file=sys.stderr,
            disable=not sys.stderr.isatty(),
            delay=1,
        )

    @staticmethod
    def plain(text: str) -> str:
        """Return the text unchanged, so that standard error does not colour it."""
        return text
