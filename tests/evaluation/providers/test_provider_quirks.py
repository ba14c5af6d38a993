"""What services other than OpenAI send, and what each of it comes to."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from evaluation.providers import openai
from evaluation.providers.base import (
    Completion,
    CompletionRequest,
    PermanentFailure,
    ProviderBlocked,
    ProviderError,
    TemporaryFailure,
)
from tests.fake_openai import FakeOpenAI, Step, completion, fake_openai

ANSWER, WAITS, AGAIN, FAILS = "an answer", "endpoint waits", "asked again", "this answer fails"
STOPS, STOPS_MODEL = "run and endpoint stop", "run stops"


@pytest.fixture(scope="module")
def running() -> Iterator[FakeOpenAI]:
    with fake_openai() as running:
        yield running


@pytest.fixture
def service(running: FakeOpenAI) -> FakeOpenAI:
    running.script.clear()
    running.requests.clear()
    openai._learned.clear()
    return running


def request_to(service: FakeOpenAI) -> CompletionRequest:
    return CompletionRequest(
        base_url=service.url,
        api_key_name="",
        model_id="small",
        messages=[{"role": "user", "content": "Where is it?"}],
        timeout_seconds=5.0,
        temperature=0.2,
        max_tokens=64,
        seed=7,
    )


def outcome(request: CompletionRequest) -> tuple[str, str, Completion | None]:
    """Return the outcome of a request; its text, or the code and text of its error; the answer."""
    try:
        found = openai.COMPATIBLE.complete(request)
    except ProviderError as error:
        reason = f"{error.message.code}: {error}"
        if isinstance(error, TemporaryFailure):
            return (WAITS if error.is_rate_limit else AGAIN), reason, None
        if isinstance(error, ProviderBlocked):
            return (STOPS if error.is_endpoint_wide else STOPS_MODEL), reason, None
        assert isinstance(error, PermanentFailure)
        return FAILS, reason, None
    return ANSWER, found.text, found


def error(message: object, **fields: Any) -> dict[str, Any]:
    return {"error": {"message": message, **fields}}


def choice(**fields: Any) -> dict[str, Any]:
    return {"object": "chat.completion", "choices": [{"index": 0, **fields}]}


def said(content: object, **fields: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": content}
    return completion(None) | choice(**{"message": message, "finish_reason": "stop"} | fields)


def stream(*pieces: object) -> str:
    return "".join(f"data: {json.dumps(piece)}\n\n" for piece in pieces)


def piece(text: str, finish_reason: str | None = None) -> dict[str, Any]:
    return {"choices": [{"delta": {"content": text}, "finish_reason": finish_reason}]}


@pytest.mark.parametrize(
    ("body", "expected", "words"),
    [
        (error("Rate limit exceeded: free-models-per-day", code=429), WAITS, "free-models"),
        (error("Provider returned error", code=502), AGAIN, "Provider returned"),
        ({"id": None, "choices": None} | error("Upstream", code=502), AGAIN, "Upstream"),
        ({"error": "Model unloaded."}, AGAIN, "Model unloaded."),
        (error("Bad key", type="authentication_error"), STOPS, "Bad key"),
        (error("Insufficient credits", code=402), STOPS, "Insufficient credits"),
        (said("Half an ans") | error("Upstream died", code=502), AGAIN, "Upstream died"),
        (said("Half an ans", error={"code": 502, "message": "Upstream died"}), AGAIN, "died"),
        (
            choice(error={"code": 429, "message": "Slow"}, message={"content": ""}),
            WAITS,
            "Slow",
        ),
        (choice(message={"content": None, "error": {"message": "Died"}}), AGAIN, "Died"),
        (
            {"object": "error", "message": "No such model", "type": "NotFoundError", "code": 404},
            STOPS_MODEL,
            "No such model",
        ),
        ([error("Quota of requests per minute", code=429)], WAITS, "per minute"),
        (
            {"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}},
            STOPS,
            "insufficient balance",
        ),
        (said("Half", finish_reason="error"), AGAIN, "providers.broken_off"),
        (said("Whole.") | {"error": None}, ANSWER, "Whole."),
        (said("Whole.") | error(""), ANSWER, "Whole."),
        (choice(message={"content": "Whole."}, finish_reason=None), ANSWER, "Whole."),
        (choice(message={"content": "Whole."}, finish_reason="eos_token"), ANSWER, "Whole."),
        ({"choices": [], "object": "chat.completion"}, AGAIN, "providers.no_choice"),
        ({"data": []}, STOPS_MODEL, "providers.not_a_completion"),
    ],
)
def test_an_error_inside_a_200_counts_as_the_status_it_carries(
    service: FakeOpenAI, body: object, expected: str, words: str
) -> None:
    service.then(Step(body=json.dumps(body)))
    found, message, _answer = outcome(request_to(service))
    assert (found, words in message) == (expected, True), message


@pytest.mark.parametrize(
    ("body", "expected", "words"),
    [
        (stream(piece("Hel"), piece("lo"), piece("", "stop")) + "data: [DONE]", ANSWER, "Hello"),
        (": ping\n\n" + stream(piece("Hello", "stop")), ANSWER, "Hello"),
        (stream(piece("Hel")), AGAIN, "providers.unreadable"),
        (stream(piece("Hel")) + "data: {", AGAIN, "providers.unreadable"),
        (stream(piece("Hel"), error("Overloaded", code=529)), WAITS, "Overloaded"),
        (stream(error("Rate limit", code=429)), WAITS, "Rate limit"),
        (stream(piece("Hel", "content_filter")), FAILS, "providers.withheld"),
        ("data: [DONE]", AGAIN, "providers.unreadable"),
    ],
)
def test_an_event_stream_is_an_answer_only_if_it_is_whole(
    service: FakeOpenAI, body: str, expected: str, words: str
) -> None:
    service.then(Step(body=body, headers={"content-type": "text/event-stream"}))
    found, message, _answer = outcome(request_to(service))
    assert (found, words in message) == (expected, True), message


@pytest.mark.parametrize(
    ("message", "finish_reason", "expected", "words"),
    [
        ({"content": "\n\n  "}, "stop", FAILS, "providers.empty_answer"),
        ({"content": "\u200b\ufeff\u2060\u00ad"}, "stop", FAILS, "providers.empty_answer"),
        ({"content": "\u3164\u2800\u115f"}, "stop", FAILS, "providers.empty_answer"),
        ({"content": "\ufe0f\u0301"}, "stop", FAILS, "providers.empty_answer"),
        ({"content": None, "tool_calls": []}, "stop", FAILS, "providers.empty_answer"),
        ({"content": "Words.", "tool_calls": []}, "stop", ANSWER, "Words."),
        (
            {"content": None, "tool_calls": [{"id": "c"}]},
            "tool_calls",
            FAILS,
            "called_tool",
        ),
        ({"content": None, "reasoning_content": "Hm."}, "stop", FAILS, "only_reasoning"),
        ({"content": "", "reasoning": "Hm."}, "stop", FAILS, "only_reasoning"),
        ({"content": None, "reasoning": "Hm."}, "length", FAILS, "providers.cut_reasoning"),
        ({"content": ""}, "length", FAILS, "providers.cut_at_start"),
        ({"content": "<think>\nI have to"}, "length", FAILS, "providers.cut_reasoning"),
        ({"content": "<think>Hm.</think>\n"}, "stop", FAILS, "only_reasoning"),
        ({"content": "<think>Hm.</think>Words."}, "stop", ANSWER, "<think>Hm.</think>Words."),
        (
            {"content": [{"type": "thinking", "thinking": "Hm."}]},
            "stop",
            FAILS,
            "only_reasoning",
        ),
        (
            {"content": [{"type": "thinking", "text": "Hm."}, {"type": "text", "text": "Words."}]},
            "stop",
            ANSWER,
            "Words.",
        ),
        ({"content": "Part of", "refusal": " "}, "stop", ANSWER, "Part of"),
        ({"content": "Part of"}, "SAFETY", FAILS, "providers.withheld"),
        ({"content": "👍"}, "stop", ANSWER, "👍"),
    ],
)
def test_what_shows_nothing_is_no_answer(
    service: FakeOpenAI, message: dict[str, Any], finish_reason: str, expected: str, words: str
) -> None:
    service.then(Step(body=json.dumps(choice(message=message, finish_reason=finish_reason))))
    found, reason, _answer = outcome(request_to(service))
    assert (found, words in reason) == (expected, True), reason


@pytest.mark.parametrize("finish_reason", ["length", "max_tokens", "MAX_TOKENS", "model_length"])
def test_a_cut_answer_is_marked_as_one(service: FakeOpenAI, finish_reason: str) -> None:
    service.then(Step(body=json.dumps(completion("Your par", finish_reason=finish_reason))))
    answer = openai.COMPATIBLE.complete(request_to(service))
    assert (answer.text, answer.finish_reason) == ("Your par", "length")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"\xef\xbb\xbf" + json.dumps(completion("Grüße")).encode(), "application/json"),
        (
            json.dumps(completion("Grüße"), ensure_ascii=False).encode("latin-1"),
            "application/json; charset=iso-8859-1",
        ),
        (json.dumps(completion("Grüße"), ensure_ascii=False).encode("latin-1"), "text/plain"),
        (
            json.dumps(completion("Grüße"), ensure_ascii=False).encode(),
            "application/json; charset=iso-8859-1",
        ),
        (b"\n\n   \n" + json.dumps(completion("Grüße")).encode(), "application/json"),
        (json.dumps(completion("Grüße") | {"logprobs": float("nan")}).encode(), ""),
        (json.dumps(completion("Grüße") | {"usage": [None]}).encode("utf-16"), "application/json"),
    ],
)
def test_the_text_is_read_in_whatever_encoding(
    service: FakeOpenAI, body: bytes, content_type: str
) -> None:
    service.then(Step(body=body, headers={"content-type": content_type}))
    assert openai.COMPATIBLE.complete(request_to(service)).text == "Grüße"


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        # Money is gone.
        (402, error("Insufficient credits. Add more at the credits page.", code=402), STOPS),
        (402, {"detail": "Payment required"}, STOPS),
        (400, error("Budget has been exceeded! Max budget: 10", type="budget_exceeded"), STOPS),
        (400, error("Your credit balance is too low to access the API."), STOPS),
        (429, error("You exceeded your current quota, please check your plan."), STOPS),
        (429, error("quota", type="insufficient_quota", code="insufficient_quota"), STOPS),
        (403, error("Key limit exceeded (total limit)."), STOPS),
        (403, error("Your team doesn't have any credits yet."), STOPS),
        (429, error("余额不足或无可用资源包", code="1113"), STOPS),
        # The key is refused.
        (401, error("No auth credentials found", code=401), STOPS),
        (400, error("API key not valid. Please pass a valid API key."), STOPS),
        (403, error("You have no permission for this project", code="forbidden"), STOPS),
        (400, error("Unauthorized"), STOPS),
        # The content is refused: one prompt, with whatever status.
        (400, error("Triggering the content management policy.", code="content_filter"), FAILS),
        (400, error("Rejected by our safety system.", code="moderation_blocked"), FAILS),
        (403, error("The model requires moderation. Your input was flagged."), FAILS),
        (422, error("Input data may contain inappropriate content."), FAILS),
        (500, error("litellm.ContentPolicyViolationError: content policy"), FAILS),
        (451, error("Blocked."), FAILS),
        (403, "<html><head><title>Access denied | WAF</title></head></html>", FAILS),
        # The prompt is too long.
        (400, error("Maximum context length is 4096 tokens.", type="BadRequestError"), FAILS),
        (413, error("Request too large for model on tokens per minute (TPM)"), FAILS),
        (429, error("Request too large for gpt-4: Limit 10000, Requested 12000"), FAILS),
        (500, error("The prompt is too long for this model"), FAILS),
        # The model is busy: every worker waits.
        (429, error("Too many requests", type="rate_limit"), WAITS),
        (429, error("Rate limit reached. Try again in 7m12s. Upgrade your billing."), WAITS),
        (429, error("No deployments available, try again in 3 seconds", code="429"), WAITS),
        (429, "slow down", WAITS),
        (429, error("Quota exceeded for quota metric Requests per minute"), WAITS),
        (503, error("Loading model", code=503, type="unavailable_error"), WAITS),
        (503, error("Model x is currently loading", estimated_time=20), WAITS),
        (529, error("Overloaded", type="overloaded_error"), WAITS),
        (500, error("Our servers are at capacity"), WAITS),
        # The model, or the address, is wrong.
        (404, error('model "x" not found, try pulling it first'), STOPS_MODEL),
        (400, error("x is not a valid model ID", code=400), STOPS_MODEL),
        (400, error("Model Not Exist", type="invalid_request_error"), STOPS_MODEL),
        (404, "404 page not found", STOPS_MODEL),
        # The service fails for now.
        (500, error("llama runner process has terminated: exit status 2"), AGAIN),
        (502, "<html><head><title>502 Bad Gateway</title></head></html>", AGAIN),
        (503, "<html><title>Service Temporarily Unavailable</title></html>", AGAIN),
        (408, "", AGAIN),
        # Anything else is about this request.
        (400, error("messages: roles must alternate"), FAILS),
        (422, {"detail": [{"msg": "field required"}]}, FAILS),
    ],
)
def test_vendors_words_tell_what_an_error_means(
    service: FakeOpenAI, status: int, body: object, expected: str
) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    service.then(Step(status, body=text))
    found, message, _answer = outcome(request_to(service))
    assert found == expected, message
    own = body["error"]["message"] if isinstance(body, dict) and "error" in body else ""
    assert own in message, "the service's own words reach the lead"


def test_the_title_of_a_page_is_the_words_of_an_error(service: FakeOpenAI) -> None:
    service.then(Step(502, body="<html><head><title>502 Bad\nGateway</title></head></html>"))
    assert "502 Bad Gateway" in outcome(request_to(service))[1]


def unsupported(name: str, advice: str = "") -> Step:
    message = f"Unsupported parameter: '{name}' is not supported with this model. {advice}"
    body = error(message, type="invalid_request_error", param=name, code="unsupported_parameter")
    return Step(400, body=json.dumps(body))


@pytest.mark.parametrize("is_openai", [False, True])
def test_the_other_name_of_the_token_limit_is_tried_and_remembered(
    service: FakeOpenAI,
    is_openai: bool,  # noqa: FBT001
) -> None:
    names = ["max_tokens", "max_completion_tokens"]
    first, second = reversed(names) if is_openai else names
    service.then(unsupported(first, f"Use '{second}' instead."))
    provider = openai.OPENAI if is_openai else openai.COMPATIBLE
    for _ in range(2):
        assert provider.complete(request_to(service)).text
    assert [request.get(first) for request in service.requests] == [64, None, None]
    assert [request.get(second) for request in service.requests] == [None, 64, 64]


def test_a_seed_that_is_not_taken_is_left_out(service: FakeOpenAI) -> None:
    message = [{"type": "extra_forbidden", "msg": "Extra inputs are not permitted: seed"}]
    service.then(Step(422, body=json.dumps({"detail": message})))
    assert openai.COMPATIBLE.complete(request_to(service)).text
    assert [request.get("seed") for request in service.requests] == [7, None]


@pytest.mark.parametrize(
    "steps",
    [
        [unsupported("temperature")],
        [unsupported("max_tokens"), unsupported("max_completion_tokens")],
    ],
)
def test_a_setting_that_would_change_the_answers_stops_the_run(
    service: FakeOpenAI, steps: list[Step]
) -> None:
    """Both models are asked the same way, so nothing that the lead set is dropped silently."""
    service.then(*steps)
    found, message, _answer = outcome(request_to(service))
    assert found == STOPS_MODEL
    assert "providers.parameter_rejected" in message
    assert len(service.requests) == len(steps)


def test_a_field_that_the_lead_set_is_never_left_out(service: FakeOpenAI) -> None:
    service.then(unsupported("seed"))
    request = replace(request_to(service), seed=None, extra_body={"seed": 3})
    assert outcome(request)[0] == STOPS_MODEL
    assert len(service.requests) == 1
