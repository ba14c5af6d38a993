"""Recall and precision of near-duplicates: copies planted among real and our own questions."""

import csv
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasets.similarity.lookup import MAX_IN_BAND
from datasets.similarity.signatures import ALIKE, MIN_WORDS, Signature, likeness, sign
from tests.reference import reference_file

PLANTED, OWN_PLANTED = 300, 100
SHIPPED = Path(__file__).resolve().parents[3] / "evaluation" / "demo" / "examples.jsonl"
EVERY = 2
"""Of the bank questions every second one is read: fast, and as good a sample."""


@dataclass(frozen=True)
class Question:
    """A question and what it is about; a planted copy has the number of its original."""

    text: str
    intent: str
    original: int | None = None


@dataclass(frozen=True)
class Measured:
    """Shares: of planted copies that were found, and of found pairs that ask the same."""

    recall: float
    precision: float


def planted(questions: Sequence[Question], count: int) -> list[Question]:
    """Return copies with a word in ten changed, dropped or added, or a letter, or a greeting."""
    draw = random.Random(11)  # noqa: S311 - made-up texts, no secret.
    texts = [question.text.split() for question in questions]
    long = [at for at, words in enumerate(texts) if len(words) >= MIN_WORDS]
    vocabulary = [word for at in long for word in texts[at]]
    copies = []
    for at in draw.sample(long, count):
        own = [*texts[at]]
        for _ in range(max(1, len(own) // 10)):
            place, kind = draw.randrange(len(own)), draw.randrange(4)
            if kind == 0:
                own[place] = draw.choice(vocabulary)
            elif kind == 1 and len(own) > MIN_WORDS:
                own.pop(place)
            elif kind == 2:
                own.insert(place, draw.choice(vocabulary))
            else:
                own[place] = own[place][:-1] + draw.choice("aeiou")
        if draw.random() < 1 / 3:
            own = ["Hello,", *own] if draw.random() < 1 / 2 else [*own, "Thanks!"]
        copies.append(Question(" ".join(own), questions[at].intent, at))
    return copies


def pairs_of(signatures: Sequence[Signature]) -> set[tuple[int, int]]:
    """Return the pairs of like questions, found as the database finds them."""
    bands: dict[int, list[int]] = {}
    found = set()
    for at, signature in enumerate(signatures):
        for band in signature.bands:
            members = bands.setdefault(band, [])
            found |= {(earlier, at) for earlier in members[:MAX_IN_BAND]}
            members.append(at)
    return {
        (first, second)
        for first, second in found
        if (likeness(signatures[first].question, signatures[second].question) or 0) >= ALIKE
    }


def measured(questions: Sequence[Question], count: int) -> Measured:
    """Plant copies, look for pairs, and compare with what was planted and with the intents."""
    everything = [*questions, *planted(questions, count)]
    signatures = [sign(asked(question.text)) for question in everything]
    found = pairs_of(signatures)
    true = {
        (question.original, at)
        for at, question in enumerate(everything)
        if question.original is not None
    }
    same = sum(everything[first].intent == everything[second].intent for first, second in found)
    return Measured(len(found & true) / len(true), same / len(found))


def asked(question: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": question}]


def test_planted_copies_are_found_among_real_bank_questions() -> None:
    with reference_file("banking77/test.csv").open(encoding="utf-8", newline="") as file:
        rows = [Question(row["text"], row["category"]) for row in csv.DictReader(file)]
    found = measured(rows[::EVERY], PLANTED)
    assert found.recall >= 0.85, found
    assert found.precision >= 0.9, found


def test_planted_copies_are_found_among_our_own_questions() -> None:
    rows = [json.loads(line) for line in SHIPPED.read_text(encoding="utf-8").splitlines()]
    turns = [next(turn for turn in row["messages"] if turn["role"] == "user") for row in rows]
    found = measured([Question(turn["content"], turn["content"]) for turn in turns], OWN_PLANTED)
    assert found.recall >= 0.85, found
    assert found.precision == 1, found
