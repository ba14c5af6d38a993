"""Asks the demo's models every held-out prompt and writes their answers."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from tqdm import tqdm

from evaluation.demo.rows import Row, write_rows
from evaluation.demo.serving import LocalServer, Sampling

logger = logging.getLogger(__name__)

Answers = Mapping[str, Row]


def ask_all(
    server: LocalServer, prompts: Sequence[Row], *, adapter: int | None, how: Sampling, name: str
) -> Answers:
    """Return the answers of one model by the id of their prompt; `name` is for the progress bar."""
    return {
        prompt["id"]: server.answer(prompt["messages"], adapter, how)
        for prompt in tqdm(prompts, unit="prompt", desc=name)
    }


def write_answers(
    path: Path, prompts: Sequence[Row], *, baseline: Answers, candidate: Answers
) -> None:
    """Write a file of answers in the public format: two answers to each prompt, in prompt order."""
    write_rows(
        path,
        (
            {
                "id": prompt["id"],
                "intent": prompt["intent"],
                "messages": prompt["messages"],
                "baseline": baseline[prompt["id"]],
                "candidate": candidate[prompt["id"]],
            }
            for prompt in prompts
        ),
    )
    logger.info("Wrote %s answers to %s prompts: %s", 2 * len(prompts), len(prompts), path.name)
