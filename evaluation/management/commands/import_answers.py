"""manage.py import_answers FILE --project SLUG ...: creates a run from existing answers."""

import json
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.db import transaction

from datasets.conversations.errors import RowError
from datasets.conversations.texts import error_columns
from evaluation.gates import GateSettings
from evaluation.management.files import readable_size
from evaluation.runs.actions import answer_import
from evaluation.runs.actions.answer_plan import (
    AnswerImport,
    AnswerImportReport,
    Overlap,
    TrainedChoice,
)
from evaluation.runs.actions.answer_scan import MarkChoice
from evaluation.runs.actions.identical import count_identical
from evaluation.runs.criteria import CriterionTerms
from evaluation.runs.models import EvaluationRun
from evaluation.runs.planning_summary import USUAL, VotingTerms, forecast_of_run
from evaluation.runs.reading import short_languages
from evaluation.runs.reviewer_capacity import default_overlap_votes, too_few_reviewers
from evaluation.runs.rows import AnswerRow, read_answers
from evaluation.runs.setup_summary import similar_intents
from evaluation.runs.terms import HUNDRED, MAX_VOTES_PER_EXAMPLE
from reviewapp.core.commands import EXIT_FAILED, TouchstoneCommand, count_of
from reviewapp.core.errors import InvalidInput
from reviewapp.core.texts import render_english
from reviewapp.people.actions import projects
from reviewapp.people.lookup import find_project
from reviewapp.people.models import Project

ALL = "all"
SHOWN_ERRORS = 20
# Half of the time is spent on reading the file, half on storing its rows.
HALVES = 2


def votes_per_example(given: str) -> str:
    """Return the value of the option: a number from 1, or the word all."""
    if given != ALL and not (
        given.isascii() and given.isdigit() and 1 <= int(given) <= MAX_VOTES_PER_EXAMPLE
    ):
        raise ArgumentTypeError(
            f"“{given}” is neither a number from 1 to {MAX_VOTES_PER_EXAMPLE} nor “all”"
        )
    return given


def percentage(given: str) -> int:
    """Return the value of the option: a whole number from 0 to 100."""
    if not (given.isascii() and given.isdigit() and int(given) <= HUNDRED):
        raise ArgumentTypeError(f"“{given}” is not a whole number from 0 to 100")
    return int(given)


