"""Conversations as token ids, with labels on the answers that are to be learnt."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluation.training.trainer.job import JobError

PAIR_KEYS = ("input", "preferred_output", "non_preferred_output")
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

    @property
    def weight(self) -> int:
        """Its share of a batch: each learnt token counts."""
        return self.learnt


@dataclass(frozen=True)
class Pair:
    """The same prompt with the answer that was preferred, and with the other one."""

    preferred: Sample
    other: Sample

    @property
    def ids(self) -> list[int]:
        """All tokens that are read."""
        return self.preferred.ids + self.other.ids

    @property
    def learnt(self) -> int:
        """Number of tokens in both answers."""
        return self.preferred.learnt + self.other.learnt

    @property
    def weight(self) -> int:
        """Its share of a batch: each pair counts."""
        return 1


def read_samples(path: Path, tokenizer: Any, max_tokens: int) -> list[Sample]:
    """Return the sample of each line. Raises JobError, which names the line."""
    samples = [_encode(tokenizer, row["messages"], where) for where, row in _rows(path, "messages")]
    _check_lengths(path, [len(sample.ids) for sample in samples], max_tokens)
    if not any(sample.learnt for sample in samples):
        raise JobError("no_learnt_tokens", f"{path.name} has no answer to learn from.")
    return samples


def read_pairs(path: Path, tokenizer: Any, max_tokens: int) -> list[Pair]:
    """Return the pair of each line. Raises JobError, which names the line."""
    pairs = [_pair(tokenizer, row, where) for where, row in _rows(path, *PAIR_KEYS)]
    lengths = [max(len(pair.preferred.ids), len(pair.other.ids)) for pair in pairs]
    _check_lengths(path, lengths, max_tokens)
    if not all(pair.preferred.learnt and pair.other.learnt for pair in pairs) or not pairs:
        raise JobError("no_learnt_tokens", f"{path.name} has no pairs, or an empty answer.")
    return pairs


def _pair(tokenizer: Any, row: Mapping[str, Any], where: str) -> Pair:
    """Return both sides; of the conversation, only the last answer is learnt."""
    try:
        asked = [{**message, "weight": 0} for message in row["input"]["messages"]]
        answers = [[*asked, *row[name]] for name in PAIR_KEYS[1:]]
    except (KeyError, TypeError) as error:
        raise JobError("data_unreadable", f"{where} is no pair: {error!r}") from error
    preferred, other = (_encode(tokenizer, messages, where) for messages in answers)
    return Pair(preferred, other)


def _check_lengths(path: Path, lengths: Sequence[int], max_tokens: int) -> None:
    long = [number for number, length in enumerate(lengths, start=1) if length > max_tokens]
    if long:
        shown = ", ".join(map(str, long[:10]))
        raise JobError(
            "too_long",
            f"{path.name}: {len(long)} have over {max_tokens} tokens (conversations {shown}).",
        )


def _rows(path: Path, *keys: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the place and the content of each line, which has these keys."""
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    row = json.loads(line)
                    yield f"{path.name}, line {number}", {key: row[key] for key in keys}
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
