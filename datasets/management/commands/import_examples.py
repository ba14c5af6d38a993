"""`import_examples`: conversations of a file into the curation queue."""

import time
from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from datasets.conversations.texts import error_columns
from datasets.ingest import actions as imports
from datasets.ingest.actions import ImportJob
from datasets.ingest.files.differences import label_differences_message
from datasets.ingest.files.mapping import mapped_messages, parse_mapping
from datasets.ingest.files.opening import open_source
from datasets.ingest.files.shapes import unread_key_message
from datasets.ingest.files.source import Format, Source
from datasets.ingest.models import ImportBatch, Labels, NearDuplicates
from datasets.ingest.near_duplicates import present_rows
from datasets.ingest.rejects import RejectFile, reject_path
from reviewapp.core.commands import TouchstoneCommand
from reviewapp.core.errors import InvalidInput
from reviewapp.core.lookalikes import lookalike_messages
from reviewapp.core.messages import message, sentences
from reviewapp.core.texts import render_english
from reviewapp.jobs.actions import ClaimLost
from reviewapp.people.actions import projects
from reviewapp.people.lookup import find_project
from reviewapp.people.models import Project

# Limits the memory of the report; the reject file has all errors.
MAX_ERRORS = 10_000
MAX_SHOWN_ERRORS = 20
RERUN_HINT = "Run the command again: existing rows count as unchanged."


