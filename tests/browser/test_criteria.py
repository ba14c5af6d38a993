"""Criteria on the voting page: the same keys answer them, and one request stores all."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from evaluation.runs.criteria import CriterionTerms
from evaluation.voting.models import CriterionVote
from tests.browser.pages import PHONE, violations, watched
from tests.browser.screen import cast_choices, screens

pytestmark = pytest.mark.django_db(transaction=True)
CRITERIA = [
    CriterionTerms("tone", gated=True),
    CriterionTerms(name="Brevity", question="Which one is shorter?"),
]


@pytest.fixture
def world(browser: Browser, live_server: LiveServer) -> Iterator[Any]:
    """Open the page of a reviewer."""
    yield from screens(browser, live_server.url)


def answers() -> list[tuple[str, str]]:
    current = CriterionVote.objects.filter(vote__undone_at=None).order_by("pk")
    return [(vote.criterion.key, str(vote.choice)) for vote in current.select_related("criterion")]


def test_the_voting_keys_answer_each_criterion_and_undo_goes_back(world: Any) -> None:
    screen = world(criteria=CRITERIA)
    page, problems = screen.page, watched(screen.page)
    group = page.locator(".vote-choices")
    screen.key("ArrowLeft")
    expect(group).to_have_accessible_name("Which one has the better tone?")
    expect(page.locator("[data-said]")).to_have_text(
        "Left chosen. 1 of 2. Tone: Which one has the better tone?"
    )
    expect(page.get_by_role("button", name="Pass over")).to_have_attribute("aria-disabled", "true")
    assert violations(page) == []
    screen.key("s")  # A criterion with a gate is not passed over, nor the pair skipped.
    expect(page.locator("#toasts .toast")).to_have_text(re.compile("cannot be passed over"))
    screen.key("ArrowUp")
    expect(page.get_by_text("Which one is shorter?", exact=True)).to_be_visible()
    page.keyboard.press("z")
    expect(group).to_have_accessible_name("Which one has the better tone?")
    screen.key("ArrowRight")
    assert cast_choices() == []
    screen.press("s")
    screen.settle()
    assert (cast_choices(), answers()) == (["left"], [("tone", "right")])
    expect(page.get_by_text("You chose the left one. Why?")).to_be_visible()
    screen.press("z")
    screen.key("ArrowDown")
    expect(page.locator(".vote-choice.is-earlier")).to_have_attribute("value", "right")
    screen.key("ArrowUp")
    with page.expect_request("**/cast/") as sent:
        screen.press("ArrowLeft")
    screen.settle()
    assert "criterion_1=both_good&criterion_2=left" in str(sent.value.post_data)
    assert answers() == [("tone", "both_good"), ("Brevity", "left")]
    assert problems == []


def test_answers_on_criteria_wait_with_their_vote_on_a_phone(world: Any) -> None:
    # A question of several lines there.
    asked = [CRITERIA[0], replace(CRITERIA[1], question=" ".join(["Which one is shorter?"] * 9))]
    screen = world(votes=1, criteria=asked, browser={"viewport": PHONE})
    page = screen.page
    page.context.set_offline(True)
    screen.read()
    page.locator("[data-show-unseen]").click()
    screen.read()
    page.get_by_role("button", name="Both good").click()
    expect(page.get_by_text("Which one has the better tone?", exact=True)).to_be_in_viewport()
    screen.read()
    page.get_by_role("button", name="Left").click()
    question = page.locator(".vote-criterion:not([hidden])")
    assert question.evaluate("it => it.scrollHeight <= it.clientHeight")
    strip = page.locator(".vote-after")
    assert strip.evaluate("it => it.scrollHeight <= it.clientHeight")
    screen.read()
    page.get_by_role("button", name="Pass over").click()
    expect(page.locator("[data-vote]")).to_have_attribute("data-unsent", "1")
    page.context.set_offline(False)
    expect(page.locator("[data-vote]")).to_have_attribute("data-unsent", "0")
    assert (cast_choices(), answers()) == (["both_good"], [("tone", "left")])
