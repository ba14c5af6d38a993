"""What a service reports after the resume of a training that it had paused."""

from collections.abc import Iterator

import pytest
from django.utils import timezone

from datasets.versions.models import DatasetVersion
from evaluation.training.actions.asking import ask_training
from evaluation.training.models import Ask, Stage
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
