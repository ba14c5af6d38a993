"""Inspections of the structure: roles, empty messages, lengths, special tokens."""

import re
from collections.abc import Iterator
from itertools import pairwise

from datasets.conversations.messages import Message
from datasets.inspections.problems import Inspected, InspectionFinding, Severity

SPEAKER_NAMES = {"user": "the customer", "assistant": "the assistant"}
# Marks that separate turns in the format of chat models; inside a text they would end the turn.
SPECIAL_TOKEN = re.compile(r"<\|[a-z0-9_]{2,40}\|>")


def inspect_roles(inspected: Inspected) -> Iterator[InspectionFinding]:
    """Yield findings about the order of roles."""
    messages = inspected.content.messages
    yield from _system_messages(messages, required=inspected.settings.requires_system_message)
    yield from _turns(messages)
    yield from _answer(messages)


def _system_messages(messages: list[Message], *, required: bool) -> Iterator[InspectionFinding]:
    places = [index for index, message in enumerate(messages) if message["role"] == "system"]
    if not places and required:
        yield InspectionFinding(
            "missing_system",
            Severity.WARNING,
            "There is no system message. Add the one that the model will be given in service.",
        )
    for index in places:
        if index > 0:
            yield InspectionFinding(
                "role_order",
                Severity.BLOCKING,
                "A system message stands only at the beginning. Move it there, or take it out.",
                index,
            )


def _turns(messages: list[Message]) -> Iterator[InspectionFinding]:
    turns = [(index, message["role"]) for index, message in enumerate(messages)]
    dialogue = [turn for turn in turns if turn[1] != "system"]
    if dialogue and dialogue[0][1] == "assistant":
        yield InspectionFinding(
            "role_order",
            Severity.WARNING,
            "The assistant speaks first. Check that a customer's message was not lost.",
            dialogue[0][0],
        )
    for (_, earlier), (index, role) in pairwise(dialogue):
        if earlier == role and role in SPEAKER_NAMES:
            yield InspectionFinding(
                "role_order",
                Severity.BLOCKING,
                f"Here {SPEAKER_NAMES[role]} speaks twice in a row. Join the two messages.",
                index,
            )


def _answer(messages: list[Message]) -> Iterator[InspectionFinding]:
    assistants = [message for message in messages if message["role"] == "assistant"]
    if not any(message["role"] == "user" for message in messages):
        yield InspectionFinding(
            "no_user_message", Severity.WARNING, "There is no message of a customer. Add one."
        )
    if not assistants:
        yield InspectionFinding(
            "no_assistant_message",
            Severity.BLOCKING,
            "There is no answer of the assistant, so there is nothing to learn. Write one.",
        )
        return
    if messages[-1]["role"] != "assistant":
        yield InspectionFinding(
            "no_final_answer",
            Severity.BLOCKING,
            "The conversation does not end with an answer of the assistant. Write it, "
            "or take the last message out.",
            len(messages) - 1,
        )
    if all(message.get("weight") == 0 for message in assistants):
        yield InspectionFinding(
            "nothing_to_learn",
            Severity.BLOCKING,
            "Every answer has weight 0, so nothing would be learned. Give one the weight 1.",
        )


def inspect_lengths(inspected: Inspected) -> Iterator[InspectionFinding]:
    """Yield findings for empty messages and for lengths over the project's limits."""
    settings, tokens = inspected.settings, inspected.tokens
    if tokens.total > settings.token_budget:
        yield InspectionFinding(
            "example_too_long",
            Severity.BLOCKING,
            f"The example has {tokens.total:,} tokens; the project allows "
            f"{settings.token_budget:,}. Training would cut off its end. Shorten it.",
        )
    for index, message in enumerate(inspected.content.messages):
        if message["content"] is not None and not message["content"].strip():
            yield InspectionFinding(
                "empty_message", Severity.BLOCKING, "This message is empty.", index
            )
        if tokens.per_message[index] > settings.message_token_budget:
            yield InspectionFinding(
                "message_too_long",
                Severity.BLOCKING,
                f"This message has {tokens.per_message[index]:,} tokens; the project allows "
                f"{settings.message_token_budget:,} for one. Shorten it.",
                index,
            )


def inspect_special_tokens(inspected: Inspected) -> Iterator[InspectionFinding]:
    """Yield findings for marks of the chat format inside a text."""
    for index, message in enumerate(inspected.content.messages):
        text = message["content"]
        if not text or "<|" not in text:
            continue
        for match in SPECIAL_TOKEN.finditer(text):
            yield InspectionFinding(
                "special_token",
                Severity.WARNING,
                f"{match[0]} is a mark of the chat format, which adds it by itself. Take it out.",
                index,
                match.start(),
                match.end(),
            )