@dataclass
class Report:
    """The result of an import, with the keys of --json, which must not change."""

    read: int
    created: int
    unchanged: int
    rejected: int
    findings: int
    seconds: float
    errors: list[dict[str, Any]] = field(default_factory=list)
    notes: dict[str, int] = field(default_factory=dict)
    unread: dict[str, int] = field(default_factory=dict)
    mapping: dict[str, str] = field(default_factory=dict)
    relabelled: int = 0
    labels_changed: int = 0
    differences: list[dict[str, Any]] = field(default_factory=list)
    similar: int = 0
    near_duplicates: list[dict[str, Any]] = field(default_factory=list)
    similar_intents: list[list[str]] = field(default_factory=list)
    reject_file: str | None = None
    batch: int | None = None
    dry_run: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the object for --json; `errors_left_out` counts errors beyond the list."""
        return {**vars(self), "errors_left_out": self.rejected - len(self.errors)}


class Command(TouchstoneCommand):
    """Import a file of conversations."""

    help = (
        "Import conversations from JSON lines or lists (chat, or the formats of other tools), CSV, "
        "Excel or Parquet, also in gzip or ZIP files, into the curation queue of a project. "
        "A bad row never stops the good ones; existing rows are skipped, so an interrupted import "
        "can be run again."
    )
    example = "manage.py import_examples conversations.jsonl --project aurora --create-project"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options of the command."""
        parser.add_argument("file", metavar="FILE", type=Path, help="the file or folder to import")
        parser.add_argument("--project", required=True, metavar="SLUG", help="where it goes")
        parser.add_argument(
            "--format", choices=[*map(str, Format)], default=str(Format.AUTO), help="default: auto"
        )
        parser.add_argument("--source", default="", metavar="NAME", help="default: the file's name")
        parser.add_argument(
            "--near-duplicates",
            choices=NearDuplicates.values,
            default=NearDuplicates.KEEP.value,
            help="rows much like another example: keep (the default), flag with the tag "
            "near-duplicate, or skip; they are listed in any case",
        )
        parser.add_argument(
            "--labels",
            choices=Labels.values,
            default=Labels.KEEP.value,
            help="intent, tags, language and policies of existing examples: keep (the default), "
            "fill where missing, or replace; approved examples that change are drafts again",
        )
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="COLUMN=FIELD",
            help="read a column or key as a field (user, assistant, external_id ...), keep it in "
            "the metadata, or skip it; may be given several times",
        )
        parser.add_argument("--dry-run", action="store_true", help="look only; write nothing")
        parser.add_argument(
            "--strict", action="store_true", help="exit with 1 if any row was rejected"
        )
        parser.add_argument(
            "--create-project", action="store_true", help="create the project if it does not exist"
        )
        super().add_arguments(parser)

    def run(self, options: dict[str, Any]) -> None:
        """Import, report, and choose the exit code."""
        started = time.monotonic()
        mapping = parse_mapping(options["map"])
        file = open_source(options["file"], format_=options["format"], mapping=mapping)
        if file.shape:
            self.print_text(render_english(message(f"ingest.format.{file.shape}")))
        for mapped in mapped_messages(mapping):
            self.print_text(render_english(mapped))
        for column in file.unread:
            self.print_text(render_english(unread_key_message(column, is_table=True)))
        report = self._try(file, options) if options["dry_run"] else self._import(file, options)
        report.seconds = round(time.monotonic() - started, 3)
        self.emit(report.as_dict())
        self._print_report(report)
        if options["strict"] and report.rejected:
            self.exit_failed("Some rows were rejected.")

    def _import(self, file: Source, options: Mapping[str, Any]) -> Report:
        project = _project(options)
        batch = imports.create_batch(
            project=project,
            file=file,
            name=options["file"].name,
            source=options["source"],
            actor=None,
        )
        imports.set_choices(
            batch, near_duplicates=options["near_duplicates"], labels=options["labels"]
        )
        claimed = imports.claim_batch(batch_id=batch.pk)
        if claimed is None:
            raise InvalidInput("Another process took this import. Run the command again.")
        path = reject_path(options["file"], fallback=settings.DATA_DIR / "rejects")
        rejects = RejectFile(path, header=file.header)
        with self.progress(total=file.size, unit="import", bytes_=True) as bar:
            try:
                done = imports.run_batch(
                    ImportJob(claimed, file, rejects),
                    on_progress=lambda now: bar.update(now.bytes_read - bar.n),
                )
            except KeyboardInterrupt:
                imports.fail_batch(
                    batch=claimed,
                    code=imports.INTERRUPTED,
                    error=message("ingest.command_stopped"),
                )
                raise
            except OSError as error:
                reason = message("ingest.command_failed", reason=imports.first_line(error))
                imports.fail_batch(batch=claimed, code=imports.INTERRUPTED, error=reason)
                raise InvalidInput(reason) from error
            except ClaimLost as error:
                raise InvalidInput(f"The import was paused for too long. {RERUN_HINT}") from error
        return _report(done, rejects)

    def _try(self, file: Source, options: Mapping[str, Any]) -> Report:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            project = _unsaved(options) if options["create_project"] else _project(options)
        with self.progress(total=file.size, unit="look", bytes_=True) as bar:
            counts = imports.dry_run_import(
                project=project,
                file=file,
                max_errors=MAX_ERRORS,
                labels=options["labels"],
                on_progress=lambda now: bar.update(now.bytes_read - bar.n),
            )
        errors = [error_columns(row.line, row.message) for row in counts.errors]
        return Report(
            *(counts.read, counts.created, counts.unchanged, counts.rejected, counts.findings),
            seconds=0,
            errors=errors,
            notes=counts.notes,
            unread=counts.unread,
            mapping=dict(file.mapping),
            relabelled=counts.relabelled,
            labels_changed=counts.labels_changed,
            dry_run=True,
        )

    def _print_report(self, report: Report) -> None:
        would = "Would have created" if report.dry_run else "Created"
        self.print_text(
            f"{would} {report.created:,} of {report.read:,} rows in {report.seconds:,} s; "
            f"{report.unchanged:,} unchanged, {report.rejected:,} rejected, "
            f"{report.findings:,} findings."
        )
        for code, count in sorted(report.notes.items()):
            self.print_text(render_english(message(f"ingest.note.{code}", n=count)))
        for key, count in report.unread.items():
            if count:
                kept = message("ingest.unread_rows", n=count)
                self.print_text(render_english(sentences([unread_key_message(key), kept])))
        self._print_near_duplicates(report)
        self._print_differences(report)
        for sentence in lookalike_messages(report.similar_intents):
            self.print_text(sentence)
        for error in report.errors[:MAX_SHOWN_ERRORS]:
            self.print_text(f"line {error['line']}: {error['message']} [{error['code']}]")
        if report.rejected > MAX_SHOWN_ERRORS:
            self.print_text(f"... and {report.rejected - MAX_SHOWN_ERRORS:,} more.")
        if report.reject_file:
            self.print_text(f"The rejected rows are in {report.reject_file}")

    def _print_near_duplicates(self, report: Report) -> None:
        if not report.similar:
            return
        verb = "is" if report.similar == 1 else "are"
        self.print_text(f"{report.similar:,} of the rows {verb} near-duplicates:")
        for row in report.near_duplicates[:MAX_SHOWN_ERRORS]:
            became = f"example {row['example']}" if row["example"] else "left out"
            self.print_text(
                f"line {row['line']}, {became}: like example {row['other']}, "
                f"question {row['question']} %, answer {row['answer']} %"
            )
        if (more := report.similar - min(len(report.near_duplicates), MAX_SHOWN_ERRORS)) > 0:
            self.print_text(f"... and {more:,} more.")

    def _print_differences(self, report: Report) -> None:
        if not report.relabelled:
            return
        verb = "was" if report.relabelled == 1 else "were"
        would = "would change" if report.dry_run else "changed"
        self.print_text(
            f"{report.relabelled:,} of the unchanged {verb} there under other labels, of which the "
            f"import {would} {report.labels_changed:,}:"
        )
        for difference in report.differences[:MAX_SHOWN_ERRORS]:
            changed = ", ".join(difference["changed"])
            became = f"changed: {changed}" if changed else difference["reason"] or "not changed"
            self.print_text(
                f"line {difference['line']}, example {difference['example']}: "
                f"{render_english(label_differences_message(difference['labels']))} [{became}]"
            )
        if (more := report.relabelled - min(len(report.differences), MAX_SHOWN_ERRORS)) > 0:
            self.print_text(f"... and {more:,} more.")


