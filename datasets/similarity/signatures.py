"""Signatures of conversations that estimate how alike their texts are. Pure.

The customer's messages and the answers are signed apart: two conversations with the same question
and the same answer are duplicates, with the same question and another answer a contradiction. The
system message does not count.

MinHash: A. Broder (1997), On the resemblance and containment of documents; bands: Leskovec,
Rajaraman, Ullman, Mining of Massive Datasets, chapter 3. docs/duplicates.md has the measurements
behind the numbers below.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from operator import eq
from typing import TYPE_CHECKING, Any, Final

from datasets.conversations.words import words_of

if TYPE_CHECKING:
    from numpy import uint32, uint64
    from numpy.typing import NDArray

    Hashes = NDArray[uint32]
    Wide = NDArray[uint64]

SCHEME: Final = 2
"""Of all numbers below; signatures of another one are made again."""
BANDS, ROWS = 20, 5
HASHES: Final = BANDS * ROWS
SHINGLE: Final = 6
"""Characters of the normal form that are hashed together."""
MIN_WORDS: Final = 8
"""Shorter texts have too few shingles: they are alike only if their normal forms are equal."""
MAX_CHARACTERS: Final = 50_000
BLOCK: Final = 512

ALIKE: Final = 60
"""Percent of equal shingles from which two texts count as alike."""
SAME: Final = 80
"""Percent from which two questions count as the same although their answers differ."""
EQUAL: Final = 100

_NUMBER = re.compile(r"\d+")


class Kind(StrEnum):
    """What two examples with like questions are to each other."""

    NEAR = "near_duplicate"
    TWO_ANSWERS = "two_answers"


@dataclass(frozen=True, slots=True)
class Side:
    """The signature of one side of a conversation.

    Attributes:
        digest: of the normal form, 64 bits with a sign; 0 without any text.
        hashes: one byte of each of the HASHES; empty for a text of fewer than MIN_WORDS words.
    """

    digest: int
    hashes: bytes


@dataclass(frozen=True, slots=True)
class Signature:
    """The signatures of question and answer; texts with a common band may have like questions."""

    question: Side
    answer: Side
    bands: tuple[int, ...]


def sign(messages: Iterable[Mapping[str, Any]]) -> Signature:
    """Return the signature of a conversation in normal form."""
    asked, answered = _texts(messages)
    question, full = _side(asked)
    answer, _ = _side(answered)
    if not question.digest:
        return Signature(question, answer, ())
    return Signature(question, answer, (question.digest, *_bands(full)))


def have_same_texts(
    messages: Iterable[Mapping[str, Any]], others: Iterable[Mapping[str, Any]]
) -> bool:
    """Return whether two conversations have the same texts on both sides, hence one signature."""
    return _texts(messages) == _texts(others)


def likeness(mine: Side, other: Side) -> int | None:
    """Return how alike two texts are, in percent; 100 only for equal normal forms.

    None where a side has no text: an answer that is still missing is like none.
    """
    if not mine.digest or not other.digest:
        return None
    if mine.digest == other.digest:
        return EQUAL
    if not mine.hashes or not other.hashes:
        return 0
    equal: int = sum(map(eq, mine.hashes, other.hashes))
    return min(EQUAL - 1, 100 * equal // HASHES)


def kind_of(question: int, answer: int | None) -> Kind | None:
    """Return what a pair is by the percents of its questions and answers; None for no pair.

    An answer that is not there, or not known, contradicts none.
    """
    if question >= ALIKE and (answer is None or answer >= ALIKE):
        return Kind.NEAR
    return Kind.TWO_ANSWERS if question >= SAME else None


def _texts(messages: Iterable[Mapping[str, Any]]) -> tuple[list[str], list[str]]:
    """Return what the customer says, and the answers."""
    sides: dict[str, list[str]] = {"user": [], "assistant": []}
    for turn in messages:
        if (said := sides.get(turn.get("role", ""))) is not None:
            said.append(_text(turn))
    return sides["user"], sides["assistant"]


def _text(turn: Mapping[str, Any]) -> str:
    """Return what a message says, with the names and arguments of its tool calls."""
    called = [call.get("function") or {} for call in turn.get("tool_calls") or ()]
    calls = [f"{call.get('name', '')} {call.get('arguments', '')}" for call in called]
    parts = (turn.get("content"), turn.get("refusal"), *calls)
    return " ".join(str(part) for part in parts if part)


def _side(texts: list[str]) -> tuple[Side, Hashes | None]:
    words = words_of("\n".join(texts)[:MAX_CHARACTERS])
    if not words:
        return Side(0, b""), None
    normal = " ".join(words)
    digest = _digest(normal)
    if len(words) < MIN_WORDS:
        return Side(digest, b""), None
    # Two questions that differ only in the number of an order are alike.
    full = _minhash(_NUMBER.sub("0", normal))
    return Side(digest, _byte_each(full)), full


def _digest(text: str) -> int:
    found = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(found, "big", signed=True) or 1


@dataclass(frozen=True)
class _Coefficients:
    """Odd numbers: factors of a shingle's characters, of the hashes, and of a band's rows."""

    places: Hashes
    factors: Hashes
    terms: Hashes
    rows: Wide


@lru_cache(maxsize=1)
def _coefficients() -> _Coefficients:
    # Short commands load this module and sign nothing.
    import numpy as np  # noqa: PLC0415

    digest = hashlib.shake_256(b"similarity").digest(4 * (SHINGLE + 2 * HASHES) + 8 * ROWS)
    odd = np.frombuffer(digest[: -8 * ROWS], "<u4").astype(np.uint32) | np.uint32(1)
    rows = np.frombuffer(digest[-8 * ROWS :], "<u8").astype(np.uint64) | np.uint64(1)
    hashes = odd[SHINGLE:].reshape(2, HASHES, 1)
    return _Coefficients(odd[:SHINGLE], hashes[0], hashes[1], rows)


def _minhash(text: str) -> Hashes:
    """Return the smallest values of HASHES hash functions over the shingles of a text."""
    import numpy as np  # noqa: PLC0415

    known = _coefficients()
    letters = np.frombuffer(text.encode("utf-32-le"), "<u4").astype(np.uint32)
    count = max(1, len(letters) - SHINGLE + 1)
    shingles = np.zeros(count, np.uint32)
    for at, factor in enumerate(known.places):
        part = letters[at : at + count]
        shingles[: len(part)] += part * factor
    shingles = _mixed(shingles)
    smallest = np.full(HASHES, np.iinfo(np.uint32).max, np.uint32)
    for begin in range(0, count, BLOCK):
        values = shingles[begin : begin + BLOCK] ^ known.terms
        values *= known.factors
        np.minimum(smallest, values.min(axis=1), out=smallest)
    return smallest


def _mixed(values: Hashes) -> Hashes:
    """Return 32-bit values with their bits mixed (the finalizer of MurmurHash3, A. Appleby)."""
    import numpy as np  # noqa: PLC0415

    values = (values ^ (values >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    values = (values ^ (values >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return values ^ (values >> np.uint32(16))


def _byte_each(full: Hashes) -> bytes:
    """Return one byte of each hash; its lower bits, as the upper ones of small values are zero."""
    import numpy as np  # noqa: PLC0415

    return ((full * np.uint32(0x9E3779B1)) >> np.uint32(24)).astype(np.uint8).tobytes()


def _bands(full: Hashes | None) -> list[int]:
    """Return one value for each band, with a sign; equal ones mean ROWS equal hashes."""
    if full is None:
        return []
    import numpy as np  # noqa: PLC0415

    rows = full.reshape(BANDS, ROWS).astype(np.uint64)
    value = (rows * _coefficients().rows).sum(axis=1, dtype=np.uint64)
    # Equal hashes of two bands mean nothing.
    value += np.arange(1, BANDS + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
    found: list[int] = (value ^ (value >> np.uint64(32))).view(np.int64).tolist()
    return found
