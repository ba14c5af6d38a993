"""Checkpoints are stored with their figures as soon as the provider names them."""

from collections.abc import Iterator

import pytest

from datasets.versions.models import DatasetVersion
from evaluation.registry.models import ModelVersion
from evaluation.training.models import Stage, TrainingRun
from tests.factories.people import make_project
from tests.factories.trainings import make_training, work
from tests.factories.versions import make_filed_version
from tests.fake_trainings import FakeTrainings, Fault, fake_trainings

TWO = (2, 1.1, 0.5, True)
pytestmark = pytest.mark.django_db


@pytest.fixture
def service() -> Iterator[FakeTrainings]:
    with fake_trainings() as running:
        yield running


@pytest.fixture
def version() -> DatasetVersion:
    return make_filed_version(make_project())


def _stored(training: TrainingRun) -> list[tuple[int, float | None, float | None, bool]]:
    columns = ("step", "full_valid_loss", "train_accuracy", "is_kept")
    return list(training.checkpoints.values_list(*columns))


def test_a_training_that_fails_keeps_the_checkpoints_until_then(
    service: FakeTrainings, version: DatasetVersion
) -> None:
    service.lifecycle = ("validating_files", "running", "running", "running", "failed")
    training = work(make_training(version, service.url), rounds=2)
    # The accuracy is that of the step's event.
    assert (training.stage, _stored(training)) == (Stage.RUNNING, [(1, 2.2, 0.5, True), TWO])
    training = work(training)
    assert training.stage == Stage.FAILED
    assert _stored(training) == [(1, 2.2, 0.5, True), TWO, (3, 2.2 / 3, 0.5, True)]
    assert not ModelVersion.objects.filter(checkpoint__training=training).exists()


def test_what_the_provider_dropped_keeps_its_figures_and_is_no_model(
    service: FakeTrainings, version: DatasetVersion
) -> None:
    service.lifecycle = ("validating_files", *["running"] * 5, "succeeded")
    training = work(make_training(version, service.url))
    kept = [(step, is_kept) for step, _loss, _share, is_kept in _stored(training)]
    assert kept == [(1, False), (2, False), (3, True), (4, True), (5, True)]
    models = ModelVersion.objects.filter(checkpoint__training=training)
    assert list(models.order_by("checkpoint__step").values_list("checkpoint__step", flat=True)) == [
        *(3, 4, 5)
    ]
    assert models.get(checkpoint__step=5).model_id == training.tuned_model


def test_a_service_without_a_list_before_the_end_is_followed(
    service: FakeTrainings, version: DatasetVersion
) -> None:
    service.fail("checkpoints", *[Fault(404, None, "invalid_request_error")] * 3)
    training = work(make_training(version, service.url))
    assert (training.stage, training.checkpoints.count()) == (Stage.SUCCEEDED, 3)