def _project(options: Mapping[str, Any]) -> Project:
    slug = options["project"]
    if options["create_project"] and not Project.objects.filter(slug=slug).exists():
        return projects.create_project(slug=slug)
    return find_project(slug)


def _unsaved(options: Mapping[str, Any]) -> Project:
    """Return the project that would be created, without saving it.

    Raises:
        InvalidInput: the slug is not valid.
    """
    projects.check_slug(options["project"])
    return Project(slug=options["project"])


def _report(batch: ImportBatch, rejects: RejectFile) -> Report:
    errors = batch.rejections.all()[:MAX_ERRORS].iterator()
    differences = batch.differences.all()[:MAX_ERRORS].iterator()
    near = present_rows(batch).values("line", "example", "other", "question", "answer")
    return Report(
        *(batch.read, batch.created, batch.unchanged, batch.rejected, batch.findings),
        seconds=0,
        errors=[error_columns(row.line, row.message) for row in errors],
        notes=batch.notes,
        unread=batch.unread,
        mapping=batch.mapping,
        relabelled=batch.relabelled,
        labels_changed=batch.labels_changed,
        differences=[
            {
                "line": row.line,
                "example": row.example_id,
                "labels": row.labels,
                "changed": row.changed,
                "reason": render_english(row.reason) or None,
            }
            for row in differences
        ],
        similar=batch.similar,
        near_duplicates=[dict(row) for row in near[:MAX_ERRORS]],
        similar_intents=imports.similar_intents(batch),
        reject_file=str(rejects.path) if batch.rejected else None,
        batch=batch.pk,
    )
