"""The overfit alarm and the settling of the loss, each by its stated rule; result files by name."""

import base64

import pytest

from evaluation.training.curve_charts import accuracy_chart, loss_chart
from evaluation.training.curves import Course, Losses, loss_course, overfit_alarm
from evaluation.training.models import TrainingMetric
from evaluation.training.naming import checkpoint_name, pattern_error, tuned_name
from evaluation.training.providers.base import Figures
from evaluation.training.providers.result_csv import read_result_csv


def losses(train: list[float], valid: dict[int, float], *, full: bool = False) -> list[Losses]:
    return [
        Losses(
            step,
            loss,
            None if full else valid.get(step),
            valid.get(step) if full else None,
        )
        for step, loss in enumerate(train, start=1)
    ]


FALLING = [2.0 - step / 20 for step in range(30)]


@pytest.mark.parametrize("full", [True, False])
def test_an_overfit_is_three_losses_above_the_minimum_while_training_falls(*, full: bool) -> None:
    valid = {5: 1.5, 10: 1.0, 15: 1.2, 20: 1.3, 25: 1.4}
    found = overfit_alarm(losses(FALLING, valid, full=full))
    assert found is not None
    assert (found.step, found.minimum, found.evaluations, found.latest) == (10, 1.0, 3, 1.4)


@pytest.mark.parametrize(
    ("train", "valid"),
    [
        (FALLING, {5: 1.5, 10: 1.0, 15: 1.2, 20: 1.3}),
        (FALLING, {5: 1.5, 10: 1.0, 15: 1.2, 20: 1.005, 25: 1.3}),
        (FALLING[:10] + [1.6] * 20, {5: 1.5, 10: 1.0, 15: 1.2, 20: 1.3, 25: 1.4}),
        (FALLING, {}),
        ([], {}),
    ],
    ids=["two losses", "one within the margin", "training rises too", "no validation", "nothing"],
)
def test_no_overfit_without_every_part_of_the_rule(
    train: list[float], valid: dict[int, float]
) -> None:
    assert overfit_alarm(losses(train, valid)) is None


@pytest.mark.parametrize(
    ("train", "course"),
    [
        ([1.0] * 9, Course.UNKNOWN),
        ([2.0] * 6 + [1.0, 1.0, 1.04, 1.04], Course.SETTLED),
        ([2.0] * 6 + [1.0, 1.0, 0.9, 0.9], Course.FALLING),
        ([2.0] * 6 + [1.0, 1.0, 1.1, 1.1], Course.RISING),
        ([0.0] * 10, Course.SETTLED),
    ],
)
def test_a_loss_has_settled_when_the_last_two_fifths_agree(
    train: list[float], course: Course
) -> None:
    assert loss_course(losses(train, {}))[0] == course


def test_a_chart_of_many_steps_is_thinned_and_keeps_the_last() -> None:
    many = [Losses(step, 1 / (step + 1), 1.2 / (step + 1)) for step in range(5000)]
    found = loss_chart(many)
    assert found is not None
    assert 200 < found.chart.line.count("L") < 300
    assert found.chart.last.x == 100
    assert found.chart.second.count("L") == found.chart.line.count("L")
    assert len(found.steps) == found.chart.line.count("L") + 1, "the table has what is drawn"
    assert max(found.steps) == 4999
    assert loss_chart(many[:1]) is None


def test_accuracy_is_drawn_where_it_was_measured() -> None:
    metrics = [
        TrainingMetric(step=step, train_accuracy=step / 10, valid_accuracy=0.1)
        for step in range(1, 6)
    ]
    for metric in metrics[::2]:
        metric.full_valid_accuracy = metric.step / 20
    found = accuracy_chart(metrics)
    assert found is not None
    assert [tick.label for tick in found.chart.y_ticks] == ["0.00", "0.25", "0.50", "0.75", "1.00"]
    assert found.reading == (
        "The training accuracy went from 0.100 to 0.500 in 5 steps; the validation accuracy is "
        "0.250."
    )
    titles = {dot.title for dot in found.chart.dots}
    assert {"Step 5: 0.500", "Step 5: 0.250", "Step 1: 0.050"} <= titles
    assert found.steps == {1, 2, 3, 4, 5}
    assert accuracy_chart([TrainingMetric(step=1), TrainingMetric(step=2)]) is None


OPENAI = "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy\n1,2,0.5,,\n"
AZURE = (
    "step,train_loss,train_mean_token_accuracy,valid_loss,validation_mean_token_accuracy,"
    "full_valid_loss,full_valid_mean_token_accuracy\n1,2,0.5,nan,,,\n"
)
SWAPPED = "train_accuracy,note,step,train_loss\n0.5,x,1,2\n"


@pytest.mark.parametrize("text", [OPENAI, AZURE, SWAPPED], ids=["openai", "azure", "swapped"])
@pytest.mark.parametrize("encode", [bytes, base64.b64encode], ids=["plain", "base64"])
def test_a_result_file_is_read_by_the_names_of_its_columns(text: str, encode: type[bytes]) -> None:
    assert read_result_csv(encode(text.encode())) == [Figures(1, 2.0, 0.5)]


@pytest.mark.parametrize("content", [b"", b"<html>", b"a,b\n1,2\n", b"\xff\xfe,", b"step,x\n-1,2"])
def test_a_file_that_is_no_result_has_no_figures(content: bytes) -> None:
    assert read_result_csv(content) == []


def test_a_name_takes_the_first_free_number_and_what_names_may_hold() -> None:
    taken = {"shop-meta-llama-3-v2-1"}
    values = {"project": "shop", "base": "meta/llama-3", "version": 2, "taken": taken}
    assert tuned_name("{project}-{base}-v{version}-{n}", **values) == "shop-meta-llama-3-v2-2"  # type: ignore[arg-type]
    long = tuned_name("{base}{base}-{n}", project="", base="x" * 70, version=1, taken=set())
    assert len(long) == 100
    assert long.endswith("-1")
    assert checkpoint_name(long, 30).endswith("x-step-30") or len(checkpoint_name(long, 30)) == 100


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        ("{project}", "placeholder_missing"),
        ("{n}-{name}", "unknown_placeholder"),
        ("{n}{", "stray_brace"),
        ("{n}" + "x" * 80, "pattern_too_long"),
    ],
)
def test_a_pattern_that_cannot_name_models_is_refused(pattern: str, code: str) -> None:
    found = pattern_error(pattern)
    assert found is not None
    assert found.code == f"training.{code}"
    assert pattern_error("{project}-{n}") is None
