"""Serving a model that was tuned here: asked by a lead, on a port that is kept, by one server."""

import json
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from evaluation.management.commands import serve_model
from evaluation.providers import kinds
from evaluation.registry.actions.trials import ask_for_trial
from evaluation.registry.models import ModelVersion
from evaluation.registry.tasks import TRIALS
from evaluation.training.local import adapters, llama_server, serving, supervisor
from evaluation.training.local.asking import ask_to_serve, ask_to_stop
from evaluation.training.local.models import ServedModel, ServingState
from reviewapp.core.errors import InvalidInput, PermissionDeniedError
from reviewapp.people.actions.members import create_token
from reviewapp.people.models import Role, Scope, User
from tests.evaluation.training.local.local_training import (
    make_base,
    make_local_training,
    supervise,
)
from tests.factories.people import make_member, make_project
from tests.factories.trainings import work
from tests.factories.versions import make_filed_version
from tests.fake_openai import fake_openai

pytestmark = pytest.mark.django_db
SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""

# It ends as soon as it was asked whether it is ready.
ONE_ANSWER = SERVER.replace("serve_forever", "handle_request")


@pytest.fixture
def tuned(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> ModelVersion:
    settings.TRAINING_MODELS_DIR, settings.DATA_DIR = str(tmp_path), tmp_path
    monkeypatch.setattr(supervisor, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(serving, "FIRST_PORT", 18210)
    make_base(tmp_path)
    project = make_project()
    lead = make_member(project, Role.LEAD, name="Lea Lead")
    training = make_local_training(make_filed_version(project), actor=lead)
    supervise(training)
    work(training)
    return training.checkpoints.get(is_final=True).model_version  # type: ignore[return-value]


def command(_row: ServedModel, port: int) -> list[str]:
    return [sys.executable, "-c", SERVER, str(port)]


def look_until(servers: dict[int, Any], state: ServingState) -> ServedModel:
    deadline = time.monotonic() + 30
    while ServedModel.objects.get().state != state:
        assert time.monotonic() < deadline
        serving.look(servers)
        time.sleep(0.02)
    return ServedModel.objects.get()


def test_a_served_model_gets_the_address_of_its_server_and_keeps_it(
    tuned: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "server_command", command)
    lead = make_member(tuned.project, Role.LEAD, name="Lina Lead")
    ask_to_serve(model=tuned, actor=lead)
    servers: dict[int, subprocess.Popen[bytes]] = {}
    row = look_until(servers, ServingState.SERVED)
    tuned.refresh_from_db()
    assert tuned.endpoint is not None
    assert tuned.endpoint.base_url == serving.address(row.port or 0)
    assert tuned.provider == kinds.DEFAULT
    assert tuned.model_id == tuned.checkpoint.model_id
    [event] = tuned.events.filter(action="serve_model")
    assert (event.actor, event.detail["reason"]["code"]) == (lead, "local.served_by_worker")
    ask_to_stop(model=tuned, actor=lead)
    [server] = servers.values()
    serving.look(servers)
    assert (servers, server.poll() is None) == ({}, False)
    ask_to_serve(model=tuned, actor=lead)
    again = look_until(servers, ServingState.SERVED)
    assert again.port == row.port
    for running in servers.values():
        running.kill()
        running.wait()
    serving.look(servers)
    failed = ServedModel.objects.get()
    assert (failed.state, failed.error and failed.error.code) == ("failed", "local.serving_ended")


def test_the_command_serves_a_model_until_its_server_ends(
    tuned: ModelVersion, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def one_answer(_row: ServedModel, port: int) -> list[str]:
        return [sys.executable, "-c", ONE_ANSWER, str(port)]

    monkeypatch.setattr(serving, "server_command", one_answer)
    monkeypatch.setattr(serve_model, "WAIT_SECONDS", 0.02)
    call_command("serve_model", tuned.name, "--json")
    row = ServedModel.objects.get(model_version=tuned)
    url = serving.address(row.port or 0)
    assert json.loads(capsys.readouterr().out) == {"model": tuned.name, "base_url": url}
    tuned.refresh_from_db()
    assert tuned.endpoint is not None
    assert (tuned.endpoint.base_url, tuned.model_id) == (url, tuned.checkpoint.model_id)
    with pytest.raises(CommandError, match="ended"):
        monkeypatch.setattr(serving, "server_command", lambda *_: [sys.executable, "-c", ""])
        call_command("serve_model", tuned.name)


def test_the_command_enters_the_address_of_another_server(
    tuned: ModelVersion, capsys: pytest.CaptureFixture[str]
) -> None:
    with fake_openai() as service:
        named = ["--endpoint-url", service.url, "--model-id", "shop-lora"]
        call_command("serve_model", tuned.name, *named, "--json")
        assert json.loads(capsys.readouterr().out)["base_url"] == service.url
        trial = ask_for_trial(model_id=tuned.pk, actor=None)
        TRIALS.run(trial.pk)
        trial.refresh_from_db()
        assert (trial.error_code, bool(trial.text)) == ("", True)
        assert {model for model, _text in service.asked()} == {"shop-lora"}
    tuned.refresh_from_db()
    assert (tuned.provider, tuned.model_id) == (kinds.DEFAULT, "shop-lora")
    assert tuned.events.filter(action="serve_model").count() == 1
    with pytest.raises(CommandError, match="address"):
        call_command("serve_model", tuned.name, "--endpoint-url", service.url)
    with pytest.raises(CommandError, match="no model"):
        call_command("serve_model", "unknown")


def test_the_server_gets_base_and_adapter(tuned: ModelVersion, tmp_path: Path) -> None:
    row = ask_to_serve(model=tuned, actor=None)
    words = serving.server_command(row, 18300)
    assert str(tmp_path / "tiny.gguf") in words
    [adapter] = (tmp_path / adapters.FOLDER).iterdir()
    assert str(adapter) in words
    assert adapter.read_text().startswith("adapter.gguf")


def test_a_registered_model_names_who_started_its_training_and_the_worker(
    tuned: ModelVersion,
) -> None:
    starter = tuned.checkpoint.training.started_by
    assert tuned.created_by == starter
    [event] = tuned.events.filter(action="register_model")
    assert (event.actor, event.after) == (starter, tuned.name)
    assert event.detail["reason"]["code"] == "training.registered_by_worker"


def test_a_training_registers_its_models_though_who_started_it_left(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TRAINING_MODELS_DIR, settings.DATA_DIR = str(tmp_path), tmp_path
    monkeypatch.setattr(supervisor, "POLL_SECONDS", 0.01)
    make_base(tmp_path)
    project = make_project()
    lead = make_member(project, Role.LEAD)
    training = make_local_training(make_filed_version(project), actor=lead)
    supervise(training)
    lead.memberships.all().delete()
    models = ModelVersion.objects.filter(checkpoint__training=work(training))
    assert {model.created_by for model in models} == {lead}


def test_a_script_of_a_lead_starts_and_stops_serving(tuned: ModelVersion) -> None:
    path = f"/api/v1/projects/{tuned.project.slug}/models/{tuned.name}/serving"
    lead = _caller(make_member(tuned.project, Role.LEAD))
    shown = lead.get(path).json()
    assert (shown["state"], shown["can_start"], shown["base_url"]) == ("", True, "")
    started = lead.post(f"{path}/start")
    assert (started.status_code, started.json()["state"]) == (202, "wanted")
    assert lead.post(f"{path}/start").status_code == 422
    assert lead.post(f"{path}/stop").json()["state"] == "stopped"
    assert lead.post(f"{path}/stop").status_code == 409
    assert lead.get(path.replace(tuned.name, "unknown")).status_code == 404
    for role in (Role.REVIEWER, Role.ANNOTATOR):
        other = _caller(make_member(tuned.project, role))
        assert other.get(path).status_code in {403, 404}
        assert other.post(f"{path}/start").status_code in {403, 404}
    narrow = _caller(make_member(tuned.project, Role.LEAD), scopes=[Scope.RUNS.value])
    assert narrow.post(f"{path}/start").status_code == 403


def _caller(member: User, **fields: Any) -> Client:
    token = create_token(user=member, **fields)
    return Client(headers={"Authorization": f"Bearer {token.secret}"})


def test_only_leads_serve_a_model_and_only_one_that_was_tuned_here(
    tuned: ModelVersion, client: Client
) -> None:
    annotator = make_member(tuned.project, Role.ANNOTATOR)
    with pytest.raises(PermissionDeniedError):
        ask_to_serve(model=tuned, actor=annotator)
    other = ModelVersion.objects.create(project=tuned.project, name="file", provider=kinds.IMPORTED)
    with pytest.raises(InvalidInput) as error:
        ask_to_serve(model=other, actor=None)
    assert error.value.message.code == "local.not_tuned_here"  # type: ignore[union-attr]
    client.force_login(make_member(tuned.project, Role.LEAD))
    args = [tuned.project.slug, tuned.pk]
    assert client.post(reverse("evaluation:serve_model", args=args)).status_code == 302
    page = client.get(reverse("evaluation:model", args=args)).content.decode()
    assert reverse("evaluation:served_model", args=args) in page
    assert client.get(reverse("evaluation:served_model", args=args)).status_code == 200
    assert client.post(reverse("evaluation:stop_serving", args=args)).status_code == 302
    assert client.get(reverse("evaluation:served_model", args=args)).status_code == 286
    client.force_login(annotator)
    assert client.post(reverse("evaluation:serve_model", args=args)).status_code in {403, 404}


def test_an_answer_does_not_depend_on_the_requests_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A prompt that was read without the adapter must not be used for a request with it."""

    class Stop(Exception):
        """Ends the server once it has its settings."""

    def started(params: Any) -> None:
        assert params.cache_prompt is False
        raise Stop

    module = SimpleNamespace(CommonParams=Mock, CommonAdapterLoraInfo=Mock, Server=started)
    monkeypatch.setitem(sys.modules, "xllamacpp", module)
    monkeypatch.setattr("signal.signal", Mock())
    with pytest.raises(Stop):
        llama_server.serve(tmp_path, 18299, [tmp_path], "tuned", context=512)


def test_a_library_that_cannot_be_loaded_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(SystemExit, match=r"^The model cannot be served: .*libgomp1"):
        llama_server.serve(tmp_path, 18299, [], "tuned", context=512)
