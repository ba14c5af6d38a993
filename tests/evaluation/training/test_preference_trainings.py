"""Trainings on preferences, by the providers that can: the exact pairs, within their rules."""

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from datasets.versions.models import DatasetVersion
from datasets.versions.overlaps import OverlapKind
from evaluation.erasure.actions import erase_comparison
from evaluation.erasure.parts import Part
from evaluation.preferences.actions.freezing import freeze_preferences
from evaluation.preferences.models import PreferenceSet
from evaluation.registry.models import ModelVersion
from evaluation.results.actions.closing import close_run
from evaluation.runs.learned import Learned
from evaluation.runs.models import Comparison
from evaluation.runs.prompt_sets import leaks
from evaluation.runs.prompts import Prompt
from evaluation.runs.training_data import trained_matches
from evaluation.training.actions.starting import prepare_training
from evaluation.training.bundle.archive import write_archive
from evaluation.training.local.cleaning import clean_storage
from evaluation.training.models import Stage, TrainingCheckpoint, TrainingRun
from evaluation.training.plans import provider_or_error
from evaluation.training.preflights.actions import check_training
from evaluation.training.trainer.job import read_job
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import Message
from reviewapp.people.models import Role
from tests.api_scripts import script_of_lead
from tests.evaluation.training.local.local_training import (
    make_base,
    make_local_training,
    start_scripted,
    supervise,
)
from tests.factories.people import make_member, make_project
from tests.factories.runs import make_model_version
from tests.factories.trainings import make_plan, make_training, work
from tests.factories.verdicts import vote_in_order
from tests.factories.versions import make_filed_version
from tests.factories.voting import make_small_run
from tests.fake_trainings import FakeTrainings, fake_trainings

pytestmark = pytest.mark.django_db
PAIRS = 12


@pytest.fixture
def service() -> Iterator[FakeTrainings]:
    with fake_trainings() as running:
        yield running


@pytest.fixture
def version() -> DatasetVersion:
    return make_filed_version(make_project())


def frozen(version: DatasetVersion, pairs: int = PAIRS) -> PreferenceSet:
    run, (person,) = make_small_run(reviewers=1, examples=pairs, project=version.project)
    vote_in_order(run, person, ["candidate"] * pairs)
    close_run(run_id=run.pk, actor=None)
    return freeze_preferences(
        project=version.project, run_ids=[run.pk], rule="majority", min_votes=1, actor=None
    )


def dpo(pairs: PreferenceSet, **fields: Any) -> dict[str, Any]:
    settings = {"n_epochs": 2, "beta": 0.1}
    return {"method": "dpo", "preferences_id": pairs.pk, "hyperparameters": settings} | fields


def code(caught: pytest.ExceptionInfo[Any]) -> str:
    assert isinstance(caught.value.message, Message)
    return caught.value.message.code


def test_the_frozen_pairs_are_sent_as_they_are_and_the_model_is_registered(
    version: DatasetVersion, service: FakeTrainings
) -> None:
    pairs = frozen(version)
    training = work(make_training(version, service.url, **dpo(pairs)))
    assert (training.stage, training.preference_set) == (Stage.SUCCEEDED, pairs)
    (job,) = service.jobs.values()
    settings = {"n_epochs": 2, "beta": 0.1}
    assert job.body["method"] == {"type": "dpo", "dpo": {"hyperparameters": settings}}
    assert job.body["validation_file"] is None
    sent = service.contents[job.body["training_file"]]
    assert hashlib.sha256(sent).hexdigest() == pairs.digest
    assert set(json.loads(sent.splitlines()[0])) == {
        *("input", "preferred_output", "non_preferred_output"),
    }
    assert service.files == {}
    model = ModelVersion.objects.filter(checkpoint__training=training).first()
    assert model is not None
    assert model.hyperparameters["preferences"] == pairs.number


def test_a_model_trained_on_pairs_is_not_tested_on_their_prompts(
    version: DatasetVersion, service: FakeTrainings
) -> None:
    pairs = frozen(version)
    training = work(make_training(version, service.url, **dpo(pairs)))
    model = ModelVersion.objects.filter(checkpoint__training=training).first()
    assert model is not None
    seen = Comparison.objects.filter(preferences__preference_set=pairs)[0].prompt
    fresh = [{"role": "user", "content": "Something else?"}]
    found = leaks(model, [Prompt("a", seen), Prompt("b", fresh)])
    assert [(leak.key, leak.is_same_prompt) for leak in found] == [("a", True)]


