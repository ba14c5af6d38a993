"""Two answers side by side: what only one of them says is marked, and nothing else changes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.voting.rendering import RenderedAnswers, render_answers, render_prompt
from reviewapp.core.markdown import render_markdown

PARTS = st.sampled_from(
    ["one", "two", "3.", "*so*", "**bold", "end**", "`x y`", "<b>", '"&', "[a](http://b.example)"]
)
GAPS = st.sampled_from([" ", "  ", "\n", "\n\n", "\n- ", ""])
TEXTS = st.lists(st.tuples(PARTS, GAPS), max_size=15).map(
    lambda pairs: "".join(part + gap for part, gap in pairs)
)


def test_words_that_only_one_answer_has_are_marked_with_their_neighbours() -> None:
    found = render_answers("You get your money back.", "You get a full refund back.")
    assert found == RenderedAnswers(
        left="<p>You get <mark>your money</mark> back.</p>\n",
        right="<p>You get <mark>a full refund</mark> back.</p>\n",
    )


def test_a_mark_ends_at_a_tag_and_goes_on_behind_it() -> None:
    found = render_answers("Please *do not* wait", "Please")
    assert found.left == ("<p>Please <em><mark>do not</mark></em> <mark>wait</mark></p>\n")


def test_answers_that_say_the_same_have_no_marks() -> None:
    found = render_answers("It is **free**.", "It is **free**.")
    assert found.left == found.right == "<p>It is <strong>free</strong>.</p>\n"


@given(left=TEXTS, right=TEXTS)
def test_marks_are_all_that_is_added(left: str, right: str) -> None:
    found = render_answers(left, right)
    assert _unmarked(found.left) == render_markdown(left)
    assert _unmarked(found.right) == render_markdown(right)


@given(left=TEXTS, right=TEXTS)
def test_what_is_not_marked_stands_in_both_in_the_same_order(left: str, right: str) -> None:
    found = render_answers(left, right)
    assert _shared_words(found.left) == _shared_words(found.right)


@given(left=TEXTS, right=TEXTS)
def test_marks_do_not_depend_on_the_side(left: str, right: str) -> None:
    found, turned = render_answers(left, right), render_answers(right, left)
    assert found == RenderedAnswers(turned.right, turned.left)


@given(left=TEXTS, right=TEXTS)
def test_no_mark_holds_a_tag_or_begins_or_ends_with_a_space(left: str, right: str) -> None:
    found = render_answers(left, right)
    for marked in re.findall("<mark>(.*?)</mark>", found.left + found.right, re.DOTALL):
        assert "<" not in marked
        assert marked == marked.strip() != ""


@pytest.mark.parametrize(
    "calls", [1, True, "x", [5], {"a": 1}, [{"function": None}], [{"function": 5}], [None], []]
)
def test_calls_that_are_none_keep_nothing_from_being_shown(calls: object) -> None:
    messages: list[dict[str, object]] = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "user", "content": [{"text": "And"}, 5, {"text": "now?"}]},
    ]
    shown = render_prompt(messages)
    assert "Hi" in shown.earlier[0].html
    assert "now?" in shown.asked[0].html


def _unmarked(html: str) -> str:
    return html.replace("<mark>", "").replace("</mark>", "")


def _shared_words(html: str) -> list[str]:
    unmarked = re.sub("<mark>.*?</mark>", " ", html, flags=re.DOTALL)
    return re.sub('<(?:[^>"]|"[^"]*")*>', " ", unmarked).split()
