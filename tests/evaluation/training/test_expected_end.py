"""When a training probably ends: without its pauses, never in the past, and why it is unknown."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from django.utils import timezone

from evaluation.training.expected_end import NoEnd, expected_end
from evaluation.training.models import ProviderEvent, Stage, TrainingMetric, TrainingRun
from evaluation.training.pace import pace_of, time_paused
from reviewapp.jobs.models import JobState
from tests.factories.people import make_project
from tests.factories.trainings import make_training
from tests.factories.versions import make_filed_version

URL = "https://models.example.com/v1"
MINUTE = timedelta(minutes=1)
_numbers = count()


def at(*minutes: float) -> list[datetime]:
    return [datetime(2026, 5, 1, tzinfo=UTC) + minute * MINUTE for minute in minutes]


def test_the_pace_is_that_since_the_last_restart() -> None:
    assert pace_of(at(1, 2, 3, 4), []) == MINUTE
    assert pace_of(at(1, 2, 3, 60, 62), at(0, 59)) == 2 * MINUTE
    assert pace_of(at(1, 2, 3, 60), at(59)) == MINUTE, "one report since then tells no pace"
    assert pace_of(at(1), []) is None


def test_pauses_are_added_up_also_one_that_lasts() -> None:
    start, pause, again, second, now = at(0, 10, 15, 20, 50)
    changes = [(start, False), (pause, True), (again, False), (second, True)]
    assert time_paused(changes[:3], now) == 5 * MINUTE
    assert time_paused(changes, now) == 35 * MINUTE


def make(stage: Stage, *, total: int = 100, **columns: object) -> TrainingRun:
    """A training in a stage, which was forecast to take an hour."""
    training = make_training(make_filed_version(make_project()), URL)
    row = TrainingRun.objects.filter(pk=training.pk)
    job = {"provider_job_id": "ftjob-1"} if stage != Stage.QUEUED else {}
    # The forecast is fixed once it is stored; the instance is enough here.
    row.update(stage=stage, total_steps=total, **job, **columns)
    training = row.get()
    training.expected_seconds = 3600
    return training


def change(training: TrainingRun, before: Stage, after: Stage) -> None:
    """Record a new stage; the database gives it the present time."""
    training.audit.create(
        project=training.project, action="change_training_stage", before=before, after=after
    )


def report(training: TrainingRun, step: int, at: datetime) -> None:
    ProviderEvent.objects.create(
        training=training, event_id=str(next(_numbers)), kind="metrics", at=at
    )
    TrainingMetric.objects.create(training=training, step=step, train_loss=1.0)


def minutes_left(training: TrainingRun, now: datetime) -> float:
    found = expected_end(training, list(training.metrics.all()), now).at
    assert found is not None
    return (found - now) / MINUTE


@pytest.mark.django_db
def test_the_steps_left_take_the_pace_since_the_resume() -> None:
    start = timezone.now()
    training = make(Stage.RUNNING, estimated_finish=start)
    for step in (10, 20, 30, 40):
        report(training, step, start - (60 - step) * MINUTE / 10)
    change(training, Stage.RUNNING, Stage.PAUSED)
    change(training, Stage.PAUSED, Stage.RUNNING)
    # Every tenth step is reported: six reports are left, at first by the old pace.
    assert minutes_left(training, start + 5 * MINUTE) == pytest.approx(6)
    report(training, 50, start + 300 * MINUTE)
    report(training, 60, start + 303 * MINUTE)
    assert minutes_left(training, start + 305 * MINUTE) == pytest.approx(12)


@pytest.mark.django_db
def test_without_steps_the_forecast_counts_without_waits_and_is_never_in_the_past() -> None:
    start = timezone.now()
    training = make(Stage.RUNNING, started_at=start - 900 * MINUTE)
    change(training, Stage.QUEUED, Stage.PREPARING)
    assert minutes_left(training, start + 40 * MINUTE) == pytest.approx(20, abs=0.1)
    late = expected_end(training, [], start + 61 * MINUTE)
    assert (late.at, late.missing) == (None, NoEnd.LATE)
    change(training, Stage.RUNNING, Stage.PAUSED)
    assert minutes_left(training, start + 61 * MINUTE) == pytest.approx(60, abs=0.1)


@pytest.mark.django_db
def test_a_paused_training_has_no_end_and_a_queued_one_begins_with_its_window() -> None:
    now = timezone.now()
    training = make(Stage.PAUSED, estimated_finish=now + 5 * MINUTE)
    assert expected_end(training, [], now).missing == NoEnd.PAUSED
    training.stage = Stage.RUNNING
    assert minutes_left(training, now) == 5, "the provider knows better"
    training.stage, training.state = Stage.QUEUED, JobState.WAITING
    training.estimated_finish, training.starts_in_window = None, True
    for opens_in, left in ((600, 660), (-600, 60)):
        training.run_after = now + opens_in * MINUTE
        assert minutes_left(training, now) == left
