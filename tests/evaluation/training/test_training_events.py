"""The events of a training are enough to follow it: every change of stage, as codes."""

from typing import Any

import pytest

from evaluation.training.actions.asking import ask_training
from evaluation.training.models import Ask, Stage, TrainingRun
from evaluation.training.trainer_log import trainer_line
from reviewapp.core.texts import render
from tests.factories.people import make_project
from tests.factories.trainings import make_training, work
from tests.factories.versions import make_filed_version
from tests.fake_trainings import FakeTrainings, fake_trainings

pytestmark = pytest.mark.django_db
STAGES = {"change_training_stage", "end_training"}


def moves_of(training: TrainingRun) -> list[tuple[str, str]]:
    events = training.audit.filter(action__in=STAGES).order_by("pk")
    return list(events.values_list("before", "after"))


def started(service: FakeTrainings) -> TrainingRun:
    return make_training(make_filed_version(make_project()), service.url)


def test_every_change_of_stage_is_one_event_that_begins_where_the_last_one_ended() -> None:
    with fake_trainings() as service:
        training = work(started(service), rounds=2)
        for ask in (Ask.PAUSE, Ask.RESUME):
            ask_training(training_id=training.pk, ask=ask, actor=None)
            training = work(training, rounds=1)
        training = work(training)
    moves = moves_of(training)
    assert [after for _before, after in moves] == [
        *("preparing", "uploading", "validating", "running", "paused", "running", "succeeded"),
    ]
    assert [before for before, _after in moves] == ["queued", *(after for _, after in moves[:-1])]


def test_the_reason_of_an_end_is_a_code_with_parameters() -> None:
    with fake_trainings() as service:
        service.lifecycle = ("validating_files", "pondering", "running", "failed")
        service.error = {"code": "invalid_training_file", "message": "Line 3 is bad."}
        training = work(started(service))
    assert training.stage == Stage.FAILED
    assert moves_of(training)[-1] == ("running", "failed"), "an unknown state is no stage"
    end = training.audit.get(action="end_training").detail
    assert end["code"] == "invalid_training_file"
    assert end["reason"] == {
        "code": "training.by_provider",
        "params": {"details": "Line 3 is bad."},
    }


@pytest.mark.parametrize(
    ("kind", "values", "said"),
    [
        ("started", {"steps": 8, "device": "cpu", "step": 0}, "Started on cpu: 8 steps"),
        ("evaluation", {"step": 4, "loss": 1.23456}, "Validation loss 1.2346 at step 4"),
        (
            "checkpoint",
            {"epoch": 1, "folder": "adapters/epoch-1"},
            "Kept the adapter after epoch 1",
        ),
        ("succeeded", {"steps": 1}, "Finished 1 step"),
    ],
)
def test_the_trainer_says_what_happened_by_a_code(
    kind: str, values: dict[str, Any], said: str
) -> None:
    line = trainer_line(kind, values)
    assert line is not None
    assert line.code == f"training.trainer_{kind}"
    assert render(line) == said


@pytest.mark.parametrize(
    ("kind", "values"),
    [("pondering", {}), ("started", {"steps": 8}), ("evaluation", {"step": 4, "loss": "a" * 99})],
)
def test_an_unknown_or_incomplete_event_has_no_line(kind: str, values: dict[str, Any]) -> None:
    assert trainer_line(kind, values) is None
