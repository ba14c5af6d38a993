"""Uploads of ready answers: check the files, show what they hold, make a run of them."""

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from datasets.ingest.files.raw import UnreadableFile
from evaluation.gates import GateSettings, too_small_intents
from evaluation.registry.models import ModelVersion
from evaluation.runs.actions import answer_import
from evaluation.runs.actions.answer_import import reviewers_of
from evaluation.runs.actions.answer_plan import AnswerImport, Overlap, plan_errors
from evaluation.runs.actions.answer_scan import AnswerScan, MarkChoice, scan_rows
from evaluation.runs.answer_files import StoredFile, rows_of
from evaluation.runs.models import AnswerUpload, EvaluationRun
from evaluation.runs.reviewer_capacity import default_overlap_votes
from evaluation.runs.run_names import run_name_of_models
from reviewapp.core.errors import DomainError, InvalidInput, InvalidInputs, InvalidTransition
from reviewapp.core.messages import message
from reviewapp.jobs.actions import Heartbeat, cancel_job, claim_job, fail_job, finish_job
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import require_lead

logger = logging.getLogger(__name__)

FOLDER = "answers"
# Few enough to be checked while the lead waits; the command import_answers takes any number.
MAX_ROWS = 20_000
SHOWN_ERRORS = 100
SHOWN_KEYS = 10
UNCONFIRMED_KEPT = timedelta(days=1)
REPORT_SECONDS = 1.0


@dataclass(frozen=True)
class UploadPlan:
    """What the lead says about an upload; the fields are those of `AnswerUpload`.

    Without a name of the run, it is made of the names of the models.
    """

    baseline: str
    candidate: str
    run_name: str = ""
    title: str = ""
    votes_per_example: int = 1
    overlap_percent: int = 20
    overlap_votes: int | None = None
    preset: str = "standard"


def accept_answers(
    *,
    project: Project,
    plan: UploadPlan,
    files: Mapping[str, "UploadedFile[Any]"],
    actor: User,
) -> AnswerUpload:
    """Keep uploaded files and store what they hold; nothing is imported before `confirm`.

    Args:
        project: of the run.
        plan: names and votes.
        files: `both`; or `prompts`, `baseline` and `candidate`.
        actor: a lead.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: a name is taken or clashes, or the files have no usable row.
    """
    require_lead(actor, project)
    if not plan.run_name:
        name = run_name_of_models(project.pk, plan.candidate, plan.baseline)
        plan = replace(plan, run_name=name)
    upload = AnswerUpload(project=project, created_by=actor, files={}, **vars(plan))
    errors = list(_name_errors(upload))
    try:
        for part, file in files.items():
            path = default_storage.save(f"{FOLDER}/{uuid4().hex}", file)
            upload.files[part] = {"path": path, "name": (file.name or part)[:255]}
        upload.findings = _findings(upload, _accepted_scan(upload, errors))
        upload.save()
    except BaseException:
        for stored in upload.files.values():
            default_storage.delete(stored["path"])
        raise
    return upload


def _name_errors(upload: AnswerUpload) -> Iterator[InvalidInput]:
    """Yield what is wrong with names and numbers of votes."""
    yield from plan_errors(_import_plan(upload))
    if EvaluationRun.objects.filter(project=upload.project, name=upload.run_name).exists():
        yield InvalidInput(
            gettext("There is a run “%(name)s” already. Choose another name.")
            % {"name": upload.run_name},
            field="run_name",
        )


def _accepted_scan(upload: AnswerUpload, errors: Sequence[DomainError]) -> AnswerScan:
    """Return what the files hold; raise what is wrong with them together with these errors."""
    scan, wrong_files = _scan(upload)
    found = [*errors, *wrong_files]
    if scan is not None and not found:
        return scan
    raise found[0] if len(found) == 1 else InvalidInputs(found)


def _scan(upload: AnswerUpload) -> tuple[AnswerScan | None, list[DomainError]]:
    """Return what the files hold, or what is wrong with each of them."""
    errors: list[DomainError] = []
    for part, file in _stored_files(upload).items():
        try:
            file.check()
        except UnreadableFile as error:
            error.field = _field_of(part)
            errors.append(error)
    if errors:
        return None, errors
    try:
        return _checked_scan(upload), []
    except DomainError as error:
        return None, [error]


def _checked_scan(upload: AnswerUpload) -> AnswerScan:
    rows = list(islice(rows_of(_stored_files(upload)), MAX_ROWS + 1))
    if len(rows) > MAX_ROWS:
        raise InvalidInput(
            gettext("The file has more than %(limit)s rows. Use the command import_answers.")
            % {"limit": MAX_ROWS}
        )
    scan = scan_rows(rows, languages=upload.project.languages)
    if not scan.hashes:
        raise InvalidInput(_nothing_accepted(scan))
    if scan.served_order_error:
        raise InvalidInput(
            gettext("“served” must count the rows from 1 without gaps. Correct or remove it.")
        )
    return scan


def _field_of(part: str) -> str:
    return part if part in {"both", "prompts"} else f"{part}_answers"


def _nothing_accepted(scan: AnswerScan) -> Any:
    if not scan.errors:
        return message("ingest.file.empty", name="")
    first = scan.errors[0]
    return message("ingest.at_line", line=first.line, cause=first.message)


def _stored_files(upload: AnswerUpload) -> dict[str, StoredFile]:
    return {
        part: StoredFile(Path(default_storage.path(file["path"])), file["name"])
        for part, file in upload.files.items()
    }


