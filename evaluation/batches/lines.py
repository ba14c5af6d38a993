"""The requests of a batch as lines of its file, and how many answers one batch may take."""

import json
from collections.abc import Iterator, Sequence
from typing import IO

from evaluation.batches.models import AnswerBatch
from evaluation.batches.services import ENDPOINT, OpenAIBatches
from evaluation.providers import openai as chat
from evaluation.providers.base import CompletionRequest
from evaluation.runs.models import Answer, EvaluationRun
from evaluation.runs.prompt_sets import ROWS_AT_ONCE
from evaluation.runs.requests import request_for
from evaluation.runs.terms import Sampling
from reviewapp.jobs.models import JobState

# The results of a batch are read whole, so a batch is no larger than what may be read: of a token
# up to 8 bytes of JSON, and what stands around an answer.
RESULT_BYTES = 24 * 1024 * 1024
BYTES_PER_TOKEN, BYTES_AROUND = 8, 2_000
ASSUMED_TOKENS = 4_096
ID_DIGITS = 18


def request_of(answer: Answer, batch: AnswerBatch) -> CompletionRequest:
    """Return the request for an answer, as it would be asked directly."""
    return request_for(
        batch.model_version,
        batch.endpoint,
        Sampling.from_json(batch.run.sampling),
        answer.comparison.prompt,
    )


def request_line(answer_id: int, request: CompletionRequest) -> bytes:
    """Return a request as a line of a batch; its id there is that of the answer."""
    line = {
        "custom_id": f"answer-{answer_id}",
        "method": "POST",
        "url": ENDPOINT,
        "body": chat.OPENAI.fields(request),
    }
    return json.dumps(line, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def answer_id_of(custom_id: object) -> int | None:
    """Return the id of the answer that a result is for; None if it is no id of ours."""
    name, _dash, digits = str(custom_id).partition("-")
    is_ours = (
        name == "answer" and digits.isascii() and digits.isdigit() and len(digits) <= ID_DIGITS
    )
    return int(digits) if is_ours else None


def open_answers(batch: AnswerBatch) -> Iterator[Answer]:
    """Yield the answers of a batch that are not there yet, in order."""
    rows = Answer.objects.filter(
        batch=batch, state=JobState.WAITING, comparison__state="open"
    ).select_related("comparison")
    yield from rows.order_by("pk").iterator(chunk_size=ROWS_AT_ONCE)


def write_requests(content: IO[bytes], batch: AnswerBatch) -> int:
    """Write the file of a batch, rewind it, and return the number of its lines."""
    lines = 0
    for answer in open_answers(batch):
        content.write(request_line(answer.pk, request_of(answer, batch)))
        lines += 1
    content.seek(0)
    return lines


def split_answers(
    run: EvaluationRun, sizes: Sequence[tuple[int, int]], service: OpenAIBatches
) -> list[list[int]]:
    """Return the ids of answers in parts, each within the limits of one batch.

    Args:
        run: whose token limit says how long an answer may be.
        sizes: id and bytes of the line of each answer.
        service: whose limits hold.
    """
    tokens = Sampling.from_json(run.sampling).max_tokens or ASSUMED_TOKENS
    most = max(1, RESULT_BYTES // (tokens * BYTES_PER_TOKEN + BYTES_AROUND))
    most = min(most, service.max_lines)
    parts: list[list[int]] = []
    size = 0
    for answer_id, line_bytes in sizes:
        if not parts or len(parts[-1]) >= most or size + line_bytes > service.max_bytes:
            parts.append([])
            size = 0
        parts[-1].append(answer_id)
        size += line_bytes
    return parts
