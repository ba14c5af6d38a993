"""How often a worker looks at the jobs of a service: their polls are bounded together."""

from datetime import timedelta

import pytest
from django.utils import timezone

from evaluation.training.models import Stage, TrainingRun
from reviewapp.jobs.models import JobState
from tests.factories.people import make_project
from tests.factories.trainings import make_training, seconds_left, work
from tests.factories.versions import make_filed_version
from tests.fake_trainings import fake_trainings


@pytest.mark.django_db
def test_jobs_at_one_address_share_one_poll_a_second() -> None:
    with fake_trainings() as service:
        training = work(make_training(make_filed_version(make_project()), service.url), rounds=2)
        assert training.stage == Stage.RUNNING
        alone = seconds_left(training)
        _add_others(training, 19)
        shared = seconds_left(work(training, rounds=1))
    assert (round(alone), round(shared)) == (5, 20)


def _add_others(training: TrainingRun, count: int) -> None:
    same = ("project", "version", "endpoint", "provider", "base_model", "stage")
    TrainingRun.objects.bulk_create(
        TrainingRun(
            **{name: getattr(training, name) for name in same},
            expected_tokens=1,
            provider_job_id=f"ftjob-x{number}",
            state=JobState.WAITING,
            run_after=timezone.now() + timedelta(hours=1),
        )
        for number in range(count)
    )
