"""What a model is asked for an archetype prompt, what it costs at most, the golden answer."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings

from datasets.conversations.chat import Content, count_tokens
from datasets.curation.models import Revision
from datasets.inspections.language import detect_language
from evaluation.judge.models import usd_for
from evaluation.providers.base import CompletionRequest
from evaluation.registry.models import Endpoint, ModelVersion
from evaluation.runs.prompts import without_answer
from evaluation.shadow.models import ShadowAnswer
from evaluation.shadow.rules import ShadowRules
from evaluation.shadow.signals import Compared

MAX_TOKENS = 800
"""Tokens that an answer may have."""


@dataclass(frozen=True)
class ShadowForecast:
    """What a shadow check costs at most, without retries.

    Attributes:
        prompts: how many are asked.
        tokens_in, tokens_out: of all requests, and of all answers at their longest.
        usd: None without prices of the model, which were read on the day `as_of`.
    """

    prompts: int
    tokens_in: int
    tokens_out: int
    usd: Decimal | None
    as_of: date | None

    @property
    def tokens(self) -> int:
        """All tokens together."""
        return self.tokens_in + self.tokens_out


def messages_of(revision: Revision, rules: ShadowRules) -> list[dict[str, Any]]:
    """Return the messages that a model gets; empty where no customer speaks."""
    asked = without_answer(revision.messages)
    if not asked or not rules.system_prompt:
        return asked
    others = [message for message in asked if message.get("role") != "system"]
    return [{"role": "system", "content": rules.system_prompt}, *others]


def golden_text(revision: Revision) -> str:
    """Return the golden answer: what the assistant says after the last other message."""
    asked = len(without_answer(revision.messages))
    texts = [message.get("content") for message in revision.messages[asked:]]
    return "\n\n".join(text for text in texts if isinstance(text, str) and text.strip())


def tokens_of(revision: Revision, model: ModelVersion, rules: ShadowRules) -> int:
    """Return the tokens of a request, counted with tiktoken."""
    name = model.base_model or model.model_id
    return count_tokens(messages_of(revision, rules), model=name).total


def forecast_of(model: ModelVersion, request_tokens: Sequence[int]) -> ShadowForecast:
    """Return the forecast for the tokens of each request."""
    tokens_in, tokens_out = sum(request_tokens), MAX_TOKENS * len(request_tokens)
    usd = usd_for(model, tokens_in, tokens_out)
    as_of = model.prices_as_of if usd is not None else None
    return ShadowForecast(len(request_tokens), tokens_in, tokens_out, usd, as_of)


def set_digest(revisions: Sequence[Revision], rules: ShadowRules) -> str:
    """Return the SHA-256 that names a set: the examples in their order, and the system prompt."""
    lines = [*(revision.content_hash for revision in revisions), rules.system_prompt]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def request_for(answer: ShadowAnswer, endpoint: Endpoint) -> CompletionRequest:
    """Return the request for an answer."""
    found = answer.shadow_check
    model, rules = found.model_version, ShadowRules.from_json(found.rules)
    return CompletionRequest(
        base_url=endpoint.base_url,
        api_key_name=endpoint.api_key_name,
        model_id=model.model_id,
        messages=messages_of(answer.revision, rules),
        timeout_seconds=float(settings.PROVIDER_TIMEOUT_SECONDS),
        max_tokens=found.max_tokens,
        extra_body=model.extra_body,
    )


def compared(answer: ShadowAnswer, text: str) -> Compared:
    """Return an answer beside the golden one, with their languages."""
    golden = golden_text(answer.revision)
    languages = tuple(answer.shadow_check.project.languages)
    return Compared(
        answer=text,
        golden=golden,
        rules=ShadowRules.from_json(answer.shadow_check.rules),
        answer_language=_language_of(text, languages),
        golden_language=_language_of(golden, languages),
    )


def _language_of(text: str, languages: tuple[str, ...]) -> str:
    return detect_language(Content(messages=[{"role": "assistant", "content": text}]), languages)
