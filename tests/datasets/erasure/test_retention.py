"""Erasure of rejected rows, and retention."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from datasets.curation.models import EditDraft
from datasets.erasure.actions import apply_retention, erase_rejects
from datasets.ingest import actions as imports
from datasets.ingest.models import ImportBatch
from datasets.versions.actions import redacting
from datasets.versions.splits import TRAIN
from datasets.versions.storage import storage_name
from evaluation.registry.models import ProviderCall
from evaluation.runs.models import Answer
from reviewapp.core.errors import InvalidTransition, PermissionDeniedError
from reviewapp.people.actions.settings import change_settings
from reviewapp.people.models import ProjectEvent
from tests.factories.imports import make_row
from tests.factories.runs import make_generating_run, make_voting_run
from tests.factories.versions import ProjectWithMembers

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(days=40)


@pytest.fixture
def house() -> ProjectWithMembers:
    return ProjectWithMembers()


def imported(house: ProjectWithMembers) -> ImportBatch:
    """Return an import with a rejected row and a row with other labels."""
    for intent in ("returns", "refunds"):
        rows = "\n".join([json.dumps(make_row(1, intent=intent)), "oops, Ada"])
        upload = SimpleUploadedFile("rows.jsonl", rows.encode())
        batch = imports.accept_upload(
            project=house.project, upload=upload, format_="auto", source="", actor=house.author
        )
        imports.import_upload(batch_id=batch.pk)
    batch.refresh_from_db()
    assert batch.rejections.exists()
    assert batch.differences.exists()
    return batch


def last_event(house: ProjectWithMembers) -> ProjectEvent:
    events = ProjectEvent.objects.filter(project=house.project).order_by("-pk")
    event: ProjectEvent = events[0]
    return event


def test_the_rejected_rows_of_an_import_are_erased_with_their_file(
    house: ProjectWithMembers, django_capture_on_commit_callbacks: Any
) -> None:
    batch = imported(house)
    file = imports.stored_reject_path(batch)
    assert default_storage.exists(file)
    with pytest.raises(PermissionDeniedError):
        erase_rejects(batch_id=batch.pk, reason="Asked.", actor=house.author)
    client = Client()
    client.force_login(house.lead)
    address = reverse("datasets:erase_rejects", args=[house.project.slug, batch.pk])
    page = reverse("datasets:import_batch", args=[house.project.slug, batch.pk])
    assert address in client.get(page).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(address, {"reason": "Asked.", "confirmed": "on"})
    assert not batch.rejections.exists()
    assert not batch.differences.exists()
    assert not default_storage.exists(file)
    event = last_event(house)
    assert (event.action, event.actor, event.reason) == ("erase_rejects", house.lead, "Asked.")
    named = {"batch": batch.pk, "file": batch.file_name}
    assert event.detail == {**named, "rejects": 1, "differences": 1}
    assert "were erased on" in client.get(page).content.decode()
    with pytest.raises(InvalidTransition, match="erased already"):
        erase_rejects(batch_id=batch.pk, reason="Asked.", actor=house.lead)
    assert client.get(address)["Location"] == page
    assert "(erased)" in client.get(page).content.decode()
    lines = client.get(reverse("audit", args=[house.project.slug])).context["entries"]
    (line,) = (line for line in lines if line.event.action == "erase_rejects")
    assert line.what == f"Erase rejected rows: {batch.file_name}, import {batch.pk}"
    assert line.url == page


def test_rejects_and_drafts_are_deleted_after_the_days_of_their_project(
    house: ProjectWithMembers, runtime_role: str
) -> None:
    batch, other = imported(house), imported(ProjectWithMembers())
    old = timezone.now() - LONG_AGO
    ImportBatch.objects.update(finished_at=old)
    for example, age in zip(house.many(2), (LONG_AGO, timedelta()), strict=True):
        EditDraft.objects.create(
            example=example,
            user=house.lead,
            base_number=1,
            content={},
            updated_at=timezone.now() - age,
        )
    assert apply_retention() == 0, "nothing is deleted that no setting names"
    change_settings(
        project_id=house.project.pk,
        changes={"keep_rejects_days": 30, "keep_drafts_days": 30},
        actor=house.lead,
    )
    assert apply_retention() == 4
    assert not batch.rejections.exists()
    assert other.rejections.exists()
    assert EditDraft.objects.count() == 1
    assert last_event(house).detail == {"rejects": 2, "differences": 1, "drafts": 1}
    events = ProjectEvent.objects.count()
    assert apply_retention() == 0
    assert ProjectEvent.objects.count() == events, "what deletes nothing leaves no event"


def test_raw_provider_data_is_deleted_and_answers_are_kept(
    house: ProjectWithMembers, runtime_role: str
) -> None:
    run = make_voting_run(house.project, examples=2)
    old = timezone.now() - LONG_AGO
    texts = sorted(Answer.objects.filter(run=run).values_list("text", flat=True))
    waiting = make_generating_run(project=house.project)
    answer = Answer.objects.filter(run=waiting)[0]
    Answer.objects.filter(pk=answer.pk).update(
        request_id="req-1", original_text="<think>Ada</think> Hi.", finished_at=old
    )
    endpoint = answer.model_version.endpoint
    assert endpoint is not None
    for finished_at in (old, None):
        ProviderCall.objects.create(
            endpoint=endpoint,
            purpose="answer",
            subject_id=answer.pk,
            started_at=old,
            finished_at=finished_at,
        )
    change_settings(
        project_id=house.project.pk, changes={"keep_provider_data_days": 30}, actor=house.lead
    )
    assert apply_retention() == 2
    answer.refresh_from_db()
    assert (answer.request_id, answer.original_text) == ("", "")
    assert ProviderCall.objects.count() == 1, "a call that runs is still counted"
    assert sorted(Answer.objects.filter(run=run).values_list("text", flat=True)) == texts
    assert last_event(house).detail == {
        "provider_calls": 1,
        "provider_answers": 1,
        "judge_replies": 0,
        "shadow_answers": 0,
    }


def test_unused_stored_files_are_removed_after_an_hour(
    house: ProjectWithMembers, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.approved()
    file = house.freeze(shares={"train": 100, "validation": 0, "test": 0}).files.get(split=TRAIN)
    folder = Path(settings.STORAGES["datasets"]["OPTIONS"]["location"])
    stray = folder / "sha256" / "ff" / ("f" * 64)
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"left by a freeze that failed")
    redacting.remove_unused_files()
    assert stray.exists(), "it may be that of a version that is being frozen"
    monkeypatch.setattr(redacting, "MIN_UNUSED_AGE", -timedelta(hours=1))
    redacting.remove_unused_files()
    assert not stray.exists()
    assert (folder / storage_name(file.sha256)).exists()