def test_uploaded_prompts_are_compared_with_preferences_and_with_those_of_continued_models(
    version: DatasetVersion, service: FakeTrainings
) -> None:
    pairs = frozen(version)
    training = work(make_training(version, service.url, **dpo(pairs)))
    model = ModelVersion.objects.get(checkpoint__training=training, checkpoint__is_final=True)
    pair = pairs.pairs.select_related("comparison")[0]
    shouted = [turn | {"content": turn["content"].upper()} for turn in pair.comparison.prompt]
    reply = [{"role": "assistant", "content": "Nobody can tell you that, please ask us again."}]
    asked = Prompt("a", shouted, reference=reply)
    fresh = Prompt("b", [{"role": "user", "content": "Something else?"}])
    learned = Learned.of([model.pk])
    (match,) = trained_matches(learned, [asked, fresh])
    assert (match.key, match.preferred_id) == ("a", pair.preferred_id)
    assert (match.kind, match.version_id) == (OverlapKind.TWO_ANSWERS, None)
    continuing = make_training(version, service.url, base_model=model.model_id)
    later = make_model_version(version.project)
    TrainingCheckpoint.objects.create(
        training=continuing, step=1, model_id="ft:later", model_version=later
    )
    assert trained_matches(Learned.of([later.pk]), [asked]) == [match]
    assert trained_matches(Learned.of([make_model_version(version.project).pk]), [asked]) == []


def test_the_forecast_counts_prompt_and_answer_of_both_sides(
    version: DatasetVersion, service: FakeTrainings
) -> None:
    pairs = frozen(version)
    plan = make_plan(version, service.url, **dpo(pairs))
    prepared = prepare_training(version.project, plan)
    assert prepared.forecast.tokens == 2 * pairs.tokens
    erased = pairs.pairs.order_by("position")[0].comparison_id
    erase_comparison(comparison_id=erased, parts=[Part.CANDIDATE], reason="Asked.", actor=None)
    (file,) = prepare_training(version.project, plan).plan.files
    assert file.examples == PAIRS - 1
    assert file.tokens == round(pairs.tokens * (PAIRS - 1) / PAIRS)


def test_too_few_pairs_fail_before_anything_is_sent(
    version: DatasetVersion, service: FakeTrainings
) -> None:
    training = work(make_training(version, service.url, **dpo(frozen(version, pairs=9))))
    assert (training.stage, training.error_code) == (Stage.FAILED, "preflight")
    assert service.calls["upload"] == 0


def test_only_a_provider_that_can_takes_preferences_and_beta_needs_them(
    version: DatasetVersion, service: FakeTrainings
) -> None:
    pairs = frozen(version)
    for fields, expected in (
        (dpo(pairs, provider="together", hyperparameters={}), "training.no_preferences"),
        (dpo(pairs, provider="azure", hyperparameters={}), "training.no_preferences"),
        (dpo(pairs, provider="fireworks", hyperparameters={}), "training.no_preferences"),
        ({"hyperparameters": {"beta": 0.1}}, "training.beta_needs_pairs"),
        (dpo(pairs, preferences_id=pairs.pk + 1), "training.unknown_preferences"),
    ):
        with pytest.raises(InvalidInput) as caught:
            prepare_training(version.project, make_plan(version, service.url, **fields))
        assert code(caught) == expected


OPENAI = "https://api.openai.com/v1"


@pytest.mark.parametrize(
    "base", ["gpt-4o-mini-2024-07-18", "gpt-4o-mini", "ft:gpt-3.5-turbo-0125:shop::x"]
)
def test_a_base_model_that_openai_trains_on_no_pairs_is_refused_before_the_forecast(
    version: DatasetVersion, base: str
) -> None:
    fields = dpo(frozen(version), base_model=base, api_key_name="")
    with pytest.raises(InvalidInput) as caught:
        prepare_training(version.project, make_plan(version, OPENAI, **fields))
    assert code(caught) == "training.base_takes_no_preferences"
    supervised = make_plan(version, OPENAI, base_model=base, api_key_name="")
    assert prepare_training(version.project, supervised).plan.base_model == base


@pytest.mark.parametrize(
    ("base", "url", "notes"),
    [
        ("gpt-4.1-mini-2025-04-14", OPENAI, []),
        ("ft:gpt-4.1-2025-04-14:shop::x", OPENAI, []),
        ("gpt-9", OPENAI, ["training.preferences_unknown"]),
        ("gpt-4o-mini", "https://models.example/v1", ["training.preferences_unknown"]),
    ],
)
def test_a_base_model_that_is_not_known_to_take_pairs_gets_a_note(
    version: DatasetVersion, base: str, url: str, notes: list[str]
) -> None:
    fields = dpo(frozen(version), base_model=base, api_key_name="")
    provider = provider_or_error("openai")
    prepared = prepare_training(version.project, make_plan(version, url, **fields))
    checked = check_training(version.project, provider, prepared)
    assert ([note.code for note in checked.notes], checked.errors) == (notes, [])


