"""The request that gets an answer, and its hash, by which a stored answer is found again."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from evaluation.providers.base import CompletionRequest
from evaluation.registry.models import Endpoint, ModelVersion
from evaluation.runs.terms import Sampling


def request_for(
    model: ModelVersion,
    endpoint: Endpoint,
    sampling: Sampling,
    prompt: Sequence[Mapping[str, Any]],
) -> CompletionRequest:
    """Return the request that asks a model for the answer to a prompt."""
    return CompletionRequest(
        base_url=endpoint.base_url,
        api_key_name=endpoint.api_key_name,
        model_id=model.model_id,
        messages=sampling.request_messages(prompt),
        timeout_seconds=float(settings.PROVIDER_TIMEOUT_SECONDS),
        temperature=sampling.temperature,
        max_tokens=sampling.max_tokens,
        seed=sampling.seed,
        extra_body=model.extra_body,
    )


def request_hash(request: CompletionRequest) -> str:
    """Return the SHA-256 of all that decides an answer, in hexadecimal: messages and settings.

    Requests of one registered model with the same hash are the same request. This must never
    change, because stored hashes are compared with new ones.
    """
    decisive = {
        "model": request.model_id,
        "messages": [dict(message) for message in request.messages],
        "temperature": None if request.temperature is None else float(request.temperature),
        "max_tokens": request.max_tokens,
        "seed": request.seed,
        "extra_body": dict(request.extra_body),
    }
    canonical = json.dumps(decisive, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
