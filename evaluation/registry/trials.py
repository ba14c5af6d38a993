"""Trying a model out: one tiny request, and what came of it in words."""

from dataclasses import dataclass

from evaluation.providers.answer_marks import Mark, marks_in, without_marks
from evaluation.providers.base import Completion, CompletionRequest, ProviderError
from evaluation.providers.kinds import provider_of
from evaluation.providers.reading import CUT
from evaluation.registry.models import TRIAL_SECONDS, ModelVersion

TRIAL_TOKENS = 1024
SHOWN_CHARACTERS = 200


@dataclass(frozen=True)
class Trial:
    """What a request came to. `error_code` and `problem` are empty when the model answered."""

    error_code: str = ""
    problem: str = ""
    text: str = ""
    note: str = ""
    latency_ms: int | None = None
    response_model: str = ""


def try_model(model: ModelVersion) -> Trial:
    """Ask the model to say hello, once."""
    if model.endpoint is None:
        return Trial("not_askable", "Its answers came from a file, so it cannot be asked.")
    request = CompletionRequest(
        base_url=model.endpoint.base_url,
        api_key_name=model.endpoint.api_key_name,
        model_id=model.model_id,
        messages=[{"role": "user", "content": "Say hello."}],
        timeout_seconds=TRIAL_SECONDS,
        max_tokens=TRIAL_TOKENS,
        extra_body=model.extra_body,
    )
    try:
        completion = provider_of(model.provider).complete(request)
    except ProviderError as error:
        return Trial(error.code, error.message)
    return Trial(
        text=without_marks(completion.text)[:SHOWN_CHARACTERS],
        note=_note(completion),
        latency_ms=completion.latency_ms,
        response_model=completion.response_model,
    )


def _note(completion: Completion) -> str:
    """Return what a lead should know of the answer before a run asks for more of them."""
    marks = marks_in(completion.text)
    notes = []
    if completion.finish_reason == CUT:
        notes.append(f"The answer was cut at {TRIAL_TOKENS:,} tokens.")
    if completion.declined:
        notes.append("The service marked the answer as a refusal.")
    if Mark.REASONING in marks:
        notes.append("Its thoughts came inside the answer; a run offers to take them off.")
    if Mark.TEMPLATE in marks:
        notes.append("Marks of a chat template came inside the answer; check the server.")
    return " ".join(notes)


def is_another_model(asked: str, answered: str) -> bool:
    """Return whether an answer comes from a model that was not asked.

    A longer name that begins with the one asked is a dated version of it.
    """
    return bool(answered) and not answered.startswith(asked)
