"""Trainings at Together and Fireworks: one paid job, no orphan file, states as they are."""

from collections.abc import Iterator
from typing import Any

import pytest

from datasets.versions.models import DatasetVersion
from evaluation.training.actions.asking import ask_denied_reason, ask_training
from evaluation.training.models import Ask, Stage, TrainingRun
from evaluation.training.tasks import TRAININGS
from reviewapp.core.messages import Message
from tests.factories.people import make_project
from tests.factories.trainings import make_training, seconds_left, work
from tests.factories.versions import make_filed_version
from tests.fake_fireworks import ACCOUNT, FakeFireworks
from tests.fake_together import FakeTogether
from tests.fake_trainings import FakeTrainings, Fault, running

pytestmark = pytest.mark.django_db
SERVICES: dict[str, type[FakeTrainings]] = {"together": FakeTogether, "fireworks": FakeFireworks}
HYPERPARAMETERS = {"together": {"n_epochs": 2, "lora_r": 8}, "fireworks": {"epochs": 2}}
BASES = {"together": "meta-llama/Tiny", "fireworks": "accounts/fireworks/models/tiny"}


@pytest.fixture
def version() -> DatasetVersion:
    return make_filed_version(make_project("house"))


@pytest.fixture
def together() -> Iterator[FakeTogether]:
    with running(FakeTogether) as service:
        yield service


@pytest.fixture
def fireworks() -> Iterator[FakeFireworks]:
    with running(FakeFireworks) as service:
        yield service


def start(kind: str, service: FakeTrainings, version: DatasetVersion, **fields: Any) -> TrainingRun:
    asked = {"base_model": BASES[kind], "hyperparameters": HYPERPARAMETERS[kind], **fields}
    return make_training(version, service.url, provider=kind, **asked)


def test_together_trains_on_the_frozen_bytes_and_registers_its_checkpoints(
    together: FakeTogether, version: DatasetVersion
) -> None:
    training = work(start("together", together, version, suffix="shop", seed=5))
    assert (training.stage, training.provider_state) == (Stage.SUCCEEDED, "completed")
    [job] = together.jobs.values()
    assert job.body["training_type"] == {"type": "Lora", "lora_r": 8, "lora_alpha": 16}
    assert (job.body["random_seed"], job.body["suffix"]) == (5, "shop")
    sent = together.contents[job.body["training_file"]]
    assert sent.count(b"\n") == version.files.get(split="train").examples
    assert together.files == {}
    assert (training.trained_tokens, training.tuned_model[:5]) == (4000, "shop/")
    assert list(training.checkpoints.values_list("step", "is_final")) == [
        (1, False),
        (2, False),
        (3, True),
    ]
    metric = training.metrics.get(step=2)
    assert (metric.train_loss, metric.full_valid_loss) == (1.0, 1.1)
    assert training.events.count() == len(set(training.events.values_list("event_id", flat=True)))


def test_fireworks_asks_for_a_job_by_the_key_and_models_are_asked_elsewhere(
    fireworks: FakeFireworks, version: DatasetVersion
) -> None:
    training = work(start("fireworks", fireworks, version))
    assert (training.stage, training.trained_tokens) == (Stage.SUCCEEDED, 4000)
    assert list(fireworks.jobs) == [f"touchstone-{training.key}"]
    [job] = fireworks.jobs.values()
    assert job.body["evaluationDataset"].startswith(f"{ACCOUNT}/datasets/touchstone-")
    assert fireworks.files == {}
    model = training.checkpoints.get().model_version
    assert model is not None
    assert model.endpoint is not None
    assert model.endpoint.base_url == fireworks.url.partition("/v1/")[0] + "/inference/v1"
    again = start("fireworks", fireworks, version, base_model=model.model_id)
    assert again.continues == model
    again = work(again)
    body = fireworks.jobs[again.provider_job_id].body
    assert (body["warmStartFrom"], body.get("baseModel")) == (model.model_id, None)
    further = again.checkpoints.get().model_version
    assert further is not None
    assert further.version_changes["model"] == model.name


def test_together_trains_a_tuned_model_further(
    together: FakeTogether, version: DatasetVersion
) -> None:
    first = work(start("together", together, version))
    again = start("together", together, version, base_model=first.tuned_model)
    assert again.continues == first.checkpoints.get(is_final=True).model_version
    again = work(again)
    body = together.jobs[again.provider_job_id].body
    assert (body["from_checkpoint"], body.get("model")) == (first.tuned_model, None)
    assert again.stage == Stage.SUCCEEDED


