"""Trials of models: one short request, and its result."""

from dataclasses import dataclass

from evaluation.providers import kinds
from evaluation.providers.answer_marks import Mark, marks_in, without_marks
from evaluation.providers.base import Completion, CompletionRequest, ProviderError
from evaluation.providers.kinds import provider_of
from evaluation.providers.reading import CUT
from evaluation.registry.models import TRIAL_SECONDS, ModelVersion
from reviewapp.core.messages import Message, message, sentences

TRIAL_TOKENS = 1024
SHOWN_CHARACTERS = 200


@dataclass(frozen=True)
class Trial:
    """The result of a trial: an answer, or an error with its code."""

    error_code: str = ""
    error: Message | None = None
    text: str = ""
    note: Message | None = None
    latency_ms: int | None = None
    response_model: str = ""


def try_model(model: ModelVersion) -> Trial:
    """Ask the model once to say hello."""
    if model.endpoint is None:
        return Trial("not_askable", kinds.not_askable(model.provider, model.name))
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


def _note(completion: Completion) -> Message | None:
    """Return remarks on the answer that a lead should read before a run; None without any."""
    marks = marks_in(completion.text)
    notes = []
    if completion.finish_reason == CUT:
        notes.append(message("registry.trial_cut", tokens=TRIAL_TOKENS))
    if completion.declined:
        notes.append(message("registry.trial_declined"))
    if Mark.REASONING in marks:
        notes.append(message("registry.trial_reasoning"))
    if Mark.TEMPLATE in marks:
        notes.append(message("registry.trial_template"))
    return sentences(notes) if notes else None


def is_another_model(asked: str, answered: str) -> bool:
    """Return whether another model answered than the one that was asked.

    A longer name that begins with the requested one is a dated version of it.
    """
    return bool(answered) and not answered.startswith(asked)
