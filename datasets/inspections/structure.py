"""Inspections of the structure: roles, empty messages, lengths, special tokens."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from datasets.inspections.findings import Inspected, InspectionFinding, Severity, inspection
from reviewapp.core.messages import message

# Roles that may not speak twice in a row, with the message about it.
SPOKE_TWICE = {"user": "inspections.user_twice", "assistant": "inspections.assistant_twice"}
# Marks that separate turns in the format of chat models; inside a text they would end the turn.
SPECIAL_TOKEN = re.compile(r"<\|[a-z0-9_]{2,40}\|>")

MISSING_SYSTEM = "missing_system"

Turns = Sequence[Mapping[str, Any]]


@inspection
def inspect_roles(inspected: Inspected) -> Iterator[InspectionFinding]:
    """Yield findings about the order of roles."""
    turns = inspected.content.messages
    yield from _system_messages(turns, required=inspected.settings.requires_system_message)
    yield from _order(turns)
    yield from _answers(turns)


def _system_messages(turns: Turns, *, required: bool) -> Iterator[InspectionFinding]:
    places = [index for index, turn in enumerate(turns) if turn["role"] == "system"]
    if not places and required:
        yield InspectionFinding(
            MISSING_SYSTEM, Severity.WARNING, message("inspections.missing_system")
        )
    for index in places:
        if index > 0:
            yield InspectionFinding(
                "role_order", Severity.BLOCKING, message("inspections.late_system"), index
            )


def _order(turns: Turns) -> Iterator[InspectionFinding]:
    roles = [(index, turn["role"]) for index, turn in enumerate(turns) if turn["role"] != "system"]
    if roles and roles[0][1] == "assistant":
        yield InspectionFinding(
            "role_order", Severity.WARNING, message("inspections.assistant_first"), roles[0][0]
        )
    for (_, earlier), (index, role) in pairwise(roles):
        if earlier == role and role in SPOKE_TWICE:
            yield InspectionFinding(
                "role_order", Severity.BLOCKING, message(SPOKE_TWICE[role]), index
            )


def _answers(turns: Turns) -> Iterator[InspectionFinding]:
    answers = [turn for turn in turns if turn["role"] == "assistant"]
    if not any(turn["role"] == "user" for turn in turns):
        yield InspectionFinding(
            "no_user_message", Severity.WARNING, message("inspections.no_user_message")
        )
    if not answers:
        yield InspectionFinding(
            "no_assistant_message", Severity.BLOCKING, message("inspections.no_assistant_message")
        )
        return
    if turns[-1]["role"] != "assistant":
        yield InspectionFinding(
            "no_final_answer",
            Severity.BLOCKING,
            message("inspections.no_final_answer"),
            len(turns) - 1,
        )
    if all(turn.get("weight") == 0 for turn in answers):
        yield InspectionFinding(
            "nothing_to_learn", Severity.BLOCKING, message("inspections.nothing_to_learn")
        )


@inspection
def inspect_lengths(inspected: Inspected) -> Iterator[InspectionFinding]:
    """Yield findings for empty messages and for lengths over the project's limits."""
    settings, tokens = inspected.settings, inspected.tokens
    if tokens.total > settings.token_budget:
        text = message(
            "inspections.example_too_long", tokens=tokens.total, limit=settings.token_budget
        )
        yield InspectionFinding("example_too_long", Severity.BLOCKING, text)
    for index, turn in enumerate(inspected.content.messages):
        if turn["content"] is not None and not turn["content"].strip():
            yield InspectionFinding(
                "empty_message", Severity.BLOCKING, message("inspections.empty_message"), index
            )
        if tokens.per_message[index] > settings.message_token_budget:
            text = message(
                "inspections.message_too_long",
                tokens=tokens.per_message[index],
                limit=settings.message_token_budget,
            )
            yield InspectionFinding("message_too_long", Severity.BLOCKING, text, index)


@inspection
def inspect_special_tokens(inspected: Inspected) -> Iterator[InspectionFinding]:
    """Yield findings for marks of the chat format inside a text."""
    for index, turn in enumerate(inspected.content.messages):
        text = turn["content"]
        if not text or "<|" not in text:
            continue
        for match in SPECIAL_TOKEN.finditer(text):
            yield InspectionFinding(
                "special_token",
                Severity.WARNING,
                message("inspections.special_token", token=match[0]),
                index,
                *match.span(),
            )
