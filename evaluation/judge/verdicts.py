"""The reply of a judge: the schema it is asked for, and the verdict in it. Pure."""

import json
from collections.abc import Iterator
from typing import Any, Final

from evaluation.providers.answer_marks import without_marks
from evaluation.providers.reading import CUT
from evaluation.stats.verdicts import Contender, Verdict

REPLY_FORMAT: Final = (
    "Reply with one JSON object and nothing else: "
    '{"reason": "at most 40 words", "verdict": "A" or "B" or "both_good" or "both_bad"}'
)
VERDICT_WORDS: Final = ("A", "B", "both_good", "both_bad")
RESPONSE_FORMAT: Final[dict[str, Any]] = {
    "type": "json_schema",
    "json_schema": {
        "name": "verdict",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": {
                "reason": {"type": "string"},
                "verdict": {"type": "string", "enum": list(VERDICT_WORDS)},
            },
            "required": ["reason", "verdict"],
            "additionalProperties": False,
        },
    },
}
INVALID_VERDICT, CUT_VERDICT, DECLINED = "invalid_verdict", "cut_verdict", "judge_declined"
_TIES = {"both_good": Verdict.TIE_GOOD, "both_bad": Verdict.TIE_BAD}


class InvalidReply(ValueError):
    """A reply without a verdict; `code` is recorded with the judgement."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_verdict(reply: str, *, first: str, finish_reason: str = "") -> Verdict:
    """Return the verdict of a reply, with its letter resolved to the model.

    Reasoning before the object and a code fence around it are passed over; of several objects with
    a verdict the last one counts.

    Args:
        reply: what the judge wrote.
        first: whose answer was A.
        finish_reason: of the completion, to tell a cut reply from another invalid one.
    Raises:
        InvalidReply: no JSON object with one of the four verdicts.
    """
    given = [found["verdict"] for found in _objects(without_marks(reply)) if "verdict" in found]
    if not given or given[-1] not in VERDICT_WORDS:
        raise InvalidReply(CUT_VERDICT if finish_reason == CUT else INVALID_VERDICT)
    word = given[-1]
    if word in _TIES:
        return _TIES[word]
    is_candidate = (word == "A") == (first == Contender.CANDIDATE)
    return Verdict.CANDIDATE if is_candidate else Verdict.BASELINE


def reason_in(reply: str) -> str:
    """Return the reason that a reply gives; empty if it gives none."""
    reasons = [found.get("reason") for found in _objects(without_marks(reply))]
    return next((reason for reason in reversed(reasons) if isinstance(reason, str)), "")


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Yield the JSON objects in a text, in their order, without those inside another one."""
    decoder = json.JSONDecoder()
    at = text.find("{")
    while at >= 0:
        try:
            found, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            if isinstance(found, dict):
                yield found
        at = text.find("{", end)
