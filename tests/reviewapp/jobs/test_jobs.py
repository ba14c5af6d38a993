"""What holds for every kind of job, shown with imports: claims, losses, retries, messages."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from datasets.ingest.models import ImportBatch
from reviewapp.celery import app
from reviewapp.core.messages import message
from reviewapp.jobs import actions as jobs
from reviewapp.jobs import tasks
from reviewapp.jobs.actions import BEATS_PER_LEASE, MAX_SILENT_SECONDS, Heartbeat
from reviewapp.jobs.tasks import register_job, run_job, wake_jobs
from tests.factories.people import make_project
from tests.workers import eventually, worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def job() -> ImportBatch:
    return ImportBatch.objects.create(
        project=make_project(), file_name="rows.jsonl", stored_path="imports/rows"
    )


@pytest.fixture
def ran() -> Iterator[list[int]]:
    """The ids that workers ran while `probe` is the only kind of job."""
    kinds, ids = dict(tasks._kinds), list[int]()
    tasks._kinds.clear()

    def run(job_id: int) -> None:
        if claimed := jobs.claim_job(ImportBatch, job_id):
            ids.append(job_id)
            jobs.finish_job(claimed)

    register_job("probe", ImportBatch, run=run)
    yield ids
    tasks._kinds.clear()
    tasks._kinds.update(kinds)


def claimed(job: ImportBatch) -> ImportBatch:
    found = jobs.claim_job(ImportBatch, job.pk)
    assert found is not None
    return found


def lose(job: ImportBatch) -> None:
    """Set the last heartbeat of a job to before its lease."""
    lease = timedelta(seconds=settings.IMPORT_LEASE_SECONDS + 1)
    ImportBatch.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - lease)


def test_a_job_is_claimed_once_until_its_worker_is_lost(job: ImportBatch) -> None:
    first = claimed(job)
    assert jobs.claim_job(ImportBatch, job.pk) is None
    lose(job)
    second = claimed(job)
    assert second.claim != first.claim
    assert (second.attempts, second.started_at) == (2, first.started_at)


def test_a_job_that_is_over_or_not_due_is_not_claimed(job: ImportBatch) -> None:
    assert jobs.retry_job(claimed(job), "busy", after=timezone.now() + timedelta(seconds=5))
    assert jobs.claim_job(ImportBatch, job.pk) is None
    ImportBatch.objects.update(run_after=timezone.now())
    again = claimed(job)
    assert (again.attempts, again.run_after, again.error_code) == (2, None, "busy")
    assert jobs.finish_job(again)
    assert jobs.claim_job(ImportBatch, job.pk) is None
    job.refresh_from_db()
    assert (job.state, job.claim, job.error_code, job.is_over) == ("done", None, "", True)


def test_a_failure_that_is_not_an_attempt_costs_none(job: ImportBatch) -> None:
    jobs.retry_job(claimed(job), "rate_limit", after=None, is_attempt=False)
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("waiting", 0)


def test_only_the_holder_of_the_claim_writes(job: ImportBatch) -> None:
    slow = claimed(job)
    lose(job)
    current = claimed(job)
    assert not jobs.renew_claim(slow)
    assert not jobs.finish_job(slow, source="late")
    assert not jobs.fail_job(slow, "late")
    assert not jobs.retry_job(slow, "late", after=None)
    with pytest.raises(jobs.ClaimLost), transaction.atomic():
        jobs.lock_claimed(slow)
    assert jobs.finish_job(current, source="on time")
    assert not jobs.renew_claim(current), "a heartbeat does not bring a finished job back"
    job.refresh_from_db()
    assert (job.state, job.source) == ("done", "on time")


def test_a_job_that_loses_every_worker_fails_with_a_code(job: ImportBatch) -> None:
    for _ in range(ImportBatch.MAX_ATTEMPTS):
        claimed(job)
        assert jobs.release_lost_jobs(ImportBatch) == []
        lose(job)
    assert [lost.pk for lost in jobs.release_lost_jobs(ImportBatch)] == [job.pk]
    job.refresh_from_db()
    assert (job.state, job.error_code) == ("failed", "lost")
    assert job.error == message("ingest.workers_lost", n=3, row=0)
    assert job.finished_at is not None


def test_a_cancelled_job_is_over_for_its_worker_too(job: ImportBatch) -> None:
    held = claimed(job)
    assert jobs.cancel_job(job, error=message("ingest.command_stopped"))
    assert not jobs.cancel_job(job)
    assert not jobs.finish_job(held)
    job.refresh_from_db()
    assert (job.state, job.error_code) == ("failed", "cancelled")
    assert job.error == message("ingest.command_stopped")


def test_waits_double_up_to_five_minutes() -> None:
    assert [jobs.backoff(attempts).seconds for attempts in range(1, 9)] == [
        *(5, 10, 20, 40, 80, 160, 300, 300)
    ]


@pytest.mark.parametrize("columns", [{"state": "odd"}, {"state": "running", "claim": uuid4()}])
def test_the_database_refuses_a_state_that_no_job_has(
    job: ImportBatch, columns: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ImportBatch.objects.update(**columns)


def test_a_job_on_its_way_is_sent_again_after_a_minute(job: ImportBatch) -> None:
    every_job = ImportBatch.objects.all()
    assert jobs.jobs_to_send(every_job, limit=1) == [job.pk]
    assert jobs.jobs_to_send(every_job) == []
    other = ImportBatch.objects.create(project=job.project, file_name="b", stored_path="b")
    assert jobs.jobs_to_send(every_job, limit=1) == [], "what is on its way counts"
    assert jobs.jobs_to_send(every_job, limit=2) == [other.pk]
    ImportBatch.objects.update(heartbeat_at=timezone.now() - timedelta(seconds=61))
    assert jobs.jobs_to_send(every_job) == [job.pk, other.pk]


def test_the_heartbeat_renews_the_claim_of_its_holder_only(job: ImportBatch) -> None:
    heartbeat = Heartbeat(claimed(job))
    lose(job)
    assert heartbeat.beat()
    assert jobs.claim_job(ImportBatch, job.pk) is None
    lose(job)
    claimed(job)
    assert not heartbeat.beat()


def test_a_worker_that_does_nothing_for_an_hour_loses_its_claim(job: ImportBatch) -> None:
    heartbeat = Heartbeat(claimed(job))
    beats = MAX_SILENT_SECONDS * BEATS_PER_LEASE // settings.IMPORT_LEASE_SECONDS
    assert all(heartbeat.beat() for _ in range(beats))
    assert not heartbeat.beat()
    heartbeat.record_progress()
    assert heartbeat.beat()


def test_one_beat_wakes_every_kind_though_one_fails(job: ImportBatch, ran: list[int]) -> None:
    def fail() -> list[int]:
        raise OSError

    register_job("broken", ImportBatch, run=ran.append, to_send=fail)
    tasks._kinds["probe"] = tasks._kinds.pop("probe")  # after the one that fails
    wake_jobs()
    job.refresh_from_db()
    assert job.heartbeat_at is not None, "it was sent"


def test_the_beat_has_one_entry_for_all_jobs() -> None:
    assert app.conf.beat_schedule["wake-jobs"]["task"] == wake_jobs.name
    assert {"jobs.run_job", "jobs.wake_jobs"} <= set(app.tasks)


def test_a_worker_runs_what_was_lost_and_a_doubled_message_does_nothing(
    transactional_db: None, job: ImportBatch, ran: list[int]
) -> None:
    claimed(job)
    lose(job)
    with worker(threads=2):
        wake_jobs("probe")
        for _ in range(3):
            run_job.delay("probe", job.pk)
        eventually(lambda: ImportBatch.objects.get().state == "done", "the lost job is done")
    assert ran == [job.pk]


@pytest.mark.django_db(transaction=True)
def test_one_of_many_workers_gets_the_claim(job: ImportBatch) -> None:
    barrier = threading.Barrier(6)

    def claim(_number: int) -> ImportBatch | None:
        try:
            barrier.wait(10)
            return jobs.claim_job(ImportBatch, job.pk)
        finally:
            connection.close()

    for lost in (False, True):
        if lost:
            lose(job)
        with ThreadPoolExecutor(6) as pool:
            assert len([got for got in pool.map(claim, range(6)) if got]) == 1
