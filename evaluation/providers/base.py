"""The interface of every provider: a request, a completion, and three kinds of failure.

A provider module turns every failure of its service into one of the three, sets a timeout, and
never retries by itself: the job decides when to retry.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.utils.functional import Promise

from reviewapp.core.messages import Message


@dataclass(frozen=True)
class CompletionRequest:
    """One request to one model.

    Attributes:
        base_url: of the service, without a slash at its end.
        api_key_name: environment variable with the key; empty for a service without keys.
        model_id: what the service calls the model.
        messages: chat messages.
        timeout_seconds: how long the whole call may take, however slowly an answer arrives.
        temperature, max_tokens, seed: None leaves it to the service.
        response_format: form of the answer, such as a JSON schema; left out for a service that
            rejects it.
        extra_body: further fields of the request.
    """

    base_url: str
    api_key_name: str
    model_id: str
    messages: Sequence[Mapping[str, Any]]
    timeout_seconds: float
    temperature: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    response_format: Mapping[str, Any] | None = None
    extra_body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Completion:
    """What the model answered.

    Attributes:
        text: the answer, with visible characters in it.
        finish_reason: such as stop; “length” for every answer that was cut at its token limit.
        response_model: the model that answered, as the service names it.
        request_id: the service's own id of the call, or empty.
        latency_ms: from sending to the whole answer.
        prompt_tokens, completion_tokens: as the service counted them, None if not given.
        declined: the service itself marked the answer as a refusal.
    """

    text: str
    latency_ms: int
    finish_reason: str = ""
    response_model: str = ""
    request_id: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    declined: bool = False


def strip_unstorable(text: str) -> str:
    """Return the text without what a text column cannot hold: NUL and lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def redact_key(text: str, key: str) -> str:
    """Return a text of a service without the key, and without what no column can hold.

    NUL is removed first: it may be inside the key as the service repeated it.
    """
    kept = strip_unstorable(text)
    return kept.replace(key, "•••") if key else kept


def _storable(message: Message) -> Message:
    """Return a message whose texts a JSON column can hold."""
    params = {
        name: strip_unstorable(value) if isinstance(value, str) else value
        for name, value in message.params.items()
    }
    return Message(message.code, params)


class ProviderError(Exception):
    """A call without an answer. Neither attribute ever holds a key.

    Attributes:
        code: of the service if it gives one, such as insufficient_quota, else our own; for the
            record of the call.
        message: the reason, for people.
    """

    def __init__(self, code: str, message: Message) -> None:
        super().__init__(code)
        self.code = strip_unstorable(code)
        self.message = _storable(message)

    def __str__(self) -> str:
        # A provider runs without Django until the text is read.
        from reviewapp.core.texts import render  # noqa: PLC0415

        return render(self.message)


class TemporaryFailure(ProviderError):
    """The call may succeed later.

    Attributes:
        retry_after: seconds that the service asks to wait, None if it names no time.
        is_rate_limit: whether the service limits all calls, so that every worker waits.
    """

    def __init__(
        self,
        code: str,
        message: Message,
        *,
        retry_after: float | None = None,
        is_rate_limit: bool = False,
    ) -> None:
        super().__init__(code, message)
        self.retry_after = retry_after
        self.is_rate_limit = is_rate_limit


class PermanentFailure(ProviderError):
    """This request will never be answered; others may be."""


class ProviderBlocked(ProviderError):
    """No request of the run can be answered until a person acts.

    Attributes:
        is_endpoint_wide: whether it concerns every model of the service: no quota, a bad key.
    """

    def __init__(self, code: str, message: Message, *, is_endpoint_wide: bool = True) -> None:
        super().__init__(code, message)
        self.is_endpoint_wide = is_endpoint_wide


class Provider(Protocol):
    """One kind of service.

    Attributes:
        kind: stored with each model.
        label: shown on pages, in the language of the reader.
    """

    @property
    def kind(self) -> str: ...

    @property
    def label(self) -> str | Promise: ...

    def complete(self, request: CompletionRequest) -> Completion:
        """Send one request and return the answer.

        Raises:
            TemporaryFailure, PermanentFailure, ProviderBlocked: there is no answer.
        """
