"""Reuse of stored answers by a later run, and the forecast before a run generates."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from datasets.erasure.actions import apply_retention
from evaluation.erasure.actions import erase_comparison
from evaluation.erasure.parts import Part
from evaluation.providers.base import Completion, CompletionRequest
from evaluation.registry.actions.registry import Limits
from evaluation.registry.models import ModelVersion, ProviderCall
from evaluation.results.actions import closing
from evaluation.runs.actions import answers, generation
from evaluation.runs.generation_forecast import forecast_generation
from evaluation.runs.models import Answer, EvaluationRun, RunEvent
from evaluation.runs.requests import request_for, request_hash
from evaluation.runs.stored_answers import reusable_answers
from evaluation.runs.terms import Sampling
from reviewapp.people.models import Project, Role
from tests.api_scripts import Script, script_of_lead
from tests.factories.people import make_member, make_project
from tests.factories.runs import make_model_version, make_run

pytestmark = pytest.mark.django_db
COLD = Sampling(temperature=0, max_tokens=300, seed=7, system="Be brief.")
TOTAL = 40


@dataclass
class Pair:
    project: Project
    baseline: ModelVersion
    candidate: ModelVersion

    def draft(self, **chosen: Any) -> EvaluationRun:
        models: dict[str, Any] = {
            "baseline": self.baseline,
            "candidate": self.candidate,
            "sampling": COLD,
        }
        return make_run(self.project, **(models | chosen))

    def generated(self, **chosen: Any) -> EvaluationRun:
        return generate(self.draft(**chosen))


@pytest.fixture
def pair() -> Pair:
    project = make_project()
    prices: dict[str, Any] = {
        "usd_per_million_input_tokens": Decimal(2),
        "usd_per_million_output_tokens": Decimal(8),
        "prices_as_of": date(2026, 11, 1),
    }
    limits = Limits(100, 10_000)
    for name in ("house", "tuned"):
        make_model_version(project, name=name, limits=limits)
    ModelVersion.objects.update(**prices)
    return Pair(project, *ModelVersion.objects.order_by("pk"))


def generate(run: EvaluationRun, *, reuse: bool = False) -> EvaluationRun:
    """Start a run and store an answer for each that waits, in one statement."""
    generation.start_generation(run_id=run.pk, actor=None, reuse_answers=reuse)
    waiting = run.answers.filter(state="waiting").select_related("comparison", "model_version")
    stored = list(waiting.order_by("pk"))
    for answer in stored:
        model, sampling = answer.model_version, Sampling.from_json(run.sampling)
        assert model.endpoint is not None
        request = request_for(model, model.endpoint, sampling, answer.comparison.prompt)
        answer.request_hash, answer.text = request_hash(request), f"Answer {answer.pk}."
        answer.state, answer.finished_at = "done", timezone.now()
        answer.latency_ms, answer.request_id = 120, f"req-{answer.pk}"
        answer.prompt_tokens, answer.completion_tokens = 50, 12
        answer.cost_usd = answers.cost_of(model, 50, 12)
    columns = ["request_hash", "text", "state", "finished_at", "latency_ms", "request_id"]
    columns += ["prompt_tokens", "completion_tokens", "cost_usd"]
    Answer.objects.bulk_update(stored, columns)
    return run


def texts(run: EvaluationRun, model: ModelVersion) -> dict[str, str]:
    found = run.answers.filter(model_version=model)
    return dict(found.values_list("comparison__external_id", "text"))


def test_a_reused_answer_is_a_copy_that_names_its_origin_and_calls_nobody(pair: Pair) -> None:
    first = pair.generated()
    calls = ProviderCall.objects.count()
    second = generate(pair.draft(), reuse=True)
    assert ProviderCall.objects.count() == calls
    assert texts(second, pair.baseline) == texts(first, pair.baseline)
    copy = second.answers.order_by("pk").first()
    assert copy is not None and copy.reused_from is not None
    assert copy.reused_from.run == first
    assert (copy.latency_ms, copy.completion_tokens, copy.request_id) == (120, 12, "")
    assert copy.cost_usd == copy.reused_from.cost_usd, "the cost gate compares the models"
    progress = generation.answer_progress(second)
    assert (progress.done, progress.reused, progress.cost_usd) == (TOTAL, TOTAL, 0)
    detail = RunEvent.objects.get(run=second, action="start_generation").detail
    assert detail == {"answers": TOTAL, "reused": TOTAL, "reused_from": {str(first.pk): TOTAL}}
    # A copy of a copy names the origin, so that erasing it finds every copy.
    third = generate(pair.draft(), reuse=True)
    assert set(third.answers.values_list("reused_from__run", flat=True)) == {first.pk}


def test_reused_and_new_answers_are_stored_in_one_order(pair: Pair) -> None:
    pair.generated()
    other = make_model_version(pair.project, name="newer", limits=Limits(100, 10_000))
    mixed = generate(pair.draft(candidate=other), reuse=True)
    fresh = generate(pair.draft())
    for run in (mixed, fresh):
        rows = list(run.answers.order_by("pk").values_list("comparison__position", "model_version"))
        models = (run.baseline_id, run.candidate_id)
        assert rows == [(place, model) for place in range(1, 21) for model in models]
    assert mixed.answers.filter(reused_from=None).count() == TOTAL // 2


def test_every_setting_and_every_message_is_part_of_the_hash() -> None:
    asked = CompletionRequest("http://a/v1", "KEY", "small", [{"role": "user", "content": "Hi"}], 9)
    changes: list[dict[str, Any]] = [
        {"model_id": "large"},
        {"messages": [{"role": "user", "content": "Ho"}]},
        {"temperature": 0.5},
        {"max_tokens": 7},
        {"seed": 3},
        {"extra_body": {"lora": 1}},
    ]
    hashes = {request_hash(asked), *(request_hash(replace(asked, **part)) for part in changes)}
    assert len(hashes) == 1 + len(changes)
    # Neither where it is asked nor how long is waited changes an answer.
    moved = replace(asked, base_url="http://b/v1", api_key_name="", timeout_seconds=1)
    assert request_hash(moved) == request_hash(asked)
    system = Sampling(system="Be brief.").request_messages([{"role": "user", "content": "Hi"}])
    assert request_hash(replace(asked, messages=system)) not in hashes


def test_a_generated_answer_is_stored_with_the_hash_of_its_request(pair: Pair) -> None:
    run = pair.draft()
    generation.start_generation(run_id=run.pk, actor=None)
    claim = answers.claim_answer(answer_id=run.answers.order_by("pk")[0].pk)
    assert claim is not None
    stored = answers.CALLS.store(call=claim, completion=Completion("Yes.", latency_ms=1))
    assert stored is not None
    assert stored.request_hash == request_hash(claim.request)
    found = reusable_answers(pair.draft(), pair.baseline).answers
    assert list(found.values()) == [stored.pk]


def test_nothing_is_reused_unless_the_lead_says_so(pair: Pair) -> None:
    pair.generated()
    assert generate(pair.draft()).answers.filter(reused_from=None).count() == TOTAL


def test_an_answer_that_reviewers_know_by_name_is_not_reused(pair: Pair) -> None:
    first = pair.generated()
    second = generate(pair.draft(), reuse=True)
    generation.finish_generation(run_id=second.pk)
    closing.close_run(run_id=second.pk, actor=None)
    assert len(reusable_answers(pair.draft(), pair.baseline).answers) == TOTAL // 2
    closing.reveal_run(run_id=second.pk, actor=None)
    assert first.revealed_at is None, "the copies were revealed, and so was their text"
    found = reusable_answers(pair.draft(), pair.baseline)
    assert (found.answers, found.revealed) == ({}, TOTAL // 2)


def test_erasing_an_answer_erases_its_copies_and_ends_its_reuse(pair: Pair) -> None:
    first = pair.generated()
    second = generate(pair.draft(), reuse=True)
    copied = second.answers.filter(model_version=pair.candidate).first()
    assert copied is not None and copied.reused_from is not None
    erase_comparison(
        comparison_id=copied.comparison_id, parts=[Part.CANDIDATE], reason="Ticket 118", actor=None
    )
    erased = Answer.objects.filter(text__startswith="[erased]")
    assert set(erased.values_list("pk", flat=True)) == {copied.pk, copied.reused_from_id}
    assert RunEvent.objects.filter(action="erase_example", run=first).count() == 1
    third = generate(pair.draft(), reuse=True)
    assert third.answers.filter(reused_from=None, model_version=pair.candidate).count() == 1
    assert not third.answers.filter(text__startswith="[erased]").exists()


def test_an_answer_whose_provider_data_expired_is_not_reused(pair: Pair) -> None:
    run = pair.generated()
    Answer.objects.filter(run=run).update(finished_at=timezone.now() - timedelta(days=40))
    Project.objects.filter(pk=pair.project.pk).update(keep_provider_data_days=30)
    apply_retention()
    assert reusable_answers(pair.draft(), pair.baseline).answers == {}


def test_the_forecast_counts_calls_tokens_and_dollars_and_what_reuse_saves(pair: Pair) -> None:
    before = forecast_generation(pair.draft())
    assert (before.calls, before.reusable) == (TOTAL, 0)
    assert [part.all.tokens_out for part in before.models] == [300 * 20] * 2
    assert all(part.is_length_assumed for part in before.models)
    pair.generated()
    after = forecast_generation(pair.draft())
    tokens_in = before.models[0].all.tokens_in
    assert tokens_in > 20 * 15
    for part in after.models:
        assert (part.all.tokens_in, part.all.tokens_out) == (tokens_in, 12 * 20)
        assert part.all.usd == Decimal(2 * tokens_in + 8 * 12 * 20) / 1_000_000
        assert part.prices_as_of == date(2026, 11, 1)
    assert (after.reusable, after.saved_usd) == (TOTAL, after.usd)


def test_the_page_proposes_reuse_only_at_temperature_0(client: Client, pair: Pair) -> None:
    first = pair.generated(name="Autumn run")
    warm = Sampling(temperature=0.7, max_tokens=300, seed=7)
    generate(pair.draft(sampling=warm))
    client.force_login(make_member(pair.project, Role.LEAD))
    for sampling, is_proposed in ((COLD, True), (warm, False)):
        run = pair.draft(sampling=sampling)
        page = client.get(reverse("evaluation:run_setup", args=[pair.project.slug, run.pk]))
        form = page.context["generation_form"]
        assert form["reuse_answers"].value() is is_proposed
        assert page.context["generation"].reusable == TOTAL
    run = pair.draft()
    act = reverse("evaluation:run_act", args=[pair.project.slug, run.pk])
    sent = {"act": "start_generation", "reuse_answers": "on"}
    page = client.post(act, sent, follow=True)
    assert [source.run_id for source in page.context["reused"]] == [first.pk]
    assert "Autumn run" in page.content.decode()


def test_a_lead_who_votes_is_not_told_what_was_reused(client: Client, pair: Pair) -> None:
    pair.generated(name="Autumn run")
    lead = make_member(pair.project, Role.LEAD)
    raters = [lead, make_member(pair.project, Role.REVIEWER)]
    run = generate(pair.draft(raters=raters), reuse=True)
    client.force_login(lead)
    page = client.get(reverse("evaluation:run_setup", args=[pair.project.slug, run.pk]))
    assert page.context["reused"] == []
    shown = Script(lead, "runs").get(f"runs/{run.pk}").json()
    assert shown["answers"]["reused"] == 0


def test_scripts_read_the_forecast_and_choose_reuse(pair: Pair) -> None:
    pair.generated()
    script = script_of_lead(pair.project, "runs", "manage")
    run = pair.draft()
    found = script.get(f"runs/{run.pk}/generation").json()
    assert (found["calls"], found["reusable"]) == (TOTAL, TOTAL)
    assert found["reuses_by_default"] is True
    assert found["models"][0]["prices_as_of"] == "2026-11-01"
    sent = {"action": "start_generation", "reuse_answers": False}
    assert script.post(f"runs/{run.pk}/actions", **sent).json()["answers"]["reused"] == 0
    assert script.get(f"runs/{run.pk}/generation").status_code == 422
    again = pair.draft()
    # Left out, it is as the page proposes it: at temperature 0 stored answers are reused.
    started = script.post(f"runs/{again.pk}/actions", action="start_generation").json()
    assert started["answers"]["reused"] == TOTAL
    reviewer = Script(make_member(pair.project, Role.REVIEWER), "runs", "manage")
    assert reviewer.get(f"runs/{run.pk}/generation").status_code == 403
