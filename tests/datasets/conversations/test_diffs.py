"""Word diffs and the alignment of messages."""

from hypothesis import given
from hypothesis import strategies as st

from datasets.conversations.diffs import Change, Pair, Piece, align, word_diff

TEXTS = st.text(alphabet="ab c.\n", max_size=40)


def test_a_replaced_word_is_removed_then_added() -> None:
    assert word_diff("You have 30 days.", "You have 14 days.") == [
        Piece(Change.SAME, "You have "),
        Piece(Change.REMOVED, "30"),
        Piece(Change.ADDED, "14"),
        Piece(Change.SAME, " days."),
    ]


def test_neighbouring_words_change_together() -> None:
    assert word_diff("one two end", "three four end") == [
        Piece(Change.REMOVED, "one two"),
        Piece(Change.ADDED, "three four"),
        Piece(Change.SAME, " end"),
    ]


def test_equal_texts_are_one_piece_and_empty_ones_none() -> None:
    assert word_diff("Same text", "Same text") == [Piece(Change.SAME, "Same text")]
    assert word_diff("", "") == []


@given(TEXTS, TEXTS)
def test_the_pieces_give_both_texts_back(before: str, after: str) -> None:
    pieces = word_diff(before, after)
    assert "".join(piece.text for piece in pieces if piece.change != Change.ADDED) == before
    assert "".join(piece.text for piece in pieces if piece.change != Change.REMOVED) == after


def test_messages_are_aligned_by_what_stayed() -> None:
    pairs = align(["s", "q", "a"], ["s", "new", "q", "b"], key=str)
    assert pairs == [Pair(0, 0), Pair(None, 1), Pair(1, 2), Pair(2, 3)]


@given(st.lists(st.sampled_from("abc"), max_size=8), st.lists(st.sampled_from("abc"), max_size=8))
def test_every_message_of_both_sides_appears_once_in_order(
    before: list[str], after: list[str]
) -> None:
    pairs = align(before, after, key=str)
    assert [pair.before for pair in pairs if pair.before is not None] == [*range(len(before))]
    assert [pair.after for pair in pairs if pair.after is not None] == [*range(len(after))]
