"""How varied texts are, as a share of others."""

import pytest

from datasets.similarity.variety import diversity, effective_number, nearness, vectors_of

WORDS = (
    *("account", "bridge", "colour", "garden", "hotel", "invoice"),
    *("lamp", "parcel", "refund", "sofa", "voucher", "winter"),
)
MIXED = [
    f"{first} {second} {third}"
    for first in WORDS
    for second in WORDS
    for third in WORDS
    if first < second < third
]


def test_equal_texts_count_as_one() -> None:
    assert effective_number(vectors_of(["Where is it?"] * 50)) == pytest.approx(1)


def test_the_same_set_is_as_varied_as_itself() -> None:
    found = diversity(MIXED, MIXED)
    assert found is not None
    assert found.ratio == pytest.approx(1)
    assert found.n == 220
    assert found.error < 0.05


def test_questions_of_one_wording_are_less_varied() -> None:
    alike = [f"Where is my {word} from the {other} shop?" for word in WORDS for other in WORDS]
    found = diversity(alike, MIXED[::-1])
    assert found is not None
    assert found.ratio + 3 * found.error < 1
    assert found == diversity(alike, MIXED[::-1])


def test_of_few_texts_nothing_is_said() -> None:
    assert diversity(MIXED[:29], MIXED) is None


def test_the_likest_other_text_counts() -> None:
    near, far = nearness(["Money back, please", "Wo ist es?"], ["Money back now", "Hello"])
    assert near > 0.3 > far
    assert nearness(["Hello"], []) == [0.0]
