"""The lines of a batch's result files: an answer, a failure, or nothing that ends an answer."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from evaluation.batches.lines import answer_id_of
from evaluation.providers.base import Completion, PermanentFailure, ProviderError
from evaluation.providers.failures import BAD_REQUEST, failure_of, read_error
from evaluation.providers.reading import read_completion


@dataclass(frozen=True)
class Result:
    """What a line says of an answer: what the model answered, or why it never will."""

    answer_id: int
    completion: Completion | None = None
    failure: PermanentFailure | None = None


def read_results(content: bytes, *, key: str) -> Iterator[Result]:
    """Yield the results in a file, in its order, which is any; lines that end nothing are skipped.

    Such are expired and cancelled requests, temporary failures, and what is no line of ours.

    Args:
        content: of an output or an error file.
        key: the API key, which is removed from all texts.
    """
    for line in content.split(b"\n"):
        answer_id, response = _line(line)
        if answer_id is None:
            continue
        try:
            completion = _completion(response, key)
        except PermanentFailure as failure:
            yield Result(answer_id, failure=failure)
        except ProviderError:
            continue
        else:
            if completion is not None:
                yield Result(answer_id, completion)


def _line(line: bytes) -> tuple[int | None, object]:
    """Return the answer that a line is for, and the response; None if it is no line of ours."""
    try:
        found = json.loads(line) if line.strip() else None
    except (ValueError, RecursionError):
        return None, None
    if not isinstance(found, dict):
        return None, None
    return answer_id_of(found.get("custom_id")), found.get("response")


def _completion(response: object, key: str) -> Completion | None:
    """Return what a model answered; None if the request was not carried out.

    Raises:
        ProviderError: it failed.
    """
    if not isinstance(response, dict):
        return None
    status, body = response.get("status_code"), response.get("body")
    if not isinstance(status, int) or not isinstance(body, dict):
        return None
    if status >= BAD_REQUEST:
        raise failure_of(read_error(body, status=status, key=key))
    return read_completion(
        json.dumps(body).encode(),
        content_type="application/json",
        latency_ms=0,
        request_id=str(response.get("request_id") or ""),
        key=key,
    )
