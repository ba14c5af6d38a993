"""Trying a model out: one tiny request, and what came of it in words."""

from dataclasses import dataclass

from evaluation.models import ModelVersion
from evaluation.providers import openai
from evaluation.providers.base import ProviderError, Request

# A page waits for it, so it is given up early.
TRIAL_SECONDS = 20.0
TRIAL_TOKENS = 16
SHOWN_CHARACTERS = 200


@dataclass(frozen=True)
class Trial:
    """What a request came to. `problem` is empty when the model answered."""

    problem: str = ""
    text: str = ""
    latency_ms: int | None = None
    response_model: str = ""
    is_another_model: bool = False


def try_model(model: ModelVersion) -> Trial:
    """Ask the model to say hello, once, beside the limits of its endpoint."""
    if model.endpoint is None:
        return Trial(problem="Its answers came from a file, so there is nobody to ask.")
    request = Request(
        base_url=model.endpoint.base_url,
        api_key_name=model.endpoint.api_key_name,
        model_id=model.model_id,
        messages=[{"role": "user", "content": "Say hello."}],
        timeout_seconds=TRIAL_SECONDS,
        max_tokens=TRIAL_TOKENS,
        limits_completion_tokens=model.provider == ModelVersion.Provider.OPENAI,
        extra_body=model.extra_body,
    )
    try:
        said = openai.complete(request)
    except ProviderError as error:
        return Trial(problem=error.message)
    return Trial(
        text=said.text[:SHOWN_CHARACTERS],
        latency_ms=said.latency_ms,
        response_model=said.response_model,
        is_another_model=is_another_model(model.model_id, said.response_model),
    )


def is_another_model(asked: str, answered: str) -> bool:
    """Say whether an answer comes from a model that was not asked.

    A longer name that begins with the one asked is a dated version of it.
    """
    return bool(answered) and not answered.startswith(asked)