class Command(TouchstoneCommand):
    """Imports a file of answers, one JSON object a line."""

    help = (
        "Make a run out of answers that exist already, open for votes. "
        "The same file again changes nothing."
    )
    example = (
        "manage.py import_answers answers.jsonl --project aurora --run first-look \\\n"
        "      --baseline house-model --candidate tuned-model --votes-per-example 1"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the file, the run, and the names of the two models."""
        parser.add_argument("file", type=Path, help="JSON lines: id, intent, messages, answers")
        parser.add_argument("--project", required=True, metavar="SLUG", help="the project")
        parser.add_argument("--run", required=True, metavar="NAME", help="name of the run")
        parser.add_argument("--baseline", required=True, metavar="NAME", help="model to beat")
        parser.add_argument("--candidate", required=True, metavar="NAME", help="model to judge")
        parser.add_argument(
            "--votes-per-example",
            type=votes_per_example,
            metavar="N|all",
            help="votes that close an example (default 1); all: examples "
            "close with all the votes imported for them",
        )
        _add_overlap_arguments(parser)
        parser.add_argument(
            "--title", default="", help="what reviewers see instead of the run's name"
        )
        _add_choice_arguments(parser)
        parser.add_argument(
            "--terms",
            type=Path,
            metavar="FILE",
            help="run.json of an exported run: its votes for each example, overlap, title, gates, "
            "criteria",
        )
        parser.add_argument(
            "--create-project", action="store_true", help="make the project if it is missing"
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="report what the file holds and how the run would end, and store nothing",
        )
        parser.add_argument("--strict", action="store_true", help="exit 1 if a row was rejected")
        super().add_arguments(parser)

    def run(self, options: dict[str, Any]) -> None:
        """Import the file and report."""
        began = time.monotonic()
        file: Path = options["file"]
        exported = _exported(options["terms"]) if options["terms"] else None
        plan = _plan(options, exported)
        size = readable_size(file, what="row")
        whole = HALVES * size
        # One transaction, so that a rejected file does not leave a new, empty project behind.
        with (
            self.progress(total=whole, unit=file.name, bytes_=True) as bar,
            transaction.atomic(),
        ):
            project = _project(options)
            report = answer_import.import_answers(
                project=project,
                plan=replace(
                    plan, overlap=exported.overlap if exported else _overlap(project, options)
                ),
                rows=lambda: _rows(file, bar),
                on_stored=lambda stored, rows: bar.update(size + size * stored // rows - bar.n),
            )
            if options["dry_run"]:
                self._report(report, time.monotonic() - began, is_dry=True)
                transaction.set_rollback(True)
        if not options["dry_run"]:
            self._report(report, time.monotonic() - began)
        if options["strict"] and report.rejected:
            raise SystemExit(EXIT_FAILED)

    def _report(self, report: AnswerImportReport, seconds: float, *, is_dry: bool = False) -> None:
        comparisons = report.run.comparisons.count()
        self.emit(
            {
                "read": report.read,
                "created": report.created,
                "unchanged": report.unchanged,
                "rejected": report.rejected,
                "errors": [error_columns(error.line, error.message) for error in report.errors],
                "run": report.run.name,
                "comparisons": comparisons,
                "withdrawn": report.withdrawn,
                "cut": report.cut,
                "blank": report.blank,
                "like_training_data": report.like_training_data,
                "identical": count_identical(report.run),
                "unread": report.unread,
                "dry_run": is_dry,
                "watch_only": report.watched,
                "seconds": round(seconds, 3),
            }
        )
        self.print_text(
            f"{count_of(report.read, 'row')} read: {report.created} created, "
            f"{report.unchanged} unchanged, {report.rejected} rejected. "
            f"The run “{report.run}” has {count_of(comparisons, 'comparison')}."
        )
        self._print_remarks(report)
        if is_dry:
            self._print_forecast(report.run)
        for error in report.errors[:SHOWN_ERRORS]:
            self.print_text(f"line {error.line}: {render_english(error.message)}")
        if report.rejected > SHOWN_ERRORS:
            self.print_text(f"and {report.rejected - SHOWN_ERRORS} more; --json lists all of them.")

    def _print_remarks(self, report: AnswerImportReport) -> None:
        """Print what the lead should know before people vote."""
        self._print_counts(report)
        if report.watched:
            self.print_text(
                "Too few examples ever to pass a gate, and therefore only watched: "
                f"{count_of(len(report.watched), 'intent')}. The run will not show them to be safe."
            )
        for key, rows in report.unread.items():
            self.print_text(f"“{key}” is not read; it is in {count_of(rows, 'row')}.")
        for sentence in similar_intents(report.run):
            self.print_text(sentence)
        self._print_missing_reviewers(report)

    def _print_counts(self, report: AnswerImportReport) -> None:
        if report.withdrawn:
            self.print_text(f"Withdrawn, because an answer failed: {report.withdrawn}.")
        if identical := count_identical(report.run):
            self.print_text(
                f"Both answers are the same in {count_of(identical, 'example')}: ties by "
                "rule, which nobody votes on."
            )
        if report.cut:
            self.print_text(f"Cut at the token limit: {count_of(report.cut, 'answer')}.")
        if report.blank:
            self.print_text(f"Nothing is to be seen in {count_of(report.blank, 'answer')}.")
        if report.like_training_data:
            self.print_text(
                "Like training data, which makes the test easier: "
                f"{count_of(report.like_training_data, 'prompt')}. "
                "--like-training-data keeps or withdraws them."
            )

    def _print_missing_reviewers(self, report: AnswerImportReport) -> None:
        reviewer_count = report.run.raters.filter(removed_at__isnull=True).count()
        if reviewer_count and (
            sentence := too_few_reviewers(report.run, reviewer_count=reviewer_count)
        ):
            self.print_text(sentence)
        for language in short_languages(report.run):
            self.print_text(render_english(language.message()))

    def _print_forecast(self, run: EvaluationRun) -> None:
        raters = run.raters.filter(removed_at__isnull=True).count()
        terms = VotingTerms(raters, run.votes_per_example, run.overlap_percent, run.overlap_votes)
        found = forecast_of_run(run, terms, USUAL)
        rate, ties = found.assumed.win_rate, found.assumed.ties
        self.print_text(
            f"At a true win rate of {rate:.0%} with {ties:.0%} ties this run passes in about "
            f"{found.result.passed} of 100 cases."
        )
        self.print_text("Nothing was stored. Leave out --dry-run to make the run.")


def _add_choice_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--marks",
        choices=[choice.value for choice in MarkChoice],
        help="what becomes of reasoning (<think>) and template marks (<|im_end|>) in answers "
        "that people will vote on; without it a file that has some is refused",
    )
    parser.add_argument(
        "--like-training-data",
        choices=[choice.value for choice in TrainedChoice],
        default=TrainedChoice.KEEP.value,
        help="what becomes of prompts that are like what one of the models was trained on; keep "
        "is the default",
    )


def _add_overlap_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--overlap-percent",
        type=percentage,
        default=0,
        metavar="P",
        help="share of the examples that --overlap-votes people vote on, drawn at random "
        "(default 0); without it agreement cannot be measured where each example needs one "
        "vote, and the gate that asks for it does not pass. 20 is a good value",
    )
    parser.add_argument(
        "--overlap-votes",
        type=int,
        metavar="N",
        help="default 3, or 2 where the project has two reviewers",
    )


@dataclass(frozen=True)
class _Exported:
    """What `run.json` of an exported run says of its terms."""

    votes_per_example: str
    overlap: Overlap
    title: str
    gates: GateSettings
    criteria: tuple[CriterionTerms, ...]
    run_number: int


def _exported(file: Path) -> _Exported:
    """Read the terms of an exported run.

    Raises:
        InvalidInput: it cannot be read, or is no such file.
    """
    readable_size(file, what="setting")
    try:
        given = json.loads(file.read_bytes())
        gates = GateSettings.from_json(given["gates"])
        return _Exported(
            votes_per_example=votes_per_example(str(given["votes_per_example"])),
            overlap=Overlap(int(given["overlap_percent"]), int(given["overlap_votes"])),
            title=str(given.get("title", "")),
            # The import divides alpha again.
            gates=replace(gates, alpha=gates.alpha_of_first_run, run_number=1),
            criteria=tuple(map(CriterionTerms.from_json, given.get("criteria", ()))),
            run_number=gates.run_number,
        )
    except (ValueError, KeyError, TypeError, AttributeError, ArgumentTypeError) as error:
        raise InvalidInput(
            f"{file} is not the run.json of an exported run. Take it out of the ZIP file again."
        ) from error


def _plan(options: dict[str, Any], exported: _Exported | None) -> AnswerImport:
    """Return the plan of the options, with the terms of an exported run; without the overlap."""
    votes = options["votes_per_example"] or (exported.votes_per_example if exported else "1")
    marks = options["marks"] or (MarkChoice.KEEP if exported else None)
    return AnswerImport(
        run=options["run"],
        baseline=options["baseline"],
        candidate=options["candidate"],
        votes_per_example=None if votes == ALL else int(votes),
        must_match_votes=options["votes_per_example"] is not None,
        marks=MarkChoice(marks) if marks else None,
        like_training_data=TrainedChoice(options["like_training_data"]),
        title=options["title"] or (exported.title if exported else ""),
        gates=exported.gates if exported else GateSettings(),
        criteria=exported.criteria if exported else (),
        run_number=exported.run_number if exported else 1,
    )


def _project(options: dict[str, Any]) -> Project:
    slug = options["project"]
    if options["create_project"] and not Project.objects.filter(slug=slug).exists():
        return projects.create_project(slug=slug)
    return find_project(slug)


def _overlap(project: Project, options: dict[str, Any]) -> Overlap:
    votes = options["overlap_votes"]
    if votes is None:
        votes_each = options["votes_per_example"] or "1"
        votes = default_overlap_votes(
            reviewer_count=answer_import.reviewers_of(project).count(),
            votes_per_example=1 if votes_each == ALL else int(votes_each),
        )
    return Overlap(options["overlap_percent"], votes)


def _rows(file: Path, bar: Any) -> Iterator[AnswerRow | RowError]:
    """Read the file; the progress bar shows how far."""
    with file.open("rb") as stream:
        for row in read_answers(stream):
            if isinstance(row, RowError) and row.code == "not_utf8":
                raise InvalidInput(
                    f"{file} is not UTF-8 (line {row.line}). Save it as UTF-8 and try again."
                )
            bar.update(stream.tell() - bar.n)
            yield row
