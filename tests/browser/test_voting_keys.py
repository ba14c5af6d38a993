"""Keys of the voting page: each does one thing, and none does it by accident."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from datasets.curation.models import Policy
from evaluation.voting.models import Lease
from tests.browser.pages import watched
from tests.browser.screen import cast_choices, counter, screens

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(browser: Browser, live_server: LiveServer) -> Iterator[Any]:
    """Open the page of a reviewer."""
    yield from screens(browser, live_server.url)


def test_each_key_stores_its_choice_and_the_next_is_there_at_once(world: Any) -> None:
    screen = world()
    problems = watched(screen.page)
    for key in ("ArrowLeft", "ArrowUp", "ArrowDown", "ArrowRight"):
        screen.press(key)
    expect(screen.page.locator("[data-done]")).to_have_text(counter(4, 4))
    screen.settle()
    assert cast_choices() == ["left", "both_good", "both_bad", "right"]
    assert problems == []


def test_keys_that_come_too_soon_or_are_held_choose_nothing(world: Any) -> None:
    screen = world()
    page, keyboard = screen.page, screen.page.keyboard
    page.clock.pause_at(datetime.now(tz=UTC) + timedelta(minutes=1))
    keyboard.press("ArrowLeft")
    unread = screen.shown
    for key in ("ArrowLeft", "ArrowLeft", "s"):
        keyboard.press(key)
    expect(page.locator("#toasts .toast")).to_have_text(re.compile("^Not counted"))
    screen.read()
    keyboard.down("ArrowRight")
    held = screen.shown
    screen.read()
    keyboard.down("ArrowRight")  # As a held key repeats.
    keyboard.press("ArrowUp")
    page.locator(".vote-choice[value=left]").click()
    assert (unread != held, screen.shown) == (True, held)
    keyboard.up("ArrowRight")
    keyboard.press("ArrowDown")
    page.clock.resume()
    screen.settle()
    assert cast_choices() == ["left", "right", "both_bad"]


def test_enter_that_is_held_on_a_button_chooses_once(world: Any) -> None:
    screen = world()
    screen.page.locator(".vote-choice[value=left]").focus()
    screen.read()
    for _ in range(3):
        screen.page.keyboard.down("Enter")
        screen.read()
    screen.settle()
    assert cast_choices() == ["left"]


def test_the_list_of_keys_has_every_key_of_the_page(world: Any) -> None:
    screen = world()
    page = screen.page
    for not_now in (set("123456789WZPLR"), set("PLR")):
        page.keyboard.press("?")
        names = page.locator("[data-key-list] dt").all_inner_texts()
        meanings = page.locator("[data-key-list] dd").all_inner_texts()
        listed = dict(zip(names, meanings, strict=True))
        assert {*"123456789WZJKDSPBLR?←→↑↓"} == {name[0] for name in names}
        assert {name for name in names if listed[name].endswith("not now")} == not_now
        page.keyboard.press("Escape")
        screen.press("ArrowLeft")
    assert (listed["1"], listed["5"]) == ("Reason: Correct", "Reason: Wrong")


def test_keys_do_nothing_under_modifiers(world: Any) -> None:
    screen = world()
    for chord in ("Control+ArrowLeft", "Alt+ArrowUp", "Meta+ArrowDown", "Control+s"):
        screen.page.keyboard.press(chord)
    screen.settle()
    assert cast_choices() == []


def test_arrows_always_vote_and_reading_keys_never_do(world: Any) -> None:
    screen = world()
    page = screen.page
    page.locator("[data-stage] .prose").evaluate_all(
        "all => all.forEach((one) => { one.style.minHeight = '3000px'; })"
    )
    panes = [page.locator(f"[data-stage] .{name}") for name in ("pane-left", "pane-right")]
    prompt = page.locator("[data-stage] .vote-prompt")
    for key in ("j", "PageDown", " "):
        for part in (prompt, *panes):
            part.evaluate("part => { part.scrollTop = 0; }")
        prompt.evaluate("part => { part.scrollTop = part.scrollHeight; }")
        page.keyboard.press(key)
        for pane in panes:
            expect(pane).not_to_have_js_property("scrollTop", 0)
    page.keyboard.press("k")
    for pane in panes:
        expect(pane).to_have_js_property("scrollTop", 0)
    assert cast_choices() == []
    panes[0].focus()
    screen.press("ArrowDown")
    screen.settle()
    assert cast_choices() == ["both_bad"]


def test_enter_on_the_switch_decides_nothing(world: Any) -> None:
    screen = world()
    shown = screen.shown
    screen.page.get_by_label("Mark differences").focus()
    screen.page.keyboard.press("Enter")
    screen.press("ArrowRight")
    screen.settle()
    assert cast_choices() == ["right"]
    assert str(Lease.objects.get(state="voted").public_id) == shown


def test_the_policy_is_one_key_away(world: Any) -> None:
    screen = world(policies=["refund-window"])
    Policy.objects.create(
        project=screen.run.project, slug="refund-window", title="Refund window", body="60 *days*"
    )
    screen.open()
    screen.page.keyboard.press("p")
    expect(screen.page.get_by_role("heading", name="Refund window")).to_be_visible()
    screen.page.keyboard.press("Escape")
    screen.press("ArrowLeft")
