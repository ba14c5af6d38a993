"""The one module that speaks to OpenAI and the like: what it sends, and what errors come to."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from django.utils import timezone

from evaluation.providers import openai
from evaluation.providers.base import (
    CompletionRequest,
    PermanentFailure,
    ProviderBlocked,
    ProviderError,
    TemporaryFailure,
)
from reviewapp.core.messages import message
from tests.fake_openai import FakeOpenAI, Step, completion, fake_openai

SECRET = "sk-very-secret-value"


@pytest.fixture
def service() -> Iterator[FakeOpenAI]:
    with fake_openai() as running:
        yield running


@pytest.fixture
def request_for(service: FakeOpenAI, monkeypatch: pytest.MonkeyPatch) -> CompletionRequest:
    monkeypatch.setenv("SHOP_API_KEY", SECRET)
    monkeypatch.setenv("SHOP_API_KEY_HOSTS", "127.0.0.1")
    return CompletionRequest(
        base_url=service.url,
        api_key_name="SHOP_API_KEY",
        model_id="small",
        messages=[{"role": "user", "content": "Where is it?"}],
        timeout_seconds=5.0,
        temperature=0.2,
        max_tokens=64,
        seed=7,
        extra_body={"lora": [{"id": 0, "scale": 1.0}]},
    )


def failure(request: CompletionRequest) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        openai.COMPATIBLE.complete(request)
    assert SECRET not in str(caught.value)
    return caught.value


def test_it_sends_the_settings_and_reads_the_answer(
    service: FakeOpenAI, request_for: CompletionRequest
) -> None:
    found = openai.COMPATIBLE.complete(request_for)
    assert found.text == "small says: Where is it?"
    assert (found.prompt_tokens, found.completion_tokens) == (11, 7)
    assert (found.response_model, found.finish_reason) == ("small", "stop")
    assert found.request_id == "req-1"
    assert found.latency_ms >= 0
    sent = service.requests[0]
    assert sent["lora"] == [{"id": 0, "scale": 1.0}]
    assert (sent["temperature"], sent["max_tokens"], sent["seed"]) == (0.2, 64, 7)
    assert service.headers[0]["authorization"] == f"Bearer {SECRET}"


def test_openai_itself_gets_the_newer_name_of_the_limit(
    service: FakeOpenAI, request_for: CompletionRequest
) -> None:
    openai.OPENAI.complete(replace(request_for, temperature=None))
    assert service.requests[0]["max_completion_tokens"] == 64
    assert "max_tokens" not in service.requests[0]
    assert "temperature" not in service.requests[0]


def test_no_other_secret_of_the_environment_leaves(
    service: FakeOpenAI, request_for: CompletionRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY"):
        monkeypatch.setenv(name, "must-not-leave")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Custom: must-not-leave")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/must-not-leave")
    openai.COMPATIBLE.complete(replace(request_for, api_key_name=""))
    assert "must-not-leave" not in str(service.headers)


@pytest.mark.parametrize(
    ("step", "kind", "code"),
    [
        (Step(429, "rate_limit_exceeded", "requests"), TemporaryFailure, "rate_limit_exceeded"),
        (Step(429, None, "tokens"), TemporaryFailure, "rate_limit_exceeded"),
        (
            Step(429, "insufficient_quota", "insufficient_quota"),
            ProviderBlocked,
            "insufficient_quota",
        ),
        (
            Step(429, "project_spend_limit_exceeded"),
            ProviderBlocked,
            "project_spend_limit_exceeded",
        ),
        (Step(429, None, "insufficient_quota"), ProviderBlocked, "insufficient_quota"),
        (Step(500, None, "server_error"), TemporaryFailure, "status_500"),
        (Step(503, "server_is_overloaded"), TemporaryFailure, "server_is_overloaded"),
        (Step(408), TemporaryFailure, "status_408"),
        (Step(401, "invalid_api_key"), ProviderBlocked, "invalid_api_key"),
        (Step(403, "training_not_available"), ProviderBlocked, "training_not_available"),
        (Step(404, "model_not_found"), ProviderBlocked, "model_not_found"),
        (Step(400, "model_not_found"), ProviderBlocked, "model_not_found"),
        (Step(400, "context_length_exceeded"), PermanentFailure, "context_length_exceeded"),
        (Step(422), PermanentFailure, "status_422"),
        (Step(hang_up=True), TemporaryFailure, "disconnected"),
        (Step(body="<html>hello</html>"), TemporaryFailure, "unreadable"),
        (Step(body=b"\xff\xfe{}"), TemporaryFailure, "unreadable"),
        (Step(body='{"choices": [null]}'), TemporaryFailure, "unreadable"),
        (Step(body='{"choices": [{"message": null}]}'), TemporaryFailure, "unreadable"),
        (Step(body='{"choices": [{"message": {"content": 5}}]}'), TemporaryFailure, "unreadable"),
        (Step(body="{}"), ProviderBlocked, "not_a_completion"),
        (Step(body="null"), ProviderBlocked, "not_a_completion"),
        (Step(body='{"choices": []}'), TemporaryFailure, "no_choice"),
        (Step(401, "an\0 odd \ud800 code"), ProviderBlocked, "status_401"),
        (
            Step(body="hello", headers={"content-type": "text/html"}),
            ProviderBlocked,
            "not_a_completion",
        ),
    ],
)
def test_an_error_is_waited_out_recorded_or_stops_the_run(
    service: FakeOpenAI,
    request_for: CompletionRequest,
    step: Step,
    kind: type[ProviderError],
    code: str,
) -> None:
    service.then(step)
    error = failure(request_for)
    assert (type(error), error.code) == (kind, code)
    assert len(service.requests) == 1, "the library must not try again by itself"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(
    service: FakeOpenAI, request_for: CompletionRequest, status: int
) -> None:
    service.then(Step(status, headers={"location": "https://user:pass@elsewhere.example/v2?k=1"}))
    error = failure(request_for)
    assert (type(error), error.code) == (ProviderBlocked, "redirected")
    assert error.message.params == {"address": "https://elsewhere.example"}
    assert len(service.requests) == 1


def test_a_missing_model_does_not_block_the_whole_service(
    service: FakeOpenAI, request_for: CompletionRequest
) -> None:
    service.then(Step(404, "model_not_found"), Step(body="{}"), Step(401, "invalid_api_key"))
    reach = []
    for _ in range(3):
        error = failure(request_for)
        assert isinstance(error, ProviderBlocked)
        reach.append(error.is_endpoint_wide)
    assert reach == [False, False, True]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_the_time_to_wait_is_read(
    service: FakeOpenAI,
    request_for: CompletionRequest,
    headers: dict[str, str],
    seconds: float | None,
) -> None:
    service.then(Step(429, "rate_limit_exceeded", headers=headers))
    error = failure(request_for)
    assert isinstance(error, TemporaryFailure)
    assert (error.retry_after, error.is_rate_limit) == (seconds, True)


def test_the_time_to_wait_may_be_a_date(
    service: FakeOpenAI, request_for: CompletionRequest
) -> None:
    moment = format_datetime(timezone.now() + timedelta(seconds=100), usegmt=True)
    service.then(Step(503, headers={"retry-after": moment}))
    error = failure(request_for)
    assert isinstance(error, TemporaryFailure)
    assert error.retry_after is not None
    assert 90 <= error.retry_after <= 100


def test_a_service_that_stays_silent_is_given_up(
    service: FakeOpenAI, request_for: CompletionRequest
) -> None:
    never = threading.Event()
    service.then(Step(wait_for=never))
    error = failure(replace(request_for, timeout_seconds=0.2))
    never.set()
    assert (type(error), error.code) == (TemporaryFailure, "timeout")


def test_a_service_that_repeats_the_key_does_not_get_it_shown(
    service: FakeOpenAI, request_for: CompletionRequest
) -> None:
    service.then(
        Step(401, "invalid_api_key", message=f"Incorrect API key: {SECRET}"),
        Step(
            400, f"invalid key {SECRET}", message=f"Incorrect API key: {SECRET[:5]}\0{SECRET[5:]}"
        ),
    )
    for _ in range(2):
        error = failure(request_for)
        assert "Incorrect API key" in error.message.params["details"]
        assert SECRET not in f"{error.message} {error.code}"


def test_an_answer_that_repeats_the_key_is_kept_without_it(
    service: FakeOpenAI, request_for: CompletionRequest
) -> None:
    service.answer = lambda _body: completion(f"You sent {SECRET}.", finish_reason=SECRET)
    service.model = f"model of {SECRET}"
    service.then(Step(headers={"x-request-id": SECRET}))
    found = openai.COMPATIBLE.complete(request_for)
    assert found.text == "You sent •••."
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    ("body", "details"),
    [
        ('[{"error": {"message": "Too hot."}}]', "Too hot."),
        ('{"error": "Too hot."}', "Too hot."),
        ('{"error": {"message": {"detail": "Too hot."}}}', "Too hot."),
        ('{"detail": "Too hot."}', "Too hot."),
        ("Too hot.", "Too hot."),
        ("<html>Too hot.</html>", ""),
        ("", ""),
    ],
)
def test_what_the_service_says_is_told_in_whatever_shape(
    service: FakeOpenAI, request_for: CompletionRequest, body: str, details: str
) -> None:
    service.then(Step(400, body=body))
    error = failure(request_for)
    assert error.message == message("providers.request_rejected", details=details, status=400)
    assert (details or "status 400") in str(error)


@pytest.mark.parametrize(
    ("answer", "code", "reason"),
    [
        (completion(None, tool_calls=[]), "no_text", "empty_answer"),
        (completion("", tool_calls=[{"id": "1"}]), "no_text", "called_tool"),
        (completion(None), "no_text", "empty_answer"),
        (completion(None, finish_reason="length"), "no_text", "cut_at_start"),
        (completion("", finish_reason="content_filter"), "content_filter", "withheld"),
        (completion("Half an", finish_reason="content_filter"), "content_filter", "withheld"),
    ],
)
def test_an_answer_without_words_is_a_failed_answer(
    service: FakeOpenAI,
    request_for: CompletionRequest,
    answer: dict[str, Any],
    code: str,
    reason: str,
) -> None:
    service.answer = lambda _body: answer
    error = failure(request_for)
    assert (type(error), error.code) == (PermanentFailure, code)
    assert error.message.code == f"providers.{reason}"


def test_an_answer_in_parts_is_their_text(
    service: FakeOpenAI, request_for: CompletionRequest
) -> None:
    parts = [{"type": "reasoning", "summary": []}, {"type": "text", "text": "Yes."}, "odd", None]
    service.answer = lambda _body: (
        completion(None)
        | {"choices": [{"message": {"content": parts, "refusal": {}}, "finish_reason": 1}]}
    )
    found = openai.COMPATIBLE.complete(request_for)
    assert (found.text, found.finish_reason, found.declined) == ("Yes.", "", False)


def test_an_answer_that_trickles_in_is_given_up_in_time(
    service: FakeOpenAI, request_for: CompletionRequest
) -> None:
    service.then(Step(drip=0.05))
    error = failure(replace(request_for, timeout_seconds=0.3))
    assert (type(error), error.code) == (TemporaryFailure, "timeout")


@pytest.mark.parametrize("status", [200, 500])
def test_a_body_that_breaks_off_is_asked_for_again(
    service: FakeOpenAI, request_for: CompletionRequest, status: int
) -> None:
    service.then(Step(status, headers={"content-length": "9999", "connection": "close"}))
    error = failure(request_for)
    assert isinstance(error, TemporaryFailure)


def test_a_refusal_that_the_service_marks_is_an_answer(
    service: FakeOpenAI, request_for: CompletionRequest
) -> None:
    service.answer = lambda _body: completion(None, refusal="I won't.")
    found = openai.COMPATIBLE.complete(request_for)
    assert (found.text, found.declined) == ("I won't.", True)


def test_a_sloppy_service_may_leave_out_what_we_only_record(
    service: FakeOpenAI, request_for: CompletionRequest
) -> None:
    service.answer = lambda _body: completion("yes") | {"usage": None}
    service.then(Step(body='{"choices": [{"message": {"content": "yes"}}]}'))
    assert openai.COMPATIBLE.complete(request_for).response_model == ""
    assert openai.COMPATIBLE.complete(request_for).prompt_tokens is None


@pytest.mark.parametrize(
    ("count", "kept"),
    [
        *[(12, 12), (12.0, 12), ("12", 12), ("1e3", None), (-1, None)],
        *[(10**12, None), (True, None), (1.5, None), (float("nan"), None)],
    ],
)
def test_counts_that_are_none_are_left_out(
    service: FakeOpenAI, request_for: CompletionRequest, count: object, kept: int | None
) -> None:
    service.answer = lambda _body: completion("yes") | {"usage": {"prompt_tokens": count}}
    assert openai.COMPATIBLE.complete(request_for).prompt_tokens == kept
    service.answer = lambda _body: completion("yes") | {"usage": "12 tokens"}
    assert openai.COMPATIBLE.complete(request_for).prompt_tokens is None
