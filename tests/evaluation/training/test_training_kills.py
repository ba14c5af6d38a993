"""Workers that are killed with SIGKILL at random moments of their trainings."""

import pytest

from evaluation.training.models import Stage
from reviewapp.jobs.models import JobState
from tests.factories.people import make_project
from tests.factories.versions import make_filed_version
from tests.fake_trainings import fake_trainings
from tests.killing import survive_kills

ROUNDS, KILLS = 2, 3


@pytest.mark.django_db(transaction=True)
def test_killed_workers_lead_to_one_job_no_file_and_no_stuck_row() -> None:
    version = make_filed_version(make_project())
    with fake_trainings() as service:
        for number in range(1, ROUNDS + 1):
            training = survive_kills(version, service.url, kills=KILLS, longest=0.2, seed=number)
            assert (training.state, training.stage) == (JobState.DONE, Stage.SUCCEEDED)
            assert (len(service.jobs), service.files) == (number, {})
