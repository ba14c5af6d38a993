"""The judgements of a judge run as lines of a table, and by example as JSON."""

from collections.abc import Callable, Iterator
from typing import Any

from evaluation.judge.examples import JudgedExample
from evaluation.judge.models import Judgement, JudgeRun
from evaluation.judge.verdicts import reason_in
from reviewapp.core.messages import Message

COLUMNS = (
    *("example", "external_id", "intent", "first", "verdict", "reason"),
    *("state", "error_code", "error", "response_model", "latency_ms", "reply"),
)


def reply_rows(judge_run: JudgeRun, render: Callable[[Message | None], str]) -> Iterator[list[Any]]:
    """Yield a header, then each judgement in served order; `first` is whose answer was A."""
    yield list(COLUMNS)
    found = judge_run.judgements.select_related("comparison").order_by(
        "comparison__position", "first"
    )
    for judgement in found.iterator():
        compared = judgement.comparison
        yield [
            compared.position,
            compared.external_id,
            compared.intent_name,
            judgement.first,
            judgement.verdict,
            reason_in(judgement.reply),
            judgement.state,
            judgement.error_code,
            render(judgement.error) if judgement.error else "",
            judgement.response_model,
            judgement.latency_ms,
            judgement.reply,
        ]


def example_as_json(example: JudgedExample) -> dict[str, Any]:
    """Return an example with both replies; scores are the candidate's, from 0 to 1."""
    compared = example.comparison
    return {
        "example": compared.position,
        "external_id": compared.external_id,
        "intent": compared.intent_name,
        "state": compared.state,
        "people": None if example.people is None else float(example.people),
        "judge": None if example.judge is None else float(example.judge),
        "flipped": example.is_flipped,
        "replies": [_reply(judgement) for judgement in example.judgements if judgement is not None],
    }


def _reply(judgement: Judgement) -> dict[str, str]:
    return {
        "first": judgement.first,
        "state": judgement.state,
        "verdict": judgement.verdict,
        "reason": reason_in(judgement.reply),
        "error_code": judgement.error_code,
        "reply": judgement.reply,
    }
