"""A further kind of provider is one module and one line of registration."""

import pytest
from django.test import Client
from django.urls import reverse

from evaluation.providers import kinds
from evaluation.providers.base import Completion, CompletionRequest, ProviderBlocked
from evaluation.registry.actions import registry, trials
from evaluation.registry.models import ModelTrial, ModelVersion
from evaluation.registry.tasks import TRIALS
from evaluation.runs.actions import generation
from evaluation.runs.models import Answer
from evaluation.runs.tasks import ANSWERS
from reviewapp.core.errors import InvalidInput
from reviewapp.people.models import Project, Role
from tests.factories.people import make_member, make_project
from tests.factories.runs import make_model_version, make_run

pytestmark = pytest.mark.django_db


class Parrot:
    """A service that repeats the last message."""

    kind = "parrot"
    label = "Parrot"

    def complete(self, request: CompletionRequest) -> Completion:
        return Completion(f"{request.model_id}: {request.messages[-1]['content']}", latency_ms=1)


@pytest.fixture
def parrot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "_providers", dict(kinds._providers))
    kinds.register_provider(Parrot())


@pytest.fixture
def project() -> Project:
    return make_project("house")


def test_a_registered_kind_is_offered_asked_and_shown(
    parrot: None, project: Project, client: Client
) -> None:
    client.force_login(make_member(project, Role.LEAD))
    form = client.get(reverse("evaluation:register_model", args=["house"])).content.decode()
    assert '<option value="parrot">Parrot</option>' in form
    polly, ara = (
        make_model_version(project, name=name, model_id=name, provider="parrot")
        for name in ("polly", "ara")
    )
    TRIALS.run(trials.ask_for_trial(model_id=polly.pk, actor=None).pk)
    assert ModelTrial.objects.get().text == "polly: Say hello."
    run = make_run(project, candidate=polly, baseline=ara)
    generation.start_generation(run_id=run.pk, actor=None)
    answer = run.answers.filter(model_version=ara).earliest("pk")
    ANSWERS.run(answer.pk)
    assert Answer.objects.get(pk=answer.pk).text.startswith("ara: Question ")
    shown = client.get(reverse("evaluation:model", args=["house", polly.pk])).content.decode()
    assert "<dd>Parrot</dd>" in shown


def test_a_model_of_an_unknown_kind_is_not_registered(project: Project) -> None:
    with pytest.raises(InvalidInput):
        make_model_version(project, provider="parrot")


def test_a_model_whose_kind_is_gone_stops_its_run(project: Project) -> None:
    model = make_model_version(project)
    ModelVersion.objects.update(provider="parrot")
    with pytest.raises(ProviderBlocked, match="parrot"):
        kinds.provider_of("parrot")
    TRIALS.run(trials.ask_for_trial(model_id=model.pk, actor=None).pk)
    assert ModelTrial.objects.get().error_code == "unknown_provider"


def test_imported_answers_are_a_kind_that_cannot_be_asked() -> None:
    assert kinds.IMPORTED in dict(kinds.model_choices())
    assert kinds.IMPORTED not in dict(kinds.provider_choices())
    assert registry.Registration("a", "b", "c").provider in dict(kinds.provider_choices())
