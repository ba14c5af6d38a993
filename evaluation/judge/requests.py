"""What a judge is asked, and how many tokens that has."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from datasets.conversations.chat import count_tokens
from evaluation.judge.models import Judgement
from evaluation.judge.rubric_text import fill
from evaluation.judge.terms import JudgeSampling
from evaluation.judge.verdicts import REPLY_FORMAT, RESPONSE_FORMAT
from evaluation.providers.base import CompletionRequest
from evaluation.registry.models import Endpoint, ModelVersion
from evaluation.runs.models import Answer, Comparison, EvaluationRun
from evaluation.stats.verdicts import Contender

COUNTED_EXACTLY = 1000


@dataclass(frozen=True)
class JudgedPair:
    """A comparison with the texts of both answers."""

    comparison: Comparison
    candidate: str
    baseline: str

    def in_order(self, first: str) -> tuple[str, str]:
        """Return the texts as the judge reads them, A and B."""
        if first == Contender.CANDIDATE:
            return self.candidate, self.baseline
        return self.baseline, self.candidate


def pair_of(run: EvaluationRun, comparison: Comparison) -> JudgedPair:
    """Return a comparison of a run with its two answers."""
    texts = dict(
        Answer.objects.filter(comparison=comparison).values_list("model_version_id", "text")
    )
    return JudgedPair(comparison, texts[run.candidate_id], texts[run.baseline_id])


def judge_messages(rubric: str, pair: JudgedPair, *, first: str) -> list[dict[str, str]]:
    """Return the messages of one request by the text of a rubric. They name no model."""
    answer_a, answer_b = pair.in_order(first)
    compared = pair.comparison
    values = {
        "conversation": conversation_text(compared.prompt),
        "answer_a": answer_a,
        "answer_b": answer_b,
        "intent": compared.intent_name,
        "language": compared.language,
        "policies": ", ".join(compared.policies) or "none",
    }
    text = f"{fill(rubric, values).rstrip()}\n\n{REPLY_FORMAT}"
    return [{"role": "user", "content": text}]


def conversation_text(messages: Iterable[Mapping[str, Any]]) -> str:
    """Return a conversation as plain text, each message after its role."""
    return "\n\n".join(_line(message) for message in messages)


def _line(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    parts = [text] if content else []
    if calls := message.get("tool_calls"):
        parts.append(json.dumps(calls, ensure_ascii=False))
    return f"{message.get('role', '')}: {' '.join(parts)}"


def request_for(judgement: Judgement, endpoint: Endpoint) -> CompletionRequest:
    """Return the request for a judgement."""
    judge_run = judgement.judge_run
    model, sampling = judge_run.model_version, JudgeSampling.from_json(judge_run.sampling)
    pair = pair_of(judge_run.run, judgement.comparison)
    return CompletionRequest(
        base_url=endpoint.base_url,
        api_key_name=endpoint.api_key_name,
        model_id=model.model_id,
        messages=judge_messages(judge_run.rubric.text, pair, first=judgement.first),
        timeout_seconds=float(settings.PROVIDER_TIMEOUT_SECONDS),
        temperature=sampling.temperature,
        max_tokens=sampling.max_tokens,
        seed=sampling.seed,
        response_format=RESPONSE_FORMAT if sampling.uses_schema else None,
        extra_body=model.extra_body,
    )


def token_counts(
    rubric: str, pairs: Iterable[JudgedPair], model: ModelVersion
) -> Iterator[tuple[int, int]]:
    """Yield the id of each comparison with the tokens of its request, which both orders share.

    Counted with tiktoken; after the first thousand estimated from the characters, rounded up.
    """
    tokens = characters = 0
    for number, pair in enumerate(pairs):
        asked: Sequence[dict[str, Any]] = judge_messages(rubric, pair, first=Contender.CANDIDATE)
        length = len(asked[0]["content"])
        if number < COUNTED_EXACTLY:
            count = count_tokens(asked, model=model.base_model or model.model_id).total
            tokens, characters = tokens + count, characters + length
        else:
            count = math.ceil(length * tokens / characters)
        yield pair.comparison.pk, count