def test_the_database_holds_a_dpo_training_to_its_pairs(
    version: DatasetVersion, service: FakeTrainings
) -> None:
    training = make_training(version, service.url)
    with pytest.raises(IntegrityError), transaction.atomic():
        TrainingRun.objects.create(
            project=version.project,
            version=version,
            endpoint=training.endpoint,
            provider="openai",
            base_model="x",
            method="dpo",
            expected_tokens=1,
        )


def test_a_lead_starts_one_from_the_page_of_the_set_and_a_script_by_its_number(
    client: Client, version: DatasetVersion, service: FakeTrainings
) -> None:
    pairs, project = frozen(version), version.project
    client.force_login(make_member(project, Role.LEAD))
    url = reverse("evaluation:new_training", args=[project.slug])
    form = client.get(url, {"preferences": pairs.number}).context["form"]
    assert form["preferences_id"].value() == str(pairs.pk)
    sent = {
        "kind": "openai",
        "version_id": version.pk,
        "preferences_id": pairs.pk,
        "base_model": "gpt-4.1-mini-2025-04-14",
        "base_url": service.url,
        "n_epochs": 2,
    }
    page = client.post(url, sent)
    assert page.context["checked"].errors == []
    assert page.context["prepared"].preferences == pairs
    client.post(url, {**sent, "forecast_for": page.context["forecast_for"]})
    assert TrainingRun.objects.get().preference_set == pairs
    body = {"version": 1, "base_model": "gpt-4.1-mini-2025-04-14", "base_url": service.url}
    made = script_of_lead(project, "trainings").post(
        f"projects/{project.slug}/trainings", **body, api_key_name="", preferences=pairs.number
    )
    assert (made.json()["method"], made.json()["preferences"]) == ("dpo", pairs.number)


def test_an_own_machine_trains_on_the_pairs(
    version: DatasetVersion, tmp_path: Path, settings: Any
) -> None:
    settings.TRAINING_MODELS_DIR = settings.DATA_DIR = tmp_path
    make_base(tmp_path)
    pairs = frozen(version)
    fields = dpo(pairs, hyperparameters={"epochs": 2, "beta": 0.2})
    training = make_local_training(version, **fields)
    given: dict[str, Any] = {}

    def start(folder: Path) -> Any:
        given["job"] = read_job(folder)
        given["digest"] = hashlib.sha256((folder / "train.jsonl").read_bytes()).hexdigest()
        return start_scripted(folder)

    assert clean_storage() == 0
    supervise(training, start)
    assert (given["job"].method, given["job"].beta, given["job"].validation) == ("dpo", 0.2, "")
    assert given["digest"] == pairs.digest
    model = ModelVersion.objects.filter(checkpoint__training=work(training)).first()
    assert model is not None
    assert model.hyperparameters["method"] == "dpo"


def test_a_bundle_takes_the_pairs_along(version: DatasetVersion) -> None:
    pairs = frozen(version)
    fields = dpo(pairs, provider="bundle", hyperparameters={"beta": 0.2}, base_model="Tiny.gguf")
    training = work(make_training(version, "", **fields), rounds=1)
    with io.BytesIO() as content:
        write_archive(content, training, url="http://127.0.0.1/t", token="t")
        with ZipFile(content) as archive:
            job = json.loads(archive.read("job.json"))
            sent = archive.read("train.jsonl")
    assert (job["method"], job["beta"], job["validation"]) == ("dpo", 0.2, "")
    assert hashlib.sha256(sent).hexdigest() == pairs.digest


def test_the_form_says_why_there_is_no_training_on_preferences(
    client: Client, version: DatasetVersion
) -> None:
    client.force_login(make_member(version.project, Role.LEAD))
    page = reverse("evaluation:new_training", args=[version.project.slug])
    collect = reverse("evaluation:preferences", args=[version.project.slug])
    without = client.get(page, {"provider": "openai"}).content.decode()
    assert f'<a href="{collect}">collect pairs</a>' in without
    frozen(version)
    offered = client.get(page, {"provider": "openai"}).content.decode()
    assert 'name="preferences_id"' in offered
    assert "collect pairs</a>" not in offered
    azure = client.get(page, {"provider": "azure"}).content.decode()
    assert "Azure OpenAI takes no trainings on preferences (DPO) from here" in azure
    assert 'name="preferences_id"' not in azure
