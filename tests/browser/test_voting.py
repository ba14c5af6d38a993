"""The voting screen in a browser: undo, reasons, a phone, axe."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from evaluation.voting.models import Lease, Vote
from tests.browser.pages import PHONE, signed_in, violations
from tests.browser.screen import cast_choices, counter, screens
from tests.factories.gold import make_gold_run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(browser: Browser, live_server: LiveServer) -> Iterator[Any]:
    """Open the page of a reviewer."""
    yield from screens(browser, live_server.url)


@pytest.mark.parametrize("key", ["s", "b"])
def test_a_skip_and_a_report_say_what_happened(world: Any, key: str) -> None:
    screen = world()
    page, first = screen.page, screen.shown
    screen.press("ArrowLeft")
    second = screen.shown
    if key == "b":
        page.keyboard.press("b")
        page.get_by_label("Note").fill("Cut off")
        page.keyboard.press("Control+Enter")
    else:
        screen.key("s")
    said = re.compile({"s": "^Skipped.*Undo", "b": "^Reported.*a lead can put it back"}[key])
    expect(page.locator("[data-done-last]")).to_be_visible()
    for name in ("[data-done-last]", "[data-said]"):
        expect(page.locator(name)).to_have_text(said)
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_have_attribute("aria-disabled", str(key == "b").lower())
    screen.settle()
    assert screen.shown not in {first, second}


def test_z_brings_the_last_comparison_back_with_its_sides(world: Any) -> None:
    screen = world()
    left = screen.page.locator(".pane-left .prose").inner_html()
    screen.press("ArrowLeft")
    screen.settle()
    screen.press("z")
    expect(screen.page.locator(".pane-left .prose")).to_have_js_property("innerHTML", left)
    expect(screen.page.locator("[data-done]")).to_have_text(counter(0, 8))
    screen.press("ArrowRight")
    screen.settle()
    assert cast_choices() == ["right"]


def test_a_final_vote_says_so_when_it_is_to_be_undone(world: Any) -> None:
    screen = world(votes=1)
    undo = screen.page.get_by_role("button", name="Undo")
    expect(undo).to_have_attribute("aria-disabled", "true")
    screen.press("ArrowLeft")
    screen.settle()
    expect(undo).to_have_accessible_description(re.compile("Undoes your last vote or skip"))
    expect(undo).to_have_attribute("aria-disabled", "false")
    screen.page.keyboard.press("z")
    toast = screen.page.locator("#toasts .toast")
    expect(toast).to_contain_text("can no longer be undone")
    expect(undo).to_have_attribute("aria-disabled", "true")
    box, button = toast.bounding_box(), undo.bounding_box()
    assert box is not None
    assert button is not None
    assert box["y"] + box["height"] < button["y"], "a message must not cover Undo"
    line = screen.page.get_by_label("In your own words (optional)")
    line.fill("Kinder")
    line.press("Enter")
    screen.press("ArrowRight")
    screen.settle()
    assert Vote.objects.get(choice="left").rationale == "Kinder"


def test_a_vote_that_filled_its_example_is_undone_with_its_choice_and_reasons(
    world: Any, settings: Any
) -> None:
    settings.VOTE_UNDO_SECONDS = 60
    screen = world(votes=1)
    page = screen.page
    screen.press("ArrowLeft")
    with page.expect_response("**/reasons/"):
        page.keyboard.press("1")
    screen.settle()
    screen.open()  # The page offers it after a reload too.
    expect(page.get_by_text("Your vote is stored. Why?")).to_be_visible()
    screen.press("z")
    expect(page.get_by_text("You had chosen the left one. Choose again.")).to_be_visible()
    expect(page.locator("[data-earlier-reasons]")).to_have_text("Correct")
    expect(page.locator(".vote-choice.is-earlier")).to_have_attribute("value", "left")
    screen.press("ArrowLeft")
    screen.settle()
    expect(page.locator(".is-earlier")).to_have_count(0)
    assert [vote.reasons for vote in Vote.objects.filter(undone_at=None)] == [{"left": ["correct"]}]


def test_undo_goes_away_with_the_time_to_undo(world: Any, settings: Any) -> None:
    settings.VOTE_UNDO_SECONDS = settings.VOTE_LEASE_SECONDS = 1
    screen = world(votes=1)
    screen.press("ArrowLeft")
    expect(screen.page.get_by_role("button", name="Undo")).to_have_attribute(
        "aria-disabled", "true"
    )
    screen.page.keyboard.press("z")
    expect(screen.page.locator("#toasts .toast")).to_contain_text("can no longer be undone")
    assert cast_choices() == ["left"]


def test_a_skip_is_undone(world: Any) -> None:
    screen = world()
    prompt = screen.page.locator("[data-stage] .vote-prompt").inner_text()
    screen.press("s")
    screen.settle()
    screen.press("z")
    assert screen.page.locator("[data-stage] .vote-prompt").inner_text() == prompt
    assert not Lease.objects.filter(state="skipped").exists()


def test_the_counter_never_goes_backwards_while_votes_are_on_their_way(world: Any) -> None:
    screen = world(examples=24)
    stale = {"done": 17, "total": 24, "minutes": 1}
    screen.page.route("**/progress/", lambda route: route.fulfill(json=stale))
    screen.watch_shown()
    with screen.page.expect_response("**/progress/"):
        for _ in range(20):
            screen.press("ArrowLeft")
    screen.press("ArrowLeft")
    screen.settle()
    counted = screen.counted_since
    assert counted == sorted(counted)
    expect(screen.page.locator("[data-done]")).to_have_text(counter(21, 3))


def test_reasons_belong_to_the_vote_before_and_keys_are_dead_while_typing(world: Any) -> None:
    screen = world()
    screen.press("ArrowLeft")
    for key in ("1", "6", "9"):
        screen.page.keyboard.press(key)
    words = screen.page.get_by_label("In your own words (optional)")
    words.fill("")
    words.press_sequentially("sssb z1")
    screen.settle()
    words.blur()
    screen.press("ArrowUp")
    screen.settle()
    vote = Vote.objects.get(choice="left")
    assert vote.reasons == {"left": ["correct"], "right": ["against_policy"]}
    assert (vote.rationale, vote.recognised) == ("sssb z1", True)
    assert cast_choices() == ["left", "both_good"]
    assert Vote.objects.get(choice="both_good").reasons == {}
    expect(screen.page.get_by_text("You chose both good. Why?")).to_be_visible()


def test_a_key_means_the_same_reason_after_every_choice(world: Any) -> None:
    screen = world()
    for arrow, keys in (("ArrowRight", "17"), ("ArrowUp", "25"), ("ArrowDown", "157")):
        screen.press(arrow)
        for key in keys:
            screen.page.keyboard.press(key)
    screen.press("ArrowUp")
    screen.page.locator("[data-side=left] [value=complete]").locator("..").click()
    for key in "44":  # Ticks both, then neither.
        screen.page.keyboard.press(key)
    screen.settle()
    screen.press("s")
    screen.settle()
    given = Vote.objects.order_by("pk").values_list("reasons", flat=True)
    assert list(given) == [
        {"left": ["bad_tone"], "right": ["correct"]},
        {"left": ["follows_policy"], "right": ["follows_policy"]},
        {"left": ["bad_tone", "wrong"], "right": ["bad_tone", "wrong"]},
        {},
    ]


def test_a_broken_example_is_reported_with_a_note(world: Any) -> None:
    screen = world()
    shown = screen.shown
    screen.page.keyboard.press("b")
    note = screen.page.get_by_label("Note")
    expect(note).to_be_focused()
    note.fill("The question is cut off")
    screen.page.get_by_role("button", name="Report").click()
    expect(screen.page.locator(f"[data-stage] [data-id='{shown}']")).to_have_count(0)
    screen.settle()
    expect(screen.page.locator("[data-done]")).to_have_text(counter(0, 7))
    lease = Lease.objects.get(state="broken")
    assert (str(lease.public_id), lease.note) == (shown, "The question is cut off")


def test_what_is_skipped_comes_again_at_the_end(world: Any) -> None:
    screen = world(examples=3)
    prompts = []
    for key in ("s", "ArrowLeft", "ArrowLeft"):
        prompts.append(screen.page.locator(".vote-prompt .prose").last.inner_text())
        screen.press(key)
        screen.settle()
    assert screen.page.locator(".vote-prompt .prose").last.inner_text() == prompts[0]


def test_enter_keeps_the_reasons_and_gives_the_keys_back(world: Any) -> None:
    screen = world()
    screen.press("ArrowLeft")
    line = screen.page.get_by_label("In your own words (optional)")
    line.fill("Kinder")
    line.press("Enter")
    expect(line).not_to_be_focused()
    screen.press("ArrowRight")
    screen.settle()
    assert cast_choices() == ["left", "right"]
    assert Vote.objects.get(choice="left").rationale == "Kinder"


def test_the_reasons_stand_beside_their_pair_and_move_nothing(world: Any) -> None:
    screen = world()
    page = screen.page
    place = page.locator(".panes").bounding_box()
    texts = [page.locator(f".pane-{side} .prose").inner_text() for side in ("left", "right")]
    screen.press("ArrowLeft")
    assert page.locator("[data-answer]").all_inner_texts() == texts
    assert page.locator(".panes").bounding_box() == place
    left, right = (page.locator(f".vote-choice[value={side}]") for side in ("left", "right"))
    for button, side in ((left, "left"), (right, "right")):
        box, pane = button.bounding_box(), page.locator(f".pane-{side}").bounding_box()
        assert box is not None
        assert pane is not None
        assert pane["x"] <= box["x"]
        assert box["x"] + box["width"] <= pane["x"] + pane["width"] + 1


def test_after_the_last_vote_the_page_says_what_was_done(world: Any) -> None:
    screen = world(examples=2, votes=1)
    screen.press("ArrowLeft")
    screen.key("ArrowRight")
    expect(screen.page.get_by_role("link", name="Go on")).to_be_focused()
    expect(screen.page.locator("[data-done]")).to_have_text(counter(2, 0))
    expect(screen.page.locator("[data-minutes]")).to_have_text("")
    expect(screen.page.locator("[data-said]")).to_have_text("That was the last one for now.")
    screen.page.get_by_label("In your own words (optional)").fill("Kinder")
    screen.page.get_by_role("link", name="Go on").click()
    expect(screen.page.get_by_role("heading", name="All done, thank you")).to_be_visible()
    assert cast_choices() == ["left", "right"]
    assert Vote.objects.get(choice="right").rationale == "Kinder"


def test_the_last_vote_can_be_taken_back(world: Any) -> None:
    screen = world(examples=1)
    screen.press("ArrowLeft")
    expect(screen.page.get_by_role("link", name="Go on")).to_be_visible()
    screen.page.keyboard.press("z")
    expect(screen.page.locator("[data-stage] article")).to_be_visible()
    screen.key("ArrowRight")
    expect(screen.page.get_by_role("link", name="Go on")).to_be_visible()
    screen.settle()
    assert cast_choices() == ["right"]


def test_differences_are_marked_on_demand_and_the_switch_is_remembered(world: Any) -> None:
    screen = world()
    mark = screen.page.locator(".pane-left mark").first
    plain = mark.evaluate("mark => getComputedStyle(mark).borderBottomWidth")
    screen.page.keyboard.press("d")
    marked = mark.evaluate("mark => getComputedStyle(mark).borderBottomWidth")
    assert (plain, marked) == ("0px", "2px")
    screen.open()
    expect(screen.page.get_by_label("Mark differences")).to_be_checked()


@pytest.mark.parametrize(("scheme", "size"), [("dark", "desktop"), ("light", "phone")])
def test_axe_finds_nothing(world: Any, scheme: str, size: str) -> None:
    options = {"color_scheme": scheme}
    phone = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
    screen = world(browser=options | (phone if size == "phone" else {}), examples=3)
    assert violations(screen.page) == []
    screen.read()
    if size == "phone":
        screen.page.locator("[data-show-unseen]").click()
        screen.read()
    screen.page.locator(".vote-choice[value=left]").click()
    screen.page.keyboard.press("d")
    screen.settle()
    assert violations(screen.page) == []
    screen.page.goto(screen.address.rsplit("/", 2)[0] + "/")
    assert violations(screen.page) == []


def test_on_a_phone_one_answer_is_read_at_a_time_and_the_bar_is_in_reach(world: Any) -> None:
    screen = world(browser={"viewport": PHONE, "has_touch": True, "is_mobile": True})
    page = screen.page
    expect(page.locator(".pane-left")).to_be_visible()
    expect(page.locator(".pane-right")).to_be_hidden()
    first = screen.shown
    screen.key("ArrowLeft")
    assert screen.shown == first, "a vote before the other answer was visible"
    page.get_by_role("button", name="Read the right answer first").tap()
    expect(page.locator(".pane-right")).to_be_visible()
    page.keyboard.press("l")
    expect(page.locator(".pane-right")).to_be_hidden()
    page.keyboard.press("r")
    expect(page.locator(".pane-right")).to_be_visible()
    button = page.get_by_role("button", name="Both good")
    box = button.bounding_box()
    assert box is not None
    assert PHONE["height"] * 0.8 < box["y"] < PHONE["height"] - box["height"]
    screen.read()
    button.tap()
    expect(page.locator("[data-done]")).to_have_text(counter(1, 7))
    screen.settle()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_the_training_round_shows_both_answers_on_a_phone_and_takes_arrows(
    browser: Browser, live_server: LiveServer
) -> None:
    run, people = make_gold_run(training=1, checks=1)
    page = signed_in(browser, live_server.url, people[0], viewport=PHONE).new_page()
    page.goto(f"/p/{run.project.slug}/vote/{run.pk}/")
    for side in ("left", "right"):
        expect(page.locator(f".pane-{side}")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("link", name="Next")).to_be_focused()


def test_it_works_without_scripts(world: Any) -> None:
    screen = world(browser={"java_script_enabled": False}, examples=2, votes=1)
    screen.page.get_by_role("button", name="Both good").click()
    expect(screen.page.get_by_text("Your vote is stored. Why?")).to_be_visible()
    screen.page.get_by_role("button", name="Right").click()
    expect(screen.page.get_by_role("heading", name="All done, thank you")).to_be_visible()
    assert cast_choices() == ["both_good", "right"]


def test_wide_tables_scroll_and_texts_read_in_their_own_direction(world: Any) -> None:
    screen = world(browser={"viewport": PHONE})
    prose = screen.page.locator(".pane-left .prose")
    words = "".join(f"<td>Delivery{number}</td>" for number in range(12))
    prose.evaluate(
        "(prose, words) => { prose.innerHTML = `<table><tr>${words}</tr></table>`; }", words
    )
    heights = prose.locator("td").evaluate_all("cells => cells.map(one => one.offsetHeight)")
    assert len(set(heights)) == 1
    assert heights[0] < 40, "a word is broken over two lines"
    table = prose.locator("table")
    assert table.evaluate("table => table.scrollWidth > table.clientWidth")
    prose.evaluate("prose => { prose.innerHTML = '<p>مرحبا بك.</p><p>Hello.</p>'; }")
    assert prose.evaluate("prose => getComputedStyle(prose).direction") == "rtl"
    for name in (".vote-prompt .prose", ".pane-right .prose", ".vote-title"):
        expect(screen.page.locator(name).first).to_have_attribute("dir", "auto")
