"""Passages over edits, and mentions in texts; both pure."""

import pytest

from datasets.comments.anchors import Place, find_passage, moved, quoted
from datasets.comments.bodies import body_pieces, stored_body, typed_body

BEFORE = [
    {"role": "system", "content": "You answer customers."},
    {"role": "user", "content": "Where is my parcel? It is late. Where is my refund?"},
    {"role": "assistant", "content": "It arrives in seven working days."},
]


def place_of(quote: str, index: int, near: int = 0) -> Place:
    start = find_passage(str(BEFORE[index]["content"]), quote, near)
    assert start is not None
    return Place(index, start, start + len(quote))


def edited(index: int, text: str) -> list[dict[str, str]]:
    return [{**turn, "content": text} if at == index else turn for at, turn in enumerate(BEFORE)]


@pytest.mark.parametrize(
    ("quote", "text", "found"),
    [
        ("seven working days", "Sorry! It arrives in seven working days.", 21),
        ("seven working days", "It comes in seven working days, promised.", 12),
        ("seven working days", "It arrives in 7 working days.", None),
        # A word elsewhere is not the marked one.
        ("It", "Days pass, and seven working days later It is there. It is.", None),
    ],
)
def test_a_passage_moves_with_its_words_and_is_gone_when_they_change(
    quote: str, text: str, found: int | None
) -> None:
    after = edited(2, text)
    place = moved(BEFORE, after, place_of(quote, 2))
    assert (place.message_index, place.start) == (2, found)
    if found is not None:
        assert quoted(after, place) == quote


def test_of_the_same_words_the_nearest_to_the_selection_is_marked() -> None:
    assert place_of("Where is my", 1, near=40).start == 32
    assert place_of("Where is my", 1, near=3).start == 0
    after = edited(1, "Hello! Where is my parcel? It is late. Where is my refund?")
    assert moved(BEFORE, after, place_of("Where is my", 1, near=40)).start == 39


def test_a_mark_follows_its_message_when_others_are_added_edited_or_removed() -> None:
    mark = place_of("seven", 2)
    extra = {"role": "user", "content": "And one more thing."}
    added = [BEFORE[0], extra, {**BEFORE[1], "content": "Where is it?"}, BEFORE[2]]
    assert moved(BEFORE, added, mark).message_index == 3
    assert moved(BEFORE, [BEFORE[2], BEFORE[0]], mark).message_index == 0
    assert moved(BEFORE, BEFORE[:2], mark) == Place()
    other = [*BEFORE[:2], {"role": "assistant", "content": "¿Qué?"}]
    assert moved(BEFORE, other, mark) == Place()
    assert moved(BEFORE, added, Place()) == Place()


def test_mentions_are_stored_by_id_and_shown_by_the_present_name() -> None:
    people = {"Ana": 1, "Ana Maria": 2, "ana@example.com": 1}
    text = "@ana maria, ask @Ana, not x@Ana or @Anabel; @ana@example.com too. @[2]"
    body, ids = stored_body(text, people)
    assert body == "@[2], ask @[1], not x@Ana or @Anabel; @[1] too. @[2]"
    assert ids == {1, 2}
    assert typed_body(body, {1: "Anna", 2: "AM"}).startswith("@AM, ask @Anna, not")
    pieces = body_pieces("Hi @[1] @[9]", {1: "Anna"}, own_id=1)
    assert [(piece.text, piece.is_own) for piece in pieces] == [
        ("Hi ", False),
        ("@Anna", True),
        (" @[9]", False),
    ]
