"""Shadow checks against the database and a scripted service."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from datasets.curation.models import GoldenExample
from datasets.erasure.actions import erase_example
from datasets.versions.splits import DEFAULT_SHARES
from evaluation.providers.base import Completion
from evaluation.registry.models import ModelVersion, ProviderCall
from evaluation.runs.models import EvaluationRun, Rater
from evaluation.shadow.actions import answers, archetypes, checks, ratings, tuned
from evaluation.shadow.actions.erasing import delete_provider_data
from evaluation.shadow.models import (
    Archetype,
    CheckState,
    ShadowAnswer,
    ShadowCheck,
    ShadowEvent,
    ShadowRating,
)
from evaluation.shadow.outcomes import readable_summaries, summaries_of
from evaluation.shadow.rules import ShadowRules
from evaluation.shadow.tasks import SHADOW_ANSWERS
from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.people.actions.members import create_token
from reviewapp.people.models import ProjectEvent, Role, Scope, User
from tests.factories.people import make_member
from tests.factories.runs import make_model_version, make_prompts, make_run
from tests.factories.trainings import make_training, work
from tests.factories.versions import ProjectWithMembers
from tests.fake_openai import FakeOpenAI, Step, fake_openai
from tests.fake_trainings import fake_trainings

pytestmark = pytest.mark.django_db


@pytest.fixture
def service() -> Iterator[FakeOpenAI]:
    with fake_openai() as running:
        yield running


@pytest.fixture
def house() -> ProjectWithMembers:
    made = ProjectWithMembers()
    for intent in ("returns", "refunds"):
        made.many(2, intent=intent)
    return made


def ready(house: ProjectWithMembers, service: FakeOpenAI, **fields: object) -> ModelVersion:
    """Return a model that can be asked, in a project with a proposed set."""
    archetypes.propose_archetypes(project=house.project, actor=house.lead)
    return make_model_version(house.project, base_url=f"{service.url}", **fields)  # type: ignore[arg-type]


def run_jobs(check: ShadowCheck) -> ShadowCheck:
    """Let a worker ask all prompts of a check, as if each wait was over."""
    for _ in range(5):
        check.answers.filter(state="waiting").update(run_after=None)
        for pk in check.answers.pending().values_list("pk", flat=True):
            SHADOW_ANSWERS.run(pk)
    return ShadowCheck.objects.get(pk=check.pk)


def done(house: ProjectWithMembers, service: FakeOpenAI) -> ShadowCheck:
    model = ready(house, service)
    check = checks.start_check(project=house.project, model_id=model.pk, actor=house.lead)
    return run_jobs(check)


def test_a_proposed_set_is_asked_and_its_answers_have_signals(
    house: ProjectWithMembers, service: FakeOpenAI
) -> None:
    rules = ShadowRules(system_prompt="Be brief.", forbidden_words=("never",))
    archetypes.change_shadow_settings(
        project=house.project, rules=rules, checks_tuned_models=True, actor=house.lead
    )
    check = done(house, service)
    assert (check.state, check.answers.count()) == (CheckState.DONE, 4)
    asked = service.requests[0]["messages"]
    assert (asked[0], asked[-1]["role"]) == ({"role": "system", "content": "Be brief."}, "user")
    answer = check.answers.first()
    assert answer is not None
    assert {signal["signal"] for signal in answer.signals} >= {"length", "refusal", "forbidden"}
    calls = ProviderCall.objects.filter(purpose="shadow")
    assert set(calls.values_list("outcome", flat=True)) == {"ok"}
    assert check.spent_tokens > 0
    actions = ShadowEvent.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["start_shadow_check", "finish_shadow_check"]
    assert ProjectEvent.objects.filter(action="add_archetypes").count() == 1


def test_the_digest_names_the_set_in_its_order(
    house: ProjectWithMembers, service: FakeOpenAI
) -> None:
    model = ready(house, service)
    start = {"project": house.project, "model_id": model.pk, "actor": house.lead}
    first = checks.start_check(**start)  # type: ignore[arg-type]
    with pytest.raises(InvalidTransition):
        checks.start_check(**start)  # type: ignore[arg-type]
    checks.cancel_check(check_id=first.pk, actor=house.lead)
    again = checks.start_check(**start)  # type: ignore[arg-type]
    assert again.prompts_digest == first.prompts_digest
    checks.cancel_check(check_id=again.pk, actor=house.lead)
    last = Archetype.objects.filter(project=house.project).last()
    assert last is not None
    archetypes.move_archetype(
        project=house.project, example_id=last.example_id, is_up=True, actor=house.lead
    )
    moved = checks.start_check(**start)  # type: ignore[arg-type]
    assert moved.prompts_digest != first.prompts_digest


def test_a_check_stops_before_its_cap_and_without_prices_has_none(
    house: ProjectWithMembers, service: FakeOpenAI
) -> None:
    model = ready(house, service)
    start = {"project": house.project, "model_id": model.pk, "actor": house.lead}
    with pytest.raises(InvalidInput):
        checks.start_check(**start, usd_cap=Decimal(1))  # type: ignore[arg-type]
    ModelVersion.objects.filter(pk=model.pk).update(
        usd_per_million_input_tokens=1, usd_per_million_output_tokens=1, prices_as_of="2026-11-01"
    )
    check = checks.start_check(**start, usd_cap=Decimal("0.0000001"))  # type: ignore[arg-type]
    assert str(check.prices_as_of) == "2026-11-01"
    check = run_jobs(check)
    assert (check.state, check.stop_code, service.requests) == (CheckState.STOPPED, "cost_cap", [])


def test_a_failure_is_retried_and_a_block_waits_for_a_lead(
    house: ProjectWithMembers, service: FakeOpenAI
) -> None:
    model = ready(house, service)
    service.script.append(Step(500))
    service.script.append(Step(401, code="invalid_api_key"))
    check = checks.start_check(project=house.project, model_id=model.pk, actor=house.lead)
    check = run_jobs(check)
    assert check.state == CheckState.STOPPED
    checks.resume_check(check_id=check.pk, actor=house.lead)
    assert run_jobs(check).state == CheckState.DONE
    assert not check.answers.exclude(state="done").exists()


def test_a_later_rating_of_the_same_person_counts_instead(
    house: ProjectWithMembers, service: FakeOpenAI
) -> None:
    check = done(house, service)
    first = check.answers.get(position=1)
    for in_tone in (False, True):
        ratings.rate_answer(
            answer_id=first.pk, concise=True, consistent=False, in_tone=in_tone, actor=house.lead
        )
    other = make_member(house.project, Role.LEAD)
    ratings.rate_answer(
        answer_id=first.pk, concise=False, consistent=False, in_tone=False, actor=other
    )
    (summary,) = summaries_of([check])
    counted = {
        outcome.person: (outcome.rated, outcome.concise, outcome.in_tone)
        for outcome in summary.outcomes
    }
    assert counted == {house.lead: (1, 1, 1), other: (1, 0, 0)}
    assert ShadowRating.objects.count() == 3


def test_what_was_answered_and_said_never_changes(
    house: ProjectWithMembers, service: FakeOpenAI, runtime_role: str
) -> None:
    check = done(house, service)
    answer = check.answers.get(position=1)
    ratings.rate_answer(
        answer_id=answer.pk, concise=True, consistent=True, in_tone=True, actor=house.lead
    )
    for change in (
        lambda: ShadowAnswer.objects.update(text="better"),
        lambda: ShadowAnswer.objects.update(signals=[]),
        lambda: ShadowCheck.objects.update(prompts_digest="x"),
        lambda: ShadowRating.objects.update(in_tone=False),
        lambda: ShadowAnswer.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_erasing_an_example_empties_the_answers_to_it(
    house: ProjectWithMembers, service: FakeOpenAI, runtime_role: str
) -> None:
    check = done(house, service)
    answer = check.answers.get(position=1)
    example = answer.revision.example_id
    erase_example(example_id=example, reason="Ticket 1.", actor=house.lead)
    answer.refresh_from_db()
    assert (answer.text, answer.signals, answer.request_id) == ("", [], "")
    assert answer.erased_at is not None
    assert not Archetype.objects.filter(example=example).exists()
    assert check.answers.exclude(pk=answer.pk).filter(text="").count() == 0
    (summary,) = summaries_of([check])
    assert summary.total == 3


def test_an_answer_that_arrives_after_the_erasure_is_not_stored(
    house: ProjectWithMembers, service: FakeOpenAI
) -> None:
    model = ready(house, service)
    check = checks.start_check(project=house.project, model_id=model.pk, actor=house.lead)
    answer = check.answers.get(position=1)
    claim = answers.claim_answer(answer_id=answer.pk)
    assert claim is not None
    erase_example(example_id=answer.revision.example_id, reason="Ticket 1.", actor=house.lead)
    answers.CALLS.store(call=claim, completion=Completion("He lives in Rome.", latency_ms=1))
    answer.refresh_from_db()
    assert (answer.state, answer.text, answer.request_id) == ("done", "", "")


def test_retention_deletes_the_ids_of_the_service(
    house: ProjectWithMembers, service: FakeOpenAI
) -> None:
    check = done(house, service)
    check.answers.update(request_id="r-1")
    house.project.keep_provider_data_days = 0
    deleted = delete_provider_data(house.project, timezone.now())
    assert deleted == {"shadow_answers": 4}
    assert set(check.answers.values_list("request_id", flat=True)) == {""}


def test_an_example_that_people_vote_on_is_no_archetype() -> None:
    house = ProjectWithMembers()
    house.many(12)
    chosen: GoldenExample = house.approved()
    archetypes.add_archetype(project=house.project, example_id=chosen.pk, actor=house.lead)
    version = house.freeze(shares=DEFAULT_SHARES)
    tested = version.items.filter(split="test").values_list("revision__example", flat=True)
    for example in tested:
        if example != chosen.pk:
            with pytest.raises(InvalidTransition):
                archetypes.add_archetype(
                    project=house.project, example_id=example, actor=house.lead
                )
    archetypes.propose_archetypes(project=house.project, actor=house.lead)
    set_of = Archetype.objects.exclude(example=chosen).values_list("example", flat=True)
    assert set_of
    assert not set(set_of) & set(tested)


def vote_in(run: EvaluationRun, user: User) -> None:
    Rater.objects.create(run=run, user=user, name=user.name)
    EvaluationRun.objects.filter(pk=run.pk).update(state="voting", opened_at=timezone.now())


def test_who_votes_on_the_model_or_the_prompt_reads_none_of_it(
    client: Client, house: ProjectWithMembers, service: FakeOpenAI
) -> None:
    check = done(house, service)
    slug = house.project.slug
    by_model, by_prompt = (make_member(house.project, Role.LEAD) for _ in range(2))
    vote_in(make_run(house.project, candidate=check.model_version), by_model)
    first = check.answers.get(position=1)
    prompts = [replace(prompt, revision_id=first.revision_id) for prompt in make_prompts(1)]
    vote_in(make_run(house.project, prompts=prompts), by_prompt)
    page = reverse("evaluation:shadow_check", args=[slug, check.pk])
    rate = reverse("evaluation:rate_shadow_answer", args=[slug, check.pk, 1])
    for voter in (by_model, by_prompt):
        client.force_login(voter)
        assert client.get(page).status_code == 403
        assert client.post(rate, {"in_tone": "yes"}).status_code == 403
        listed = client.get(reverse("evaluation:shadow", args=[slug]))
        assert (listed.status_code, listed.context["summaries"]) == (200, [])
        assert readable_summaries(house.project, voter) == []
        secret = create_token(user=voter, scopes=[Scope.RUNS]).secret
        bearer = {"Authorization": f"Bearer {secret}"}
        assert client.get(f"/api/v1/shadow-checks/{check.pk}", headers=bearer).status_code == 403
        found = client.get(f"/api/v1/projects/{slug}/shadow-checks", headers=bearer)
        assert found.json() == {"items": []}
    with pytest.raises(PermissionDeniedError):
        checks.start_check(project=house.project, model_id=check.model_version_id, actor=by_model)
    client.force_login(house.lead)
    assert client.get(page).status_code == 200


def test_a_lead_forecasts_asks_and_rates_in_the_browser(
    client: Client, house: ProjectWithMembers, service: FakeOpenAI
) -> None:
    client.force_login(house.lead)
    slug = house.project.slug
    page = reverse("evaluation:shadow", args=[slug])
    example = house.approved()
    at = reverse("evaluation:change_archetype", args=[slug, example.pk])
    client.post(at, {"act": "add", "back": "example"})
    client.post(reverse("evaluation:propose_archetypes", args=[slug]))
    assert len(client.get(page).context["rows"]) == 5
    client.post(at, {"act": "remove"})
    model = make_model_version(house.project, base_url=service.url)
    forecast = client.post(page, {"model_id": model.pk})
    assert forecast.context["prepared"].forecast.prompts == 4
    assert not ShadowCheck.objects.exists()
    agreed = {"model_id": model.pk, "forecast_for": forecast.context["forecast_for"]}
    started = client.post(page, agreed)
    check = run_jobs(ShadowCheck.objects.get())
    assert started["Location"] == reverse("evaluation:shadow_check", args=[slug, check.pk])
    shown = client.get(started["Location"])
    assert shown.context["next"] == 1
    rate = reverse("evaluation:rate_shadow_answer", args=[slug, check.pk, 1])
    assert client.post(rate, {"concise": "yes"})["Location"].endswith("#prompt-2")
    rating = ShadowRating.objects.get()
    assert (rating.concise, rating.consistent, rating.in_tone) == (True, False, False)
    assert client.get(started["Location"]).context["next"] == 2


def test_settings_keep_what_was_typed_until_they_are_right(
    client: Client, house: ProjectWithMembers
) -> None:
    client.force_login(house.lead)
    settings = reverse("evaluation:shadow_settings", args=[house.project.slug])
    refused = client.post(settings, {"citation_pattern": "****", "forbidden_words": "kept"})
    assert refused.status_code == 422
    assert "kept" in refused.content.decode()
    saved = client.post(settings, {"forbidden_words": "never\nnever\n", "style_rules": "no_emoji"})
    assert saved["Location"] == reverse("evaluation:shadow", args=[house.project.slug])
    assert house.project.shadow_settings.forbidden_words == ["never"]


def test_an_approved_example_offers_to_become_an_archetype(
    client: Client, house: ProjectWithMembers
) -> None:
    example = house.approved()
    slug = house.project.slug
    at = reverse("evaluation:change_archetype", args=[slug, example.pk])
    page = reverse("datasets:example", args=[slug, example.pk])
    client.force_login(house.lead)
    assert at in client.get(page).content.decode()
    client.force_login(house.reviewer)
    assert at not in client.get(page).content.decode()
    assert client.post(at, {"act": "add"}).status_code == 403


def test_a_tuned_model_is_asked_once_right_after_its_training(client: Client) -> None:
    house = ProjectWithMembers()
    house.many(12)
    version = house.freeze()
    archetypes.propose_archetypes(project=house.project, actor=house.lead)
    with fake_trainings() as running:
        training = work(make_training(version, running.url))
    assert tuned.check_tuned_models() == 1
    check = ShadowCheck.objects.get()
    assert (check.started_by, check.model_version.checkpoint.training) == (None, training)
    assert tuned.check_tuned_models() == 0
    client.force_login(house.lead)
    slug, page = (
        house.project.slug,
        reverse("evaluation:shadow_check", args=[house.project.slug, check.pk]),
    )
    for name, number in (
        ("training_run", training.pk),
        ("model", check.model_version_id),
        ("model_pipeline", check.model_version_id),
    ):
        shown = client.get(reverse(f"evaluation:{name}", args=[slug, number]))
        assert page in shown.content.decode()
    ShadowCheck.objects.filter(pk=check.pk).update(state="cancelled")
    assert tuned.check_tuned_models() == 0


def test_a_project_may_forbid_the_check_after_a_training() -> None:
    house = ProjectWithMembers()
    house.many(12)
    version = house.freeze()
    archetypes.propose_archetypes(project=house.project, actor=house.lead)
    archetypes.change_shadow_settings(
        project=house.project, rules=ShadowRules(), checks_tuned_models=False, actor=house.lead
    )
    with fake_trainings() as running:
        work(make_training(version, running.url))
    assert tuned.check_tuned_models() == 0
