"""Trainings from start to end, against a service with every trap: one paid job, no orphan file."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from datasets.versions.actions import Price, set_training_price
from datasets.versions.models import DatasetVersion
from evaluation.registry.models import ModelVersion
from evaluation.training.actions.asking import ask_training
from evaluation.training.actions.starting import change_training_settings, start_training
from evaluation.training.models import Ask, Stage, TrainingEvent, TrainingRun
from evaluation.training.providers.openai import OpenAITraining
from evaluation.training.tasks import TRAININGS
from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.jobs.actions import release_lost_jobs
from reviewapp.jobs.models import JobState
from reviewapp.people.models import Role
from tests.factories.people import make_member, make_project
from tests.factories.trainings import (
    BASE,
    lose_worker,
    make_plan,
    make_training,
    pass_time,
    seconds_left,
    work,
)
from tests.factories.versions import make_filed_version
from tests.fake_trainings import ENDED, FakeTrainings, Fault, fake_trainings

pytestmark = pytest.mark.django_db


@pytest.fixture
def service() -> Iterator[FakeTrainings]:
    with fake_trainings() as running:
        yield running


@pytest.fixture
def version() -> DatasetVersion:
    return make_filed_version(make_project())


class Killed(BaseException):
    """A worker that is gone."""


def test_a_training_trains_on_the_frozen_bytes_and_registers_its_models(
    service: FakeTrainings, version: DatasetVersion
) -> None:
    service.result_missing = 2
    service.is_base64 = True
    training = work(make_training(version, service.url, seed=3, suffix="shop", note="First."))
    assert (training.state, training.stage) == (JobState.DONE, Stage.SUCCEEDED)
    [job] = service.jobs.values()
    trained = service.contents[job.body["training_file"]]
    assert trained.count(b"\n") == version.files.get(split="train").examples
    assert job.body["seed"] == 3
    assert service.contents[job.body["validation_file"]]
    assert service.files == {}, "the uploaded files are deleted"
    assert [metric.step for metric in training.metrics.all()] == [1, 2, 3]
    assert training.metrics.get(step=3).valid_loss == 1.1
    assert training.events.filter(kind="moderation_checks").count() == 1
    assert bytes(training.results.get().content) != b""
    assert (training.trained_tokens, training.cost_usd) == (4000, Decimal("0.02"))
    models = ModelVersion.objects.filter(checkpoint__training=training).order_by("pk")
    name = f"{version.project.slug}-{BASE}-v1-1"
    assert [model.name for model in models] == [name, f"{name}-step-2", f"{name}-step-1"]
    assert models[0].dataset_version == version
    assert models[0].hyperparameters == {"n_epochs": 3, "seed": 3}
    assert models[0].model_id == training.tuned_model
    actions = set(TrainingEvent.objects.values_list("action", flat=True))
    assert actions == {
        *("start_training", "change_training_stage"),
        *("end_training", "register_tuned_models"),
    }


def test_a_refused_job_leaves_no_file_and_says_why(
    service: FakeTrainings, version: DatasetVersion
) -> None:
    refusal = Fault(403, "training_not_available", "invalid_request_error", "No new jobs.")
    service.fail("create", refusal)
    training = work(make_training(version, service.url))
    assert (training.stage, training.error_code) == (Stage.FAILED, "training_not_available")
    assert training.error.params["details"] == "No new jobs."
    assert (service.files, service.jobs) == ({}, {})
    assert service.calls["upload"] == 2


@pytest.mark.parametrize(
    ("lost", "ignores_metadata"),
    [(Fault(after=True), False), (Fault(after=True, hang_up=True), True)],
    ids=["500", "no answer"],
)
def test_a_lost_answer_to_create_makes_no_second_job(
    service: FakeTrainings, version: DatasetVersion, lost: Fault, *, ignores_metadata: bool
) -> None:
    service.ignores_metadata = ignores_metadata
    service.fail("create", lost)
    training = work(make_training(version, service.url))
    assert training.stage == Stage.SUCCEEDED
    assert (len(service.jobs), service.calls["create"], service.files) == (1, 1, {})


def test_a_create_that_did_nothing_is_repeated_only_after_a_while(
    service: FakeTrainings, version: DatasetVersion
) -> None:
    service.fail("create", Fault(503, "server_is_overloaded"))
    training = make_training(version, service.url)
    TRAININGS.run(training.pk)
    TrainingRun.objects.filter(pk=training.pk).update(run_after=None)
    TRAININGS.run(training.pk)
    training.refresh_from_db()
    assert service.calls["create"] == 1
    assert seconds_left(training) > 60
    assert work(training).stage == Stage.SUCCEEDED
    assert (len(service.jobs), service.calls["create"]) == (1, 2)


def test_a_lost_answer_to_an_upload_leaves_no_file(
    service: FakeTrainings, version: DatasetVersion
) -> None:
    service.fail("upload", Fault(after=True, hang_up=True))
    training = work(make_training(version, service.url))
    assert training.stage == Stage.SUCCEEDED
    assert (service.files, service.calls["upload"]) == ({}, 2)


@pytest.mark.parametrize(
    ("verb", "after"),
    [
        ("upload", True),
        ("create", False),
        ("create", True),
        ("events", True),
        ("checkpoints", False),
        ("delete_file", True),
    ],
)
def test_a_worker_killed_at_any_call_leads_to_one_job_and_no_file(
    service: FakeTrainings,
    version: DatasetVersion,
    monkeypatch: pytest.MonkeyPatch,
    verb: str,
    *,
    after: bool,
) -> None:
    whole, training = getattr(OpenAITraining, verb), make_training(version, service.url)

    def killed(*args: object, **kwargs: object) -> None:
        monkeypatch.setattr(OpenAITraining, verb, whole)
        if after:
            whole(*args, **kwargs)
        raise Killed

    monkeypatch.setattr(OpenAITraining, verb, killed)
    with pytest.raises(Killed):
        for _ in range(20):
            pass_time(training)
            TRAININGS.run(training.pk)
    TRAININGS.run(training.pk)
    lose_worker(training)
    release_lost_jobs(TrainingRun)
    assert work(training).stage == Stage.SUCCEEDED
    assert (len(service.jobs), service.files) == (1, {})
    assert ModelVersion.objects.count() == 3


def test_a_worker_that_lost_its_claim_cancels_the_job_it_made(
    service: FakeTrainings, version: DatasetVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = make_training(version, service.url)
    create = OpenAITraining.create

    def late(*args: object, **kwargs: object) -> object:
        """Another worker takes the training over and makes its job first."""
        monkeypatch.setattr(OpenAITraining, "create", create)
        lose_worker(training)
        release_lost_jobs(TrainingRun)
        pass_time(training)
        TRAININGS.run(training.pk)
        return create(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(OpenAITraining, "create", late)
    TRAININGS.run(training.pk)
    assert work(training).stage == Stage.SUCCEEDED
    assert len(service.jobs) == 2
    assert service.jobs["ftjob-2"].body["status"] == "cancelled"
    assert training.provider_job_id == "ftjob-1"


def test_a_doubled_message_does_nothing(service: FakeTrainings, version: DatasetVersion) -> None:
    training = make_training(version, service.url)
    TrainingRun.objects.filter(pk=training.pk).update(
        state=JobState.RUNNING, claim=training.key, heartbeat_at=timezone.now()
    )
    TRAININGS.run(training.pk)
    assert not service.calls


def test_a_provider_that_is_down_is_polled_with_growing_waits(
    service: FakeTrainings, version: DatasetVersion
) -> None:
    training = make_training(version, service.url)
    TRAININGS.run(training.pk)
    service.fail("job", *[Fault(502)] * 3, Fault(401, "invalid_api_key", "invalid_request_error"))
    waits = []
    for _ in range(4):
        pass_time(training)
        TRAININGS.run(training.pk)
        training.refresh_from_db()
        waits.append(round(seconds_left(training)))
    assert waits == [5, 10, 20, 40]
    assert training.error_code == "invalid_api_key"
    assert not training.has_ended, "the paid job goes on"
    assert work(training).stage == Stage.SUCCEEDED


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(429, "insufficient_quota", "insufficient_quota"), "insufficient_quota"),
        (Fault(401, "invalid_api_key", "invalid_request_error"), "invalid_api_key"),
        (Fault(429, "project_spend_limit_exceeded"), "project_spend_limit_exceeded"),
    ],
)
def test_what_only_a_person_can_repair_ends_a_training_before_its_job(
    service: FakeTrainings, version: DatasetVersion, fault: Fault, code: str
) -> None:
    service.fail("upload", fault)
    training = work(make_training(version, service.url))
    assert (training.stage, training.error_code) == (Stage.FAILED, code)
    assert (service.jobs, service.files) == ({}, {})


def test_a_rate_limit_is_waited_for(service: FakeTrainings, version: DatasetVersion) -> None:
    limit = Fault(429, "rate_limit_exceeded", "requests", headers={"Retry-After": "77"})
    service.fail("upload", limit)
    training = make_training(version, service.url)
    TRAININGS.run(training.pk)
    training.refresh_from_db()
    assert 70 < seconds_left(training) < 80
    assert work(training).stage == Stage.SUCCEEDED


def test_states_of_the_provider_are_shown_as_they_are_and_unknown_ones_are_no_end(
    service: FakeTrainings, version: DatasetVersion
) -> None:
    service.lifecycle = ("validating_files", "running", "paused")
    training = work(make_training(version, service.url), rounds=3)
    assert (training.stage, training.provider_state) == (Stage.PAUSED, "paused")
    ask_training(training_id=training.pk, ask=Ask.RESUME, actor=None)
    service.jobs["ftjob-1"].ahead.extend(["defragmenting", "succeeded"])
    training = work(training, rounds=1)
    assert (training.stage, training.provider_state) == (Stage.PAUSED, "defragmenting")
    assert work(training).stage == Stage.SUCCEEDED


@pytest.mark.parametrize("error", [{}, {"code": "exceeded_quota", "message": "No credit."}])
def test_a_failed_job_keeps_the_reason_of_the_provider(
    service: FakeTrainings, version: DatasetVersion, error: dict[str, str]
) -> None:
    service.lifecycle, service.error = ("queued", "failed"), error
    training = work(make_training(version, service.url))
    assert (training.state, training.stage) == (JobState.FAILED, Stage.FAILED)
    assert training.error_code == error.get("code", "")
    assert service.files == {}


@pytest.mark.parametrize("polls", [0, 2])
def test_a_cancelled_training_has_no_job_that_runs(
    service: FakeTrainings, version: DatasetVersion, polls: int
) -> None:
    training = work(make_training(version, service.url), rounds=polls)
    lead = make_member(version.project, Role.LEAD)
    ask_training(training_id=training.pk, ask=Ask.CANCEL, actor=lead)
    with pytest.raises(InvalidTransition):
        ask_training(training_id=training.pk, ask=Ask.CANCEL, actor=lead)
    training = work(training)
    assert (training.state, training.stage) == (JobState.FAILED, Stage.CANCELLED)
    assert (service.open_jobs, service.files) == ([], {})
    assert TrainingEvent.objects.get(action="cancel_training").actor == lead


def test_a_training_is_cancelled_also_when_the_answer_to_create_was_lost(
    service: FakeTrainings, version: DatasetVersion
) -> None:
    service.fail("create", Fault(after=True))
    training = work(make_training(version, service.url), rounds=1)
    ask_training(training_id=training.pk, ask=Ask.CANCEL, actor=None)
    assert work(training).stage == Stage.CANCELLED
    assert [job.body["status"] in ENDED for job in service.jobs.values()] == [True]


def test_files_that_a_provider_would_reject_are_not_uploaded(service: FakeTrainings) -> None:
    training = work(make_training(make_filed_version(make_project(), 4), service.url))
    assert (training.stage, training.error_code) == (Stage.FAILED, "preflight")
    assert not service.calls["upload"]


def test_a_training_that_exceeds_the_budget_is_not_started(
    service: FakeTrainings, version: DatasetVersion
) -> None:
    project = version.project
    lead = make_member(project, Role.LEAD)
    price = Price("gpt-4.1-mini", Decimal(5000), timezone.localdate())
    set_training_price(project=project, price=price, actor=None)
    first = make_training(version, service.url)
    assert first.expected_tokens == version.files.get(split="train").tokens * 3
    assert (first.price_is_listed, first.expected_usd) == (False, Decimal("9.00"))
    budget = 17
    change_training_settings(
        project=project, monthly_budget_usd=budget, name_pattern="{n}", actor=lead
    )
    for base_model, code in ((BASE, "over_budget"), ("unpriced", "budget_needs_price")):
        with pytest.raises(InvalidTransition) as caught:
            make_training(version, service.url, base_model=base_model)
        assert caught.value.args[0].code == f"training.{code}"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("hyperparameters", {"n_epochs": 51}),
        ("hyperparameters", {"n_epochs": 1.5}),
        ("hyperparameters", {"learning_rate_multiplier": 0}),
        ("hyperparameters", {"rank": 8}),
        ("seed", 2**31),
        ("suffix", "ä"),
        ("suffix", "x" * 65),
        ("base_model", " "),
        ("base_url", "http://169.254.169.254"),
        ("api_key_name", "DATABASE_URL"),
        ("api_key_name", "OPENAI_API_KEY"),
        ("provider", "nobody"),
        ("version_id", 0),
    ],
)
def test_a_plan_out_of_the_limits_starts_nothing(
    version: DatasetVersion, field: str, value: object
) -> None:
    plan = make_plan(version, "http://127.0.0.1:9/v1", **{field: value})
    with pytest.raises(InvalidInput):
        start_training(project=version.project, plan=plan, actor=None)
    assert not TrainingRun.objects.exists()


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.REVIEWER])
def test_only_a_lead_starts_and_cancels_trainings(version: DatasetVersion, role: Role) -> None:
    member = make_member(version.project, role)
    url = "http://127.0.0.1:9/v1"
    with pytest.raises(PermissionDeniedError):
        make_training(version, url, actor=member)
    training = make_training(version, url)
    with pytest.raises(PermissionDeniedError):
        ask_training(training_id=training.pk, ask=Ask.CANCEL, actor=member)
    with pytest.raises(PermissionDeniedError):
        change_training_settings(
            project=version.project, monthly_budget_usd=1, name_pattern="{n}", actor=member
        )


def test_a_training_without_a_job_cannot_run_in_the_database(version: DatasetVersion) -> None:
    training = make_training(version, "http://127.0.0.1:9/v1")
    for wrong in ({"stage": "running"}, {"stage": "failed"}, {"state": "done"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            TrainingRun.objects.filter(pk=training.pk).update(**wrong)


def test_a_key_goes_only_to_its_hosts_and_nothing_else_of_the_environment_is_sent(
    service: FakeTrainings, version: DatasetVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_API_KEY", "sk-secret")
    monkeypatch.setenv("SHOP_API_KEY_HOSTS", "127.0.0.1")
    for name in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "org-of-somewhere-else")
    training = work(make_training(version, service.url, api_key_name="SHOP_API_KEY"), rounds=2)
    assert training.provider_job_id
    assert {headers["authorization"] for headers in service.headers} == {"Bearer sk-secret"}
    assert "org-of-somewhere-else" not in str(service.headers)
