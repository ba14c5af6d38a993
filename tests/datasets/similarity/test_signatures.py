"""Signatures: which texts count as alike."""

import hashlib
from typing import Any

import pytest

from datasets.similarity.signatures import (
    BANDS,
    HASHES,
    Kind,
    Side,
    kind_of,
    likeness,
    sign,
)

QUESTION = "My parcel 4711 has not arrived although the tracking page says that it was delivered."
ANSWER = "I am sorry. Please ask your neighbours first; we open an inquiry with the carrier today."

DIGEST = -4_564_249_083_806_372_279
HASHES_OF_QUESTION = "341384e6"


def chat(question: str, answer: str = ANSWER, system: str = "Be kind.") -> list[dict[str, Any]]:
    return [
        {"role": "system", "content": system},
        {"role": "user", "content": question},
        {"role": "assistant", "content": answer},
    ]


def compared(question: str, other: str) -> int:
    return likeness(sign(chat(question)).question, sign(chat(other)).question) or 0


@pytest.mark.parametrize(
    ("other", "least", "most"),
    [
        (QUESTION.upper().replace(" ", "  ").replace(".", "!!"), 100, 100),
        (QUESTION.replace("4711", "0815"), 99, 99),
        (QUESTION.replace("arrived", "come"), 60, 98),
        (f"Hello, {QUESTION} Thank you!", 60, 98),
        ("How can I change the address of an order that I placed this morning, please?", 0, 15),
    ],
    ids=["other case and punctuation", "other number", "one word", "greeting", "other question"],
)
def test_likeness_is_the_share_of_what_two_texts_have_in_common(
    other: str, least: int, most: int
) -> None:
    assert least <= compared(QUESTION, other) <= most


def test_short_texts_are_alike_only_if_they_are_equal() -> None:
    assert compared("Where is parcel 1?", "where is PARCEL 1") == 100
    assert compared("Where is parcel 1?", "Where is parcel 2?") == 0


def test_texts_without_spaces_between_words_are_compared() -> None:
    question = "昨日注文した荷物がまだ届いていません。配送状況を確認していただけますか"
    assert compared(question, question.replace("昨日", "先週")) >= 60


def test_the_system_message_does_not_count() -> None:
    assert sign(chat(QUESTION, system="Be kind.")) == sign(chat(QUESTION, system="Be brief."))


@pytest.mark.parametrize("other", ["", ANSWER])
def test_an_answer_that_is_missing_is_like_none_and_contradicts_none(other: str) -> None:
    missing = sign(chat(QUESTION, answer="")).answer
    assert likeness(missing, sign(chat(QUESTION, answer=other)).answer) is None
    assert kind_of(60, None) is Kind.NEAR


def test_a_long_text_is_signed_in_blocks_as_in_one() -> None:
    words = " ".join(
        hashlib.sha256(bytes([n % 256, n // 256])).hexdigest()[:32] for n in range(900)
    )
    long = sign(chat(words)).question
    assert len(long.hashes) == HASHES
    assert (likeness(long, sign(chat(f"{words} and more")).question) or 0) >= 95


def test_signatures_are_the_same_on_every_machine() -> None:
    signature = sign(chat(QUESTION))
    assert len(signature.bands) == 1 + BANDS
    assert signature.question.digest == DIGEST
    assert signature.question.hashes[:4].hex() == HASHES_OF_QUESTION


@pytest.mark.parametrize(
    ("question", "answer", "kind"),
    [
        (60, 60, Kind.NEAR),
        (100, 59, Kind.TWO_ANSWERS),
        (80, 0, Kind.TWO_ANSWERS),
        (79, 59, None),
        (59, 100, None),
    ],
)
def test_the_kind_of_a_pair_follows_from_both_sides(
    question: int, answer: int, kind: Kind | None
) -> None:
    assert kind_of(question, answer) is kind


def test_conversations_without_a_question_have_no_bands() -> None:
    assert sign([{"role": "assistant", "content": ANSWER}]).bands == ()
    assert sign([]).question == Side(0, b"")