def _findings(upload: AnswerUpload, scan: AnswerScan) -> dict[str, Any]:
    """Return what the preview shows; texts of rows stay in the files."""
    gates = GateSettings.of_preset(upload.preset)
    names = (upload.baseline, upload.candidate)
    known = ModelVersion.objects.filter(project=upload.project, name__in=names)
    return {
        "accepted": len(scan.hashes),
        "repeated": scan.repeated,
        "rejected": len(scan.errors),
        "marked": scan.marked,
        "cut": scan.cut,
        "blank": scan.blank,
        "identical": 0 if scan.served else scan.identical,
        "unread": dict(scan.unread.most_common(SHOWN_KEYS)),
        "languages": dict(scan.languages),
        "intents": dict(sorted(scan.intents.items())),
        "watched": [
            small.subject for small in too_small_intents(gates, dict(scan.intents)) if small.subject
        ],
        "known_models": sorted(known.values_list("name", flat=True)),
        "errors": [
            {"line": error.line, "message": error.message.as_json()}
            for error in scan.errors[:SHOWN_ERRORS]
        ],
    }


@transaction.atomic
def confirm(*, project: Project, upload_id: int, actor: User, marks: str = "") -> AnswerUpload:
    """Allow a worker to make the run.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: it was confirmed or discarded before.
        InvalidInput: answers have marks, and nobody has said what becomes of them.
    """
    require_lead(actor, project)
    upload = _locked(project, upload_id)
    if upload.findings.get("marked") and marks not in set(MarkChoice):
        raise InvalidInput(
            gettext("Choose what becomes of reasoning and template marks."), field="marks"
        )
    upload.marks, upload.confirmed_at = marks, timezone.now()
    upload.save(update_fields=["marks", "confirmed_at"])
    return upload


@transaction.atomic
def discard(*, project: Project, upload_id: int, actor: User | None) -> None:
    """Delete the files of an upload that was not confirmed.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: it was confirmed or discarded before.
    """
    require_lead(actor, project)
    upload = _locked(project, upload_id)
    cancel_job(upload)
    upload.delete_files()


def discard_forgotten() -> None:
    """Discard uploads that nobody confirmed within a day."""
    before = timezone.now() - UNCONFIRMED_KEPT
    waiting = AnswerUpload.objects.filter(
        confirmed_at=None, state=AnswerUpload.State.WAITING, created_at__lt=before
    )
    for upload in waiting.select_related("project"):
        discard(project=upload.project, upload_id=upload.pk, actor=None)


def _locked(project: Project, upload_id: int) -> AnswerUpload:
    waiting = AnswerUpload.objects.select_for_update().filter(
        project=project, pk=upload_id, confirmed_at=None, state=AnswerUpload.State.WAITING
    )
    upload = waiting.first()
    if upload is None:
        raise InvalidTransition(
            gettext("This upload was confirmed or discarded already. Reload the page.")
        )
    return upload


def reviewers_of_upload(upload: AnswerUpload) -> "QuerySet[User]":
    """Return the users who become reviewers of its run: not the one who knows the answers."""
    return reviewers_of(upload.project).exclude(pk=upload.created_by_id)


def overlap_votes_of(upload: AnswerUpload) -> int:
    """Return how many votes an example of the overlap set gets."""
    return upload.overlap_votes or default_overlap_votes(
        reviewer_count=reviewers_of_upload(upload).count(),
        votes_per_example=upload.votes_per_example,
    )


def _import_plan(upload: AnswerUpload) -> AnswerImport:
    return AnswerImport(
        run=upload.run_name,
        title=upload.title,
        baseline=upload.baseline,
        candidate=upload.candidate,
        votes_per_example=upload.votes_per_example,
        gates=GateSettings.of_preset(upload.preset),
        overlap=Overlap(upload.overlap_percent, overlap_votes_of(upload)),
        marks=MarkChoice(upload.marks) if upload.marks else MarkChoice.KEEP,
        opens=False,
    )


def import_upload(*, upload_id: int) -> None:
    """Make the run of a confirmed upload. Safe to call twice: the run is made once."""
    upload = claim_job(AnswerUpload, upload_id)
    if upload is None:
        return
    files = _stored_files(upload)
    try:
        with Heartbeat(upload), _RowCounter(upload) as counter:
            report = answer_import.import_answers(
                project=upload.project,
                plan=_import_plan(upload),
                rows=lambda: rows_of(files),
                actor=upload.created_by,
                on_stored=counter.count,
            )
    except DomainError as error:
        # The files were checked before, so the project has changed meanwhile.
        logger.warning("Upload %s could not be imported: %s", upload.pk, error)
        fail_job(upload, "project_changed", message("runs.upload_failed"))
        upload.delete_files()
        return
    if not (report.created or report.unchanged):
        fail_job(upload, "name_taken", message("runs.upload_name_taken", name=upload.run_name))
    else:
        finish_job(upload, run=report.run, rows_done=upload.rows_total)
    upload.delete_files()


class _RowCounter:
    """Writes each second how many rows were stored, on a connection outside the transaction."""

    def __init__(self, upload: AnswerUpload) -> None:
        self._upload = upload
        self._rows = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="row-counter", daemon=True)

    def count(self, stored: int, _all: int) -> None:
        """Note how many rows are stored."""
        self._rows = stored

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stopped.wait(REPORT_SECONDS):
                running = AnswerUpload.objects.filter(pk=self._upload.pk)
                running.update(rows_done=min(self._rows, self._upload.rows_total))
        finally:
            connection.close()
