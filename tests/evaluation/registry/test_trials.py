"""Trying a model out: asked for on the page, done by a worker, and what is said of the answer."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from evaluation.providers.base import PermanentFailure
from evaluation.registry.actions import trials
from evaluation.registry.models import Endpoint, ModelTrial, ModelVersion
from evaluation.registry.tasks import TRIALS
from evaluation.registry.trials import Trial
from evaluation.runs.actions.answers import CALLS, claim_answer
from evaluation.runs.actions.dispatch import dispatch_answers
from reviewapp.core.errors import PermissionDeniedError
from reviewapp.core.messages import message
from reviewapp.jobs.actions import release_lost_jobs
from reviewapp.people.models import Project, Role
from tests.factories.people import make_member, make_project
from tests.factories.runs import make_generating_run, make_model_version, make_voting_run
from tests.fake_openai import FakeOpenAI, Step, completion, fake_openai

pytestmark = pytest.mark.django_db
SECRET = "sk-very-secret-value"
HTMX = {"hx-request": "true"}


@pytest.fixture
def project() -> Project:
    return make_project("house")


@pytest.fixture
def page(client: Client, project: Project) -> Client:
    client.force_login(make_member(project, Role.LEAD))
    return client


@pytest.fixture
def service() -> Iterator[FakeOpenAI]:
    with fake_openai() as running:
        yield running


def at(model: ModelVersion, name: str = "try_model") -> str:
    return reverse(f"evaluation:{name}", args=["house", model.pk])


def tried(page: Client, model: ModelVersion) -> str:
    """Press the button, let a worker do its part, and return what the poll shows."""
    asked = page.post(at(model), headers=HTMX).content.decode()
    assert "Waiting for a worker" in asked
    assert "hx-get" in asked
    TRIALS.run(ModelTrial.objects.get(model_version=model).pk)
    shown = page.get(at(model), headers=HTMX).content.decode()
    assert "hx-get" not in shown, "the poll must end"
    return shown


def test_a_trial_shows_the_answer_and_how_long_it_took(
    page: Client, project: Project, service: FakeOpenAI
) -> None:
    model = make_model_version(project, base_url=service.url)
    shown = tried(page, model)
    assert "small says: Say hello." in shown
    assert " ms" in shown
    assert "small says: Say hello." in page.get(at(model, "model")).content.decode()


def test_a_trial_shows_why_there_is_no_answer(
    page: Client, project: Project, service: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_API_KEY", SECRET)
    monkeypatch.setenv("SHOP_API_KEY_HOSTS", "127.0.0.1")
    model = make_model_version(project, base_url=service.url, api_key_name="SHOP_API_KEY")
    service.then(Step(401, "invalid_api_key", message=f"Wrong key {SECRET}"))
    shown = tried(page, model)
    assert "rejects the key" in shown
    assert SECRET not in shown


def test_another_model_that_answers_is_pointed_out(
    page: Client, project: Project, service: FakeOpenAI
) -> None:
    service.model = "tiny"
    model = make_model_version(project, base_url=service.url)
    assert "not <code>small</code>" in tried(page, model)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (completion(None, reasoning_content="Hm."), "only reasoned and gave no answer"),
        (completion(None, finish_reason="length", reasoning="Hm."), "all its tokens for reasoning"),
        (completion("<think>Hm", finish_reason="length"), "all its tokens for reasoning"),
        (completion("Hello, I am", finish_reason="length"), "was cut at 1,024 tokens"),
        (completion("<think>Hm</think>Hello."), "the model&#x27;s reasoning"),
        (completion("Hello.<|im_end|>"), "marks of a chat template"),
    ],
)
def test_a_trial_says_what_is_true_of_a_reasoning_model(
    page: Client, project: Project, service: FakeOpenAI, answer: dict[str, Any], words: str
) -> None:
    service.answer = lambda _body: answer
    shown = tried(page, make_model_version(project, base_url=service.url))
    assert words in shown
    assert "&lt;" not in shown
    assert service.requests[0]["max_tokens"] == 1024


def test_a_trial_that_is_asked_for_again_is_the_same_one(
    page: Client, project: Project, service: FakeOpenAI
) -> None:
    model = make_model_version(project, base_url=service.url)
    for _ in range(6):
        page.post(at(model), headers=HTMX)
    trial = ModelTrial.objects.get()
    for _ in range(2):
        TRIALS.run(trial.pk)
    assert len(service.requests) == 1
    page.post(at(model))
    assert ModelTrial.objects.get().finished_at is None


def test_no_more_than_two_trials_run_at_once(project: Project) -> None:
    models = [make_model_version(project) for _ in range(4)]
    asked = [trials.ask_for_trial(model_id=model.pk, actor=None) for model in models]
    assert trials.trials_to_send() == [asked[0].pk, asked[1].pk]
    claimed = [trials.claim_trial(trial_id=trial.pk) for trial in asked]
    assert [trial is not None for trial in claimed] == [True, True, False, False]
    assert trials.trials_to_send() == []
    assert claimed[0] is not None
    done = Trial(text="Hello.")
    assert trials.finish_trial(trial=claimed[0], result=done)
    assert not trials.finish_trial(trial=claimed[0], result=done)
    assert trials.trials_to_send() == [asked[2].pk]


def test_the_trial_of_a_lost_worker_ends_with_a_reason(page: Client, project: Project) -> None:
    model = make_model_version(project)
    trial = trials.ask_for_trial(model_id=model.pk, actor=None)
    claimed = trials.claim_trial(trial_id=trial.pk)
    long_ago = timezone.now() - timedelta(hours=1)
    ModelTrial.objects.update(heartbeat_at=long_ago, asked_at=long_ago)
    assert [lost.pk for lost in release_lost_jobs(ModelTrial)] == [trial.pk]
    assert trials.trials_to_send() == []
    assert "The worker was lost" in page.get(at(model), headers=HTMX).content.decode()
    assert claimed is not None
    assert not trials.finish_trial(trial=claimed, result=Trial(text="Hello."))


def test_a_trial_counts_against_the_limits_of_its_endpoint(service: FakeOpenAI) -> None:
    """Two requests a minute: one trial and one answer use them up."""
    run = make_generating_run(base_url=service.url, max_concurrent=9, requests_per_minute=2)
    trial = trials.ask_for_trial(model_id=run.candidate_id, actor=None)
    TRIALS.run(trial.pk)
    call = trial.calls.get()
    assert (call.endpoint, call.purpose, call.outcome) == (run.candidate.endpoint, "trial", "ok")
    endpoint_id = call.endpoint_id
    first = dispatch_answers(endpoint_id=endpoint_id)
    assert len(first) == 1
    assert claim_answer(answer_id=first[0]) is not None
    again = trials.ask_for_trial(model_id=run.candidate_id, actor=None)
    TRIALS.run(again.pk)
    again.refresh_from_db()
    assert (again.state, again.attempts) == ("waiting", 0)
    assert again.run_after == call.started_at + timedelta(seconds=60)


def test_a_trial_goes_before_the_answers_of_a_run(service: FakeOpenAI) -> None:
    run = make_generating_run(base_url=service.url, max_concurrent=1)
    running = claim_answer(answer_id=run.answers.earliest("pk").pk)
    assert running is not None
    trial = trials.ask_for_trial(model_id=run.candidate_id, actor=None)
    TRIALS.run(trial.pk)
    assert service.requests == [], "the only call at once is taken"
    CALLS.fail(call=running, error=PermanentFailure("x", message("providers.timeout")))
    assert dispatch_answers(endpoint_id=running.endpoint_id) == []
    ModelTrial.objects.update(run_after=None)
    TRIALS.run(trial.pk)
    assert len(service.requests) == 1
    assert len(dispatch_answers(endpoint_id=running.endpoint_id)) == 1


def test_a_trial_asks_an_endpoint_that_is_blocked(service: FakeOpenAI) -> None:
    """It shows whether the reason is gone."""
    run = make_generating_run(base_url=service.url)
    Endpoint.objects.update(blocked_reason=message("providers.timeout"))
    TRIALS.run(trials.ask_for_trial(model_id=run.candidate_id, actor=None).pk)
    assert ModelTrial.objects.get().text


def test_the_page_says_that_the_limits_put_a_trial_off(page: Client, project: Project) -> None:
    model = make_model_version(project)
    trials.ask_for_trial(model_id=model.pk, actor=None)
    Endpoint.objects.update(wait_until=timezone.now() + timedelta(minutes=5))
    TRIALS.wake()
    TRIALS.run(ModelTrial.objects.get().pk)
    assert "takes no further call now" in page.get(at(model), headers=HTMX).content.decode()


def test_a_trial_that_no_worker_takes_says_so(page: Client, project: Project) -> None:
    model = make_model_version(project)
    trials.ask_for_trial(model_id=model.pk, actor=None)
    ModelTrial.objects.update(asked_at=timezone.now() - timedelta(seconds=20))
    assert "Check that workers run" in page.get(at(model), headers=HTMX).content.decode()


def test_the_page_never_waits_for_the_service(
    page: Client, project: Project, service: FakeOpenAI
) -> None:
    """Six models of a service that hangs, each tried: every request is answered at once."""
    service.gate = threading.Event()
    began = time.monotonic()
    for _ in range(6):
        model = make_model_version(project, base_url=service.url)
        assert page.post(at(model), headers=HTMX).status_code == 200
    assert time.monotonic() - began < 5
    assert service.requests == []
    service.gate.set()


def test_a_model_of_imported_answers_cannot_be_asked(page: Client, project: Project) -> None:
    run = make_voting_run(project)
    answer = page.post(at(run.candidate))
    assert "cannot be asked" in answer.content.decode()
    assert not ModelTrial.objects.exists()


def test_only_leads_try_models(project: Project) -> None:
    model = make_model_version(project)
    with pytest.raises(PermissionDeniedError):
        trials.ask_for_trial(model_id=model.pk, actor=make_member(project, Role.REVIEWER))
