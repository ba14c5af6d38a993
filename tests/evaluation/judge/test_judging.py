"""A judge run: asked once in both orders, within its limits and caps, stored by the holder only."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from evaluation.erasure.actions import delete_provider_data, erase_comparison
from evaluation.judge.actions import dispatch, judgements, judging
from evaluation.judge.models import Judgement, JudgeRun
from evaluation.judge.tasks import JUDGEMENTS
from evaluation.judge.terms import Caps, JudgeSampling
from evaluation.providers.base import Completion, ProviderBlocked, TemporaryFailure
from evaluation.registry.actions.job_calls import JobCall
from evaluation.registry.models import Endpoint, ProviderCall
from evaluation.runs.models import RunEvent
from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.core.messages import message
from reviewapp.people.models import Role
from tests.evaluation.judge.samples import (
    always_first,
    ask_all,
    make_due,
    make_judge,
    make_judged_run,
    prefer_candidate,
    replying,
    start,
)
from tests.factories.people import make_member
from tests.factories.runs import make_generating_run, make_voting_run
from tests.fake_openai import FakeOpenAI, Step, completion, fake_openai
from tests.workers import eventually, worker

pytestmark = pytest.mark.django_db
SAID = Completion('{"reason": "", "verdict": "A"}', 40, prompt_tokens=1000, completion_tokens=10)
TIMEOUT = message("providers.timeout")


@pytest.fixture
def service() -> Iterator[FakeOpenAI]:
    with fake_openai() as running:
        running.answer = replying(prefer_candidate)
        yield running


def test_each_comparison_is_asked_once_in_both_orders(service: FakeOpenAI) -> None:
    judge_run = make_judged_run(4, service.url)
    ask_all(judge_run)
    assert judge_run.state == "done"
    assert set(judge_run.judgements.values_list("verdict", flat=True)) == {"candidate"}
    assert len(service.requests) == 8
    assert set(service.asked().values()) == {1}
    first = service.requests[0]
    assert (first["temperature"], first["seed"], first["max_tokens"]) == (0.0, 1, 400)
    schema = first["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["verdict"]["enum"] == ["A", "B", "both_good", "both_bad"]
    names = {judge_run.run.candidate.name, judge_run.run.baseline.name}
    assert not [name for name in names if name in str(service.requests)]


def test_what_is_read_first_is_resolved_to_the_model(service: FakeOpenAI) -> None:
    service.answer = replying(always_first)
    judge_run = make_judged_run(2, service.url)
    ask_all(judge_run)
    assert set(judge_run.judgements.values_list("first", "verdict")) == {
        ("candidate", "candidate"),
        ("baseline", "baseline"),
    }


def test_a_service_without_schemas_is_asked_in_words(service: FakeOpenAI) -> None:
    judge_run = make_judged_run(1, service.url)
    unknown = Step(400, message="response_format of type json_schema is not supported")
    service.then(unknown)
    ask_all(judge_run)
    assert judge_run.state == "done"
    assert ["response_format" in request for request in service.requests] == [True, False, False]


def test_an_invalid_reply_is_asked_for_again_then_recorded_with_a_code(
    service: FakeOpenAI,
) -> None:
    service.answer = lambda _body: completion("The winner is A.")
    judge_run = make_judged_run(1, service.url)
    ask_all(judge_run)
    assert set(judge_run.judgements.values_list("state", "error_code")) == {
        ("waiting", "invalid_verdict")
    }
    make_due(judge_run)
    ask_all(judge_run)
    assert set(judge_run.judgements.values_list("state", "error_code", "reply")) == {
        ("failed", "invalid_verdict", "The winner is A.")
    }
    assert judge_run.state == "done"
    assert judge_run.spent_tokens == 4 * 18
    service.answer = replying(prefer_candidate)
    assert judging.retry_failed_judgements(judge_run_id=judge_run.pk, actor=None) == 2
    ask_all(judge_run)
    assert set(judge_run.judgements.values_list("state", flat=True)) == {"done"}


def claimed(judge_run: JudgeRun) -> JobCall[Judgement]:
    first = judge_run.judgements.order_by("pk")[0]
    claim = judgements.claim_judgement(judgement_id=first.pk)
    assert claim is not None
    return claim


def test_a_second_delivery_asks_nothing() -> None:
    judge_run = make_judged_run(1)
    claim = claimed(judge_run)
    assert judgements.claim_judgement(judgement_id=claim.job.pk) is None
    judgements.CALLS.store(call=claim, completion=SAID)
    assert judgements.claim_judgement(judgement_id=claim.job.pk) is None
    assert ProviderCall.objects.count() == 1


def test_a_worker_that_was_given_up_writes_nothing_and_its_call_counts_as_spent() -> None:
    judge_run = make_judged_run(1)
    slow = claimed(judge_run)
    long_ago = timezone.now() - timedelta(days=1)
    Judgement.objects.filter(state="running").update(heartbeat_at=long_ago)
    ProviderCall.objects.update(started_at=long_ago)
    second = claimed(judge_run)
    at_most = slow.job.expected_tokens + 400
    judge_run.refresh_from_db()
    assert judge_run.spent_tokens == at_most
    assert judgements.CALLS.store(call=slow, completion=SAID) is None
    assert judgements.CALLS.store(call=second, completion=SAID) is not None
    judge_run.refresh_from_db()
    assert judge_run.spent_tokens == at_most + 1010
    assert set(ProviderCall.objects.values_list("outcome", flat=True)) == {"lost", "ok"}


def test_the_cap_stops_it_before_a_call_that_might_exceed_it(service: FakeOpenAI) -> None:
    run = make_voting_run(examples=4)
    prices = {"usd_per_million_input_tokens": 3, "usd_per_million_output_tokens": 12}
    model = make_judge(run, service.url)
    for name, price in prices.items():
        setattr(model, name, Decimal(price))
    model.save()
    sampling = JudgeSampling(max_tokens=1000)
    judge_run = start(run, model, caps=Caps(usd=Decimal(1)), sampling=sampling)
    assert judge_run.expected_usd is not None
    # One call at its most, and what is really charged for two.
    cap = judge_run.expected_usd / 8 + Decimal("0.00024")
    JudgeRun.objects.update(usd_cap=cap)
    ask_all(judge_run)
    assert (judge_run.state, judge_run.stop_code) == ("stopped", "cost_cap")
    assert len(service.requests) == 3
    assert judge_run.spent_usd == Decimal("0.000117") * 3 <= cap
    event = RunEvent.objects.filter(action="stop_judge").get()
    assert event.detail["code"] == "cost_cap"
    raised = Caps(usd=Decimal(1))
    judging.resume_judging(judge_run_id=judge_run.pk, caps=raised, actor=None)
    ask_all(judge_run)
    assert (judge_run.state, len(service.requests)) == ("done", 8)
    assert judge_run.spent_usd < judge_run.expected_usd


def test_calls_at_the_same_time_keep_the_cap_together() -> None:
    judge_run = make_judged_run(4, caps=Caps(tokens=1700))
    found = [
        judgements.claim_judgement(judgement_id=pk)
        for pk in judge_run.judgements.order_by("pk").values_list("pk", flat=True)
    ]
    judge_run.refresh_from_db()
    at_most = sum(claim.job.expected_tokens + 400 for claim in found if claim)
    assert 0 < at_most <= 1700
    assert judge_run.state == "running", "it waits for what the running calls cost"


def test_a_cap_in_dollars_needs_prices() -> None:
    run = make_voting_run(examples=2)
    model = make_judge(run)
    with pytest.raises(InvalidInput) as caught:
        start(run, model, caps=Caps(usd=Decimal(1)))
    assert caught.value.message == message("judge.no_prices", name=model.name)


def test_no_quota_stops_it_until_a_lead_resumes() -> None:
    judge_run = make_judged_run(1)
    blocked = ProviderBlocked("insufficient_quota", TIMEOUT)
    judgements.CALLS.block(call=claimed(judge_run), error=blocked)
    judge_run.refresh_from_db()
    assert (judge_run.state, judge_run.stop_code) == ("stopped", "insufficient_quota")
    assert judge_run.stop_reason == TIMEOUT
    endpoint = judge_run.model_version.endpoint
    assert endpoint is not None
    assert dispatch.dispatch_judgements(endpoint_id=endpoint.pk) == []
    judging.resume_judging(judge_run_id=judge_run.pk, caps=Caps(), actor=None)
    assert Endpoint.objects.get(pk=endpoint.pk).blocked_reason is None
    assert len(dispatch.dispatch_judgements(endpoint_id=endpoint.pk)) == 2


def test_a_rate_limit_costs_no_attempt_and_a_timeout_counts_as_spent() -> None:
    judge_run = make_judged_run(1)
    wait = TemporaryFailure("slow_down", TIMEOUT, retry_after=40, is_rate_limit=True)
    released = judgements.CALLS.release(call=claimed(judge_run), error=wait)
    assert released is not None
    assert (released.state, released.attempts) == ("waiting", 0)
    Endpoint.objects.update(wait_until=None)
    make_due(judge_run)
    judge_run.refresh_from_db()
    assert judge_run.spent_tokens == 0
    late = TemporaryFailure("timeout", TIMEOUT)
    released = judgements.CALLS.release(call=claimed(judge_run), error=late)
    assert released is not None
    assert (released.state, released.attempts) == ("waiting", 1)
    judge_run.refresh_from_db()
    assert judge_run.spent_tokens == released.expected_tokens + 400


def test_a_cancelled_judge_asks_nothing_more_and_is_never_resumed(service: FakeOpenAI) -> None:
    judge_run = make_judged_run(2, service.url)
    first = judge_run.judgements.order_by("pk")[0].pk
    JUDGEMENTS.run(first)
    judging.cancel_judging(judge_run_id=judge_run.pk, actor=None)
    ask_all(judge_run)
    assert judge_run.state == "cancelled"
    assert judge_run.judgements.filter(error_code="cancelled").count() == 3
    assert len(service.requests) == 1
    with pytest.raises(InvalidTransition):
        judging.resume_judging(judge_run_id=judge_run.pk, caps=Caps(), actor=None)
    with pytest.raises(InvalidTransition):
        judging.retry_failed_judgements(judge_run_id=judge_run.pk, actor=None)
    actions = RunEvent.objects.filter(action__endswith="_judge").order_by("pk")
    assert list(actions.values_list("action", flat=True)) == ["start_judge", "cancel_judge"]


def test_only_one_judge_works_on_a_run_at_a_time() -> None:
    judge_run = make_judged_run(1)
    with pytest.raises(InvalidTransition):
        start(judge_run.run, make_judge(judge_run.run))


def test_a_judge_needs_all_answers_and_a_lead() -> None:
    generating = make_generating_run()
    with pytest.raises(InvalidTransition) as caught:
        start(generating, make_judge(generating))
    assert caught.value.message == message("judge.answers_first")
    run = make_voting_run(examples=1)
    reviewer = make_member(run.project, Role.REVIEWER)
    plan = judging.JudgePlan(model_id=make_judge(run).pk)
    with pytest.raises(PermissionDeniedError):
        judging.start_judging(run_id=run.pk, plan=plan, actor=reviewer)


def test_erasing_a_comparison_deletes_the_replies_also_of_a_call_under_way(
    service: FakeOpenAI,
) -> None:
    judge_run = make_judged_run(1, service.url)
    first, second = judge_run.judgements.order_by("pk")
    JUDGEMENTS.run(first.pk)
    under_way = judgements.claim_judgement(judgement_id=second.pk)
    assert under_way is not None
    lead = make_member(judge_run.run.project, Role.LEAD)
    erase_comparison(
        comparison_id=first.comparison_id, parts=["candidate"], reason="asked", actor=lead
    )
    judgements.CALLS.store(call=under_way, completion=SAID)
    assert list(judge_run.judgements.values_list("reply", "request_id")) == [("", ""), ("", "")]


def test_retention_deletes_old_replies_and_keeps_the_verdicts(service: FakeOpenAI) -> None:
    judge_run = make_judged_run(1, service.url)
    ask_all(judge_run)
    project = judge_run.run.project
    project.keep_provider_data_days = 30
    assert delete_provider_data(project, timezone.now())["judge_replies"] == 0
    later = timezone.now() + timedelta(days=31)
    assert delete_provider_data(project, later)["judge_replies"] == 2
    assert set(judge_run.judgements.values_list("reply", "verdict")) == {("", "candidate")}


@pytest.mark.django_db(transaction=True)
def test_messages_delivered_many_times_to_many_workers_ask_once(service: FakeOpenAI) -> None:
    judge_run = make_judged_run(6, service.url)
    with worker():
        for pk in judge_run.judgements.values_list("pk", flat=True):
            for _ in range(3):
                JUDGEMENTS.send(pk)
        eventually(lambda: JudgeRun.objects.get(pk=judge_run.pk).state == "done", "the judge ends")
    assert len(service.requests) == 12
    assert set(service.asked().values()) == {1}
