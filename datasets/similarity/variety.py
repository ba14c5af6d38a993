"""How varied texts are: the effective number of different ones among hashed words. Pure.

The Vendi score (Friedman and Dieng 2023, Transactions on Machine Learning Research) is the
exponential of the entropy of the eigenvalues of the texts' likeness matrix: 1 for equal texts,
n for n texts that have nothing in common. With vectors of length 1 the eigenvalues of that matrix
are those of the much smaller product of the vectors. The number itself depends on the vectors, so
only the ratio of two sets of the same size means anything (docs/coverage.md).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float64]

DIMENSIONS: Final = 256
SAMPLE: Final = 1000
"""So many texts of each set are read at most."""
MIN_TEXTS: Final = 30
"""Of fewer texts nothing is said."""
HALVES: Final = 16
WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Diversity:
    """How varied one set of texts is, as a share of another.

    Attributes:
        ratio: of the effective numbers of two samples of the same size.
        error: standard error of the ratio, from half samples.
        n: texts in each sample.
    """

    ratio: float
    error: float
    n: int


def vectors_of(texts: Sequence[str]) -> Vectors:
    """Return a vector of length 1 for each text: its words and pairs of words, hashed."""
    # Importing it takes a tenth of a second, which only few requests need.
    import numpy as np  # noqa: PLC0415

    vectors = np.zeros((len(texts), DIMENSIONS))
    for row, text in enumerate(texts):
        for feature in _features(text):
            digest = zlib.crc32(feature.encode())
            vectors[row, digest % DIMENSIONS] += 1.0 if digest & 0x80000000 else -1.0
    # A word that is said ten times counts about three times.
    vectors = np.sign(vectors) * np.sqrt(np.abs(vectors))
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = vectors / np.maximum(lengths, 1e-9)
    return scaled


def _features(text: str) -> Iterator[str]:
    words = WORD.findall(text.casefold())
    yield from words
    yield from map(" ".join, pairwise(words))


def effective_number(vectors: Vectors) -> float:
    """Return the Vendi score of vectors of length 1."""
    import numpy as np  # noqa: PLC0415

    weights = np.linalg.eigvalsh(vectors.T @ vectors / len(vectors))
    weights = weights[weights > 1e-12]  # noqa: PLR2004 - rounding errors of zero
    return float(np.exp(-(weights * np.log(weights)).sum()))


def diversity(texts: Sequence[str], others: Sequence[str]) -> Diversity | None:
    """Return how varied texts are, measured by others; None if there are too few of either.

    Both are samples in random order, of which the first are taken until both have the same size.
    """
    n = min(len(texts), len(others), SAMPLE)
    if n < MIN_TEXTS:
        return None
    import numpy as np  # noqa: PLC0415

    mine, theirs = vectors_of(texts[:n]), vectors_of(others[:n])
    # The deviation of half samples is the error of whole ones.
    generator = np.random.default_rng(n)
    halves = (generator.permutation(n)[: n // 2] for _ in range(HALVES))
    ratios = [effective_number(mine[half]) / effective_number(theirs[half]) for half in halves]
    ratio = effective_number(mine) / effective_number(theirs)
    return Diversity(ratio, float(np.std(ratios, ddof=1)), n)


def nearness(texts: Sequence[str], others: Sequence[str]) -> list[float]:
    """Return for each text how like the likest of the others it is, from 0 to 1; 0 without any."""
    if not texts or not others:
        return [0.0] * len(texts)
    likeness = vectors_of(texts) @ vectors_of(others).T
    return [float(value) for value in likeness.max(axis=1)]
