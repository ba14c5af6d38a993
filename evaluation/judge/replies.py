"""The judgements of a judge run as lines of a table."""

from collections.abc import Callable, Iterator
from typing import Any

from evaluation.judge.models import JudgeRun
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