@pytest.mark.parametrize("kind", list(SERVICES))
@pytest.mark.parametrize("verb", ["create", "upload"])
def test_a_lost_answer_leads_to_one_job_and_no_file(
    version: DatasetVersion, kind: str, verb: str
) -> None:
    with running(SERVICES[kind]) as service:
        service.fail(verb, Fault(after=True, hang_up=True))
        training = work(start(kind, service, version))
        assert training.stage == Stage.SUCCEEDED
        assert (len(service.jobs), service.files) == (1, {})


@pytest.mark.parametrize("kind", list(SERVICES))
def test_a_cancelled_job_is_over_only_when_the_service_says_so(
    version: DatasetVersion, kind: str
) -> None:
    with running(SERVICES[kind]) as service:
        training = start(kind, service, version)
        while not training.provider_job_id:
            training = work(training, rounds=1)
        ask_training(training_id=training.pk, ask=Ask.CANCEL, actor=None)
        training = work(training)
        assert (training.stage, service.open_jobs) == (Stage.CANCELLED, [])
        assert service.files == {}


@pytest.mark.parametrize("kind", list(SERVICES))
@pytest.mark.parametrize(
    ("fault", "stage", "wait"),
    [
        (Fault(429, "rate_limit_exceeded", "x", headers={"Retry-After": "41"}), "uploading", 41),
        (Fault(429, "insufficient_quota", "x", "You have no credits"), "failed", None),
        (Fault(402, None, "x", "Payment required"), "failed", None),
    ],
)
def test_429_waits_or_ends_by_its_code(
    version: DatasetVersion, kind: str, fault: Fault, stage: str, wait: int | None
) -> None:
    with running(SERVICES[kind]) as service:
        service.fail("upload", fault)
        training = start(kind, service, version)
        TRAININGS.run(training.pk)
        training.refresh_from_db()
        assert training.stage == stage
        assert wait is None or round(seconds_left(training)) in {wait - 1, wait}


@pytest.mark.parametrize(("kind", "state"), [("together", "defragging"), ("fireworks", "IDLE")])
def test_an_unknown_state_is_shown_and_is_no_end(
    version: DatasetVersion, kind: str, state: str
) -> None:
    with running(SERVICES[kind]) as service:
        service.lifecycle = (service.lifecycle[0], state)
        training = work(start(kind, service, version), rounds=6)
        assert training.provider_state.endswith(state)
        assert training.stage == Stage.VALIDATING


@pytest.mark.parametrize(
    ("kind", "state", "code"),
    [("together", "error", "job_error"), ("fireworks", "FAILED", "invalid_argument")],
)
def test_a_failed_job_has_the_reason_of_the_service(
    version: DatasetVersion, kind: str, state: str, code: str
) -> None:
    with running(SERVICES[kind]) as service:
        service.lifecycle = (service.lifecycle[0], state)
        training = work(start(kind, service, version))
        assert (training.stage, training.error_code) == (Stage.FAILED, code)
        assert training.error is not None


@pytest.mark.parametrize(
    ("values", "may_proceed", "code"),
    [
        ({"n_epochs": 21}, True, "preflight"),
        ({"batch_size": 7}, True, "preflight"),
        ({"n_epochs": 2}, False, "insufficient_quota"),
    ],
)
def test_together_is_asked_for_limits_and_credit_before_a_job(
    together: FakeTogether,
    version: DatasetVersion,
    values: dict[str, float],
    code: str,
    *,
    may_proceed: bool,
) -> None:
    together.may_proceed = may_proceed
    training = work(start("together", together, version, hyperparameters=values))
    assert (training.stage, training.error_code) == (Stage.FAILED, code)
    assert (together.jobs, together.files) == ({}, {})
    assert together.calls["upload"] == (2 if code == "insufficient_quota" else 0)


def test_a_job_that_fireworks_paused_can_be_resumed_and_none_can_be_paused(
    fireworks: FakeFireworks, version: DatasetVersion
) -> None:
    fireworks.lifecycle = ("CREATING", "RUNNING", "PAUSED", "COMPLETED")
    training = work(start("fireworks", fireworks, version), rounds=4)
    assert training.stage == Stage.PAUSED
    denied = ask_denied_reason(training, Ask.PAUSE)
    assert isinstance(denied, Message)
    assert denied.code == "training.not_offered"
    ask_training(training_id=training.pk, ask=Ask.RESUME, actor=None)
    assert work(training).stage == Stage.SUCCEEDED
