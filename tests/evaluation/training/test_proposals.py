"""What the set-up of a training proposes for a mini-batch."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from datasets.versions.mini_batches.actions import freeze_mini_batch
from evaluation.training.local.models import BaseModel
from evaluation.training.models import Stage, TrainingRun
from evaluation.training.proposals import tuned_before
from reviewapp.jobs.models import JobState
from tests.factories.trainings import make_training
from tests.factories.versions import ProjectWithMembers

pytestmark = pytest.mark.django_db
URL = "https://models.example.com/v1"
TUNED = "ft:gpt-4.1-mini-2025-04-14:shop::1"


@pytest.mark.parametrize(
    ("kind", "url", "hyperparameters"),
    [
        ("openai", URL, {"n_epochs": 3}),
        ("together", URL, {"n_epochs": 3}),
        ("fireworks", f"{URL}/accounts/shop", {"epochs": 3}),
    ],
)
def test_a_mini_batch_proposes_the_last_model_tuned_on_its_parent(
    client: Client, kind: str, url: str, hyperparameters: dict[str, float]
) -> None:
    house = ProjectWithMembers()
    house.many(12)
    parent = house.freeze()
    training = make_training(parent, url, provider=kind, hyperparameters=hyperparameters)
    house.many(2)
    batch = freeze_mini_batch(parent=parent, percent=50, seed=0, changelog="New.", actor=house.lead)
    assert tuned_before(batch) is None, "it has not succeeded"
    TrainingRun.objects.filter(pk=training.pk).update(
        stage=Stage.SUCCEEDED,
        state=JobState.DONE,
        ended_at=timezone.now(),
        provider_job_id="ftjob-1",
        tuned_model=TUNED,
    )
    client.force_login(house.lead)
    new = reverse("evaluation:new_training", args=[house.project.slug])

    def proposed(number: int) -> dict[str, object]:
        form = client.get(new, {"version": number}).context["form"]
        return {name: form[name].value() for name in ("version_id", "base_model", "base_url")}

    assert proposed(batch.number) == {
        "version_id": batch.pk,
        "base_model": TUNED,
        "base_url": url,
    }
    assert proposed(parent.number)["base_model"] is None


def test_the_last_provider_is_proposed_and_before_it_the_machine_that_is_set_up(
    client: Client,
) -> None:
    house = ProjectWithMembers()
    house.many(12)
    version = house.freeze()
    client.force_login(house.lead)
    new = reverse("evaluation:new_training", args=[house.project.slug])

    def proposed(**query: str) -> str:
        return str(client.get(new, query).context["form"].provider.kind)

    assert proposed() == "openai"
    BaseModel.objects.create(
        name="small", path="small.gguf", sha256="0" * 64, size_bytes=1, context_tokens=2048
    )
    assert proposed() == "local"
    assert proposed(base_model="gpt-4.1-mini-2025-04-14") == "openai"
    make_training(version, URL)
    assert proposed() == "openai"
