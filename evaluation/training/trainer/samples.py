"""Conversations as token ids, with labels on the answers that are to be learnt."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluation.training.trainer.job import JobError

IGNORED = -100
"""The label of a token that is read and not learnt; transformers and PyTorch ignore it."""


@dataclass(frozen=True)
class Sample:
    """Token ids of one conversation as input, and as labels with everything ignored but answers."""

    ids: list[int]
    labels: list[int]

    @property
    def learnt(self) -> int:
        """Number of tokens that are learnt; the first token has no context to predict it from."""
        return sum(label != IGNORED for label in self.labels[1:])


def read_samples(path: Path, tokenizer: Any, max_tokens: int) -> list[Sample]:
    """Return the sample of each line. Raises JobError, which names the line."""
    samples = [_encode(tokenizer, messages, where) for where, messages in _conversations(path)]
    long = [
        number for number, sample in enumerate(samples, start=1) if len(sample.ids) > max_tokens
    ]
    if long:
        shown = ", ".join(map(str, long[:10]))
        raise JobError(
            "too_long",
            f"{path.name}: {len(long)} have over {max_tokens} tokens (conversations {shown}).",
        )
    if not any(sample.learnt for sample in samples):
        raise JobError("no_learnt_tokens", f"{path.name} has no answer to learn from.")
    return samples


def _conversations(path: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield f"{path.name}, line {number}", json.loads(line)["messages"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise JobError("data_unreadable", f"{path.name} cannot be read: {error!r}") from error


def _encode(tokenizer: Any, messages: Sequence[Mapping[str, Any]], where: str) -> Sample:
    """Return the conversation in the model's chat template; answers with weight 0 are only read."""
    plain = [
        {key: value for key, value in message.items() if key != "weight"} for message in messages
    ]
    ids: list[int] = []
    labels: list[int] = []
    rendered = ""
    for index, message in enumerate(messages):
        whole = tokenizer.apply_chat_template(plain[: index + 1], tokenize=False)
        is_learnt = message["role"] == "assistant" and message.get("weight", 1) != 0
        opened = rendered
        if is_learnt:
            opened = tokenizer.apply_chat_template(
                plain[:index], tokenize=False, add_generation_prompt=True
            )
        if not whole.startswith(opened) or not opened.startswith(rendered):
            text = f"{where}: the chat template rewrites earlier messages of a conversation."
            raise JobError("template_rewrites", text)
        read = tokenizer(opened[len(rendered) :], add_special_tokens=False)["input_ids"]
        rest = tokenizer(whole[len(opened) :], add_special_tokens=False)["input_ids"]
        ids += read + rest
        labels += [IGNORED] * len(read) + (rest if is_learnt else [IGNORED] * len(rest))
        rendered = whole
    return Sample(ids, labels)
