"""What every answering service looks like from inside: a request, a completion, three failures.

A provider module turns every failure of its service into one of the three, sets a timeout, and
never tries again by itself: when to try again is decided with the answer's row (C10).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class CompletionRequest:
    """One question to one model.

    Attributes:
        base_url: of the service, without a slash at its end.
        api_key_name: environment variable with the key; empty for a service without keys.
        model_id: what the service calls the model.
        messages: chat messages.
        timeout_seconds: how long the whole call may take, however slowly an answer arrives.
        temperature, max_tokens, seed: None leaves it to the service.
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
    extra_body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Completion:
    """What the model answered.

    Attributes:
        text: the answer, with something to be seen in it.
        finish_reason: such as stop; “length” for every answer that was cut at its token limit.
        response_model: what the service says has answered.
        request_id: the service's own number of the call, or empty.
        latency_ms: from sending to the whole answer.
        prompt_tokens, completion_tokens: as the service counted, None if it does not say.
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
    """Return the text without what a text column cannot hold: NUL, halves of surrogate pairs."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def redact_key(text: str, key: str) -> str:
    """Return what a service said, fit to be stored and without the key if it repeats it.

    NUL goes first: it may stand inside the key as it was repeated.
    """
    kept = strip_unstorable(text)
    return kept.replace(key, "•••") if key else kept


class ProviderError(Exception):
    """A call that brought no answer: `code` for the record, the message for the person."""

    def __init__(self, code: str, message: str) -> None:
        """Keep both, fit to be stored; neither ever holds a key."""
        super().__init__(strip_unstorable(message))
        self.code = strip_unstorable(code)
        self.message = strip_unstorable(message)


class TemporaryFailure(ProviderError):
    """It may work later. `is_rate_limit` means that the whole service asks for patience."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        retry_after: float | None = None,
        is_rate_limit: bool = False,
    ) -> None:
        """Keep the seconds that the service asks to wait, if it does."""
        super().__init__(code, message)
        self.retry_after = retry_after
        self.is_rate_limit = is_rate_limit


class PermanentFailure(ProviderError):
    """This question will never be answered; others may be."""


class ProviderBlocked(ProviderError):
    """No question of the run can be answered until a person acts.

    `is_endpoint_wide` is True where that holds for every model of the service: no quota, a bad key.
    """

    def __init__(self, code: str, message: str, *, is_endpoint_wide: bool = True) -> None:
        """Keep how far it reaches."""
        super().__init__(code, message)
        self.is_endpoint_wide = is_endpoint_wide


class Provider(Protocol):
    """One kind of service. `kind` is stored with each model, `label` is shown."""

    @property
    def kind(self) -> str: ...

    @property
    def label(self) -> str: ...

    def complete(self, request: CompletionRequest) -> Completion:
        """Ask once and return the answer.

        Raises:
            TemporaryFailure, PermanentFailure, ProviderBlocked: there is none.
        """
