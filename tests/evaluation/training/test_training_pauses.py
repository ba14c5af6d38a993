"""What a service reports after the resume of a training that it had paused."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from datasets.versions.models import DatasetVersion
from evaluation.training.actions.asking import ask_training
from evaluation.training.models import Ask, Stage, TrainingRun
from tests.factories.people import make_project
from tests.factories.trainings import make_training, seconds_left, work
from tests.factories.versions import make_filed_version
from tests.fake_trainings import FakeTrainings, Fault, fake_trainings

pytestmark = pytest.mark.django_db


@pytest.fixture
def service() -> Iterator[FakeTrainings]:
    with fake_trainings() as running:
        yield running


@pytest.fixture
def version() -> DatasetVersion:
    return make_filed_version(make_project())


def test_an_end_from_before_a_pause_is_not_believed_again(
    service: FakeTrainings, version: DatasetVersion
) -> None:
    service.lifecycle = ("validating_files", "running", "running", "paused")
    training = work(make_training(version, service.url), rounds=1)
    job, at = service.jobs["ftjob-1"], int(timezone.now().timestamp()) + 600
    job.body["estimated_finish"] = at
    assert work(training, rounds=1).estimated_finish is not None
    training = work(training, rounds=1)
    assert (training.stage, training.estimated_finish) == (Stage.PAUSED, None)
    ask_training(training_id=training.pk, ask=Ask.RESUME, actor=None)
    job.ahead.extend(["running", "running", "succeeded"])
    training = work(training, rounds=1)
    assert (training.stage, training.estimated_finish) == (Stage.RUNNING, None)
    job.body["estimated_finish"] = at + 3600
    training = work(training, rounds=1)
    assert training.estimated_finish is not None
    assert training.estimated_finish.timestamp() == at + 3600


def test_a_service_that_seems_paused_after_the_resume_is_soon_asked_again(
    service: FakeTrainings, version: DatasetVersion
) -> None:
    service.lifecycle = ("validating_files", "running", "paused")
    training = work(make_training(version, service.url), rounds=4)
    assert seconds_left(training) > 50
    # The request is not carried out, so that the service reports what it did before.
    service.fail("resume", Fault(400, "busy", "invalid_request_error"))
    ask_training(training_id=training.pk, ask=Ask.RESUME, actor=None)
    training = work(training, rounds=1)
    assert (training.stage, training.asked) == (Stage.PAUSED, Ask.NOTHING)
    assert seconds_left(training) < 6


def _resumed(service: FakeTrainings, version: DatasetVersion) -> TrainingRun:
    """A training that was resumed while the service still reports how it failed before."""
    service.lifecycle = ("validating_files", "running", "paused")
    training = work(make_training(version, service.url), rounds=4)
    assert training.stage == Stage.PAUSED
    job = service.jobs["ftjob-1"]
    failed = {"status": "failed", "error": {"code": "exceeded_quota", "message": "No credit."}}
    service.fail("resume", Fault(200, then=lambda: job.body.update(failed)))
    ask_training(training_id=training.pk, ask=Ask.RESUME, actor=None)
    return work(training, rounds=1)


def test_a_failure_from_before_the_resume_is_not_believed(
    service: FakeTrainings, version: DatasetVersion
) -> None:
    training = _resumed(service, version)
    assert (training.stage, training.provider_state) == (Stage.PAUSED, "failed")
    assert seconds_left(training) < 6
    job = service.jobs["ftjob-1"]
    job.body.update(status="running", error={})
    job.ahead.extend(["running", "succeeded"])
    training = work(training)
    assert (training.stage, training.resumed_at) == (Stage.SUCCEEDED, None)


@pytest.mark.parametrize("evidence", ["end after it", "seen under way", "repeated for long"])
def test_a_failure_after_the_resume_is_believed(
    service: FakeTrainings, version: DatasetVersion, evidence: str
) -> None:
    training, job = _resumed(service, version), service.jobs["ftjob-1"]
    if evidence == "end after it":
        job.body["finished_at"] = int(timezone.now().timestamp()) + 2
    elif evidence == "seen under way":
        job.body["status"] = "queued"
        job.ahead.append("queued")
        training = work(training, rounds=1)
        assert training.stage == Stage.VALIDATING
        job.body["status"] = "failed"
    else:
        training.resumed_at = timezone.now() - timedelta(hours=1)
        training.save(update_fields=["resumed_at"])
    assert work(training).stage == Stage.FAILED


def test_a_refused_resume_begins_no_attempt(
    service: FakeTrainings, version: DatasetVersion
) -> None:
    service.lifecycle = ("validating_files", "running", "paused")
    training = work(make_training(version, service.url), rounds=4)
    service.jobs["ftjob-1"].body["status"] = "failed"
    ask_training(training_id=training.pk, ask=Ask.RESUME, actor=None)
    assert work(training).stage == Stage.FAILED
