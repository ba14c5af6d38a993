"""The voting screen in a browser: keys, undo, reasons, a lost connection, a phone, axe."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from datasets.models import Policy, User
from evaluation.models import Assignment, EvaluationRun, Vote
from tests.browser.pages import PHONE, new_cookies, signed_in, violations, watched
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db(transaction=True)


class Screen:
    """The voting page of one reviewer."""

    def __init__(self, page: Page, run: EvaluationRun, people: list[User]) -> None:
        self.page = page
        self.run = run
        self.people = people
        self.reviewer, self.other = people[:2]
        self.address = f"/p/{run.project.slug}/vote/{run.pk}/"

    def open(self) -> "Screen":
        self.page.goto(self.address)
        return self

    @property
    def shown(self) -> str:
        """The id of the comparison on the screen."""
        return self.page.locator("[data-stage] article").get_attribute("data-id") or ""

    def press(self, key: str) -> None:
        """Press a key and wait until what it did is on the screen."""
        before = self.shown
        self.page.keyboard.press(key)
        expect(self.page.locator(f"[data-stage] [data-id='{before}']")).to_have_count(0)

    def settle(self) -> None:
        """Wait until everything was sent and answered."""
        expect(self.page.locator("[data-vote]")).to_have_attribute("data-unsent", "0")


@pytest.fixture
def world(browser: Browser, live_server: LiveServer) -> Iterator[Any]:
    """Open the page of the first of two reviewers; examples need two votes."""
    contexts = []

    def make(**options: Any) -> Screen:
        screen_options = options.pop("browser", {})
        run, people = make_small_run(**({"examples": 8, "votes": 2} | options))
        context = signed_in(browser, live_server.url, people[0], **screen_options)
        contexts.append(context)
        return Screen(context.new_page(), run, people).open()

    yield make
    for context in contexts:
        context.close()


def cast_choices() -> list[str | None]:
    votes = Vote.objects.filter(undone_at=None).order_by("pk")
    return list(votes.values_list("choice", flat=True))


def test_each_key_stores_its_choice_and_the_next_is_there_at_once(world: Any) -> None:
    screen = world()
    problems = watched(screen.page)
    for key in ("ArrowLeft", "ArrowUp", "ArrowDown", "ArrowRight"):
        screen.press(key)
    expect(screen.page.locator("[data-done]")).to_have_text("4 of 8 done")
    screen.settle()
    assert cast_choices() == ["left", "both_good", "both_bad", "right"]
    assert problems == []


def test_the_vote_is_for_what_was_on_the_screen(world: Any) -> None:
    screen = world()
    shown = screen.shown
    screen.press("ArrowLeft")
    screen.settle()
    assert Vote.objects.filter(assignment__public_id=shown).count() == 1


def test_z_brings_the_last_comparison_back_with_its_sides(world: Any) -> None:
    screen = world()
    left = screen.page.locator(".pane-left .prose").inner_html()
    screen.press("ArrowLeft")
    screen.settle()
    screen.press("z")
    expect(screen.page.locator(".pane-left .prose")).to_have_js_property("innerHTML", left)
    expect(screen.page.locator("[data-done]")).to_have_text("0 of 8 done")
    screen.press("ArrowRight")
    screen.settle()
    assert cast_choices() == ["right"]


def test_a_closed_example_says_that_its_vote_stands(world: Any) -> None:
    screen = world(votes=1)
    screen.press("ArrowLeft")
    screen.settle()
    undo = screen.page.get_by_role("button", name="Undo")
    expect(undo).to_have_attribute("aria-disabled", "true")
    screen.page.keyboard.press("z")
    expect(screen.page.locator("#toasts")).to_contain_text("your vote on it stands")
    assert cast_choices() == ["left"]


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


def test_keys_do_nothing_under_modifiers(world: Any) -> None:
    screen = world()
    for chord in ("Control+ArrowLeft", "Alt+ArrowUp", "Meta+ArrowDown", "Control+s"):
        screen.page.keyboard.press(chord)
    screen.settle()
    assert cast_choices() == []


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
    assignment = Assignment.objects.get(state="broken")
    assert (str(assignment.public_id), assignment.note) == (shown, "The question is cut off")


def test_what_is_skipped_comes_again_at_the_end(world: Any) -> None:
    screen = world(examples=3)
    prompts = []
    for key in ("s", "ArrowLeft", "ArrowLeft"):
        prompts.append(screen.page.locator(".vote-prompt .prose").last.inner_text())
        screen.press(key)
        screen.settle()
    assert screen.page.locator(".vote-prompt .prose").last.inner_text() == prompts[0]


def test_votes_survive_a_lost_connection_and_a_reload(world: Any) -> None:
    screen = world()
    screen.page.context.set_offline(True)
    screen.press("ArrowLeft")
    screen.page.keyboard.press("ArrowRight")
    expect(screen.page.locator("#alerts")).to_contain_text("kept in this browser")
    expect(screen.page.get_by_text("Getting the next comparison…")).to_be_visible()
    assert cast_choices() == []
    screen.page.context.set_offline(False)
    expect(screen.page.locator("[data-stage] article")).to_be_visible(timeout=15_000)
    expect(screen.page.locator("#toasts")).to_contain_text("Everything is stored now")
    expect(screen.page.locator("#alerts .alert")).to_have_count(0)
    assert cast_choices() == ["left", "right"]


def test_what_was_not_sent_is_sent_after_the_page_was_closed(world: Any) -> None:
    screen = world()
    first = screen.shown
    screen.page.route("**/cast/", lambda route: route.abort())
    screen.press("ArrowLeft")
    expect(screen.page.locator("#alerts")).to_contain_text("kept in this browser")
    screen.page.unroute("**/cast/")
    screen.page.goto("about:blank")
    screen.open()
    expect(screen.page.locator(f"[data-stage] [data-id='{first}']")).to_have_count(0)
    expect(screen.page.locator("[data-done]")).to_have_text("1 of 8 done")
    assert cast_choices() == ["left"]


def test_a_doubled_answer_is_not_a_doubled_vote(world: Any) -> None:
    screen = world()

    answers = []

    def lose_the_first_answer(route: Any) -> None:
        answer = route.fetch()
        answers.append(answer.status)
        if len(answers) == 1:
            route.abort()
        else:
            route.fulfill(response=answer)

    screen.page.route("**/cast/", lose_the_first_answer)
    screen.press("ArrowLeft")
    expect(screen.page.locator("#toasts")).to_contain_text("Everything is stored now")
    assert answers == [200, 200]
    assert cast_choices() == ["left"]


def signed_in_anew(screen: Any, user: User) -> None:
    """Sign out and in again, as another tab would: the page's token is too old then."""
    screen.page.context.clear_cookies()
    screen.page.context.add_cookies(new_cookies(user, screen.page.url))


def test_votes_wait_for_the_next_sign_in_and_are_stored_then(world: Any) -> None:
    screen = world()
    screen.page.context.clear_cookies()
    screen.press("ArrowLeft")
    alerts = screen.page.locator("#alerts .alert")
    expect(alerts).to_contain_text("Your sign-in has ended")
    expect(alerts).to_have_count(1)
    signed_in_anew(screen, screen.reviewer)
    expect(screen.page.locator("#toasts")).to_contain_text(
        "Everything is stored now", timeout=15_000
    )
    expect(alerts).to_have_count(0)
    screen.press("ArrowRight")
    screen.settle()
    assert cast_choices() == ["left", "right"]


def test_votes_are_not_sent_for_somebody_else(world: Any) -> None:
    screen = world()
    screen.page.context.clear_cookies()
    screen.press("ArrowLeft")
    expect(screen.page.locator("#alerts")).to_contain_text("Your sign-in has ended")
    signed_in_anew(screen, screen.other)
    alerts = screen.page.locator("#alerts")
    expect(alerts).to_contain_text("Somebody else is signed in", timeout=15_000)
    assert cast_choices() == []
    signed_in_anew(screen, screen.reviewer)
    expect(screen.page.locator("#toasts")).to_contain_text(
        "Everything is stored now", timeout=20_000
    )
    assert cast_choices() == ["left"]


def test_an_answer_that_is_not_the_apps_stores_nothing(world: Any) -> None:
    screen = world()
    portal = {"status": 200, "content_type": "text/html", "body": "<h1>Welcome to the hotel</h1>"}
    screen.page.route("**/cast/", lambda route: route.fulfill(**portal))
    screen.press("ArrowLeft")
    expect(screen.page.locator("#alerts")).to_contain_text("Something else answered")
    screen.page.unroute("**/cast/")
    expect(screen.page.locator("#toasts")).to_contain_text("Everything is stored now")
    assert cast_choices() == ["left"]


def test_tabs_do_not_forget_each_others_votes(world: Any) -> None:
    screen = world()
    second = Screen(screen.page.context.new_page(), screen.run, screen.people).open()
    for tab, key in ((screen, "ArrowLeft"), (second, "ArrowRight")):
        tab.page.route("**/cast/", lambda route: route.abort())
        tab.page.route("**/skip/", lambda route: route.abort())
        tab.press("ArrowLeft" if key == "ArrowLeft" else "s")
        expect(tab.page.locator("#alerts")).to_contain_text("kept in this browser")
    second.page.close()
    screen.page.unroute("**/cast/")
    screen.page.unroute("**/skip/")
    screen.page.goto("about:blank")
    screen.open()
    screen.settle()
    expect(screen.page.locator("[data-done]")).to_have_text("1 of 8 done")
    assert cast_choices() == ["left"]


def test_what_may_be_stored_is_taken_back_on_the_server(world: Any) -> None:
    screen = world()
    answers: list[int] = []

    def lose_the_first_answer(route: Any) -> None:
        answers.append(route.fetch().status)
        route.abort()
        screen.page.unroute("**/cast/")

    screen.page.route("**/cast/", lose_the_first_answer)
    screen.press("ArrowLeft")
    expect(screen.page.locator("#alerts")).to_contain_text("kept in this browser")
    screen.page.keyboard.press("z")
    expect(screen.page.locator("[data-said]")).to_contain_text("Taken back")
    screen.settle()
    assert (answers, cast_choices()) == ([200], [])


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


def test_arrows_scroll_a_long_answer_that_has_the_focus(world: Any) -> None:
    screen = world()
    pane = screen.page.locator("[data-stage] .pane-left")
    pane.locator(".prose").evaluate("(prose) => { prose.style.height = '3000px'; }")
    pane.focus()
    screen.page.keyboard.press("ArrowDown")
    expect(pane).not_to_have_js_property("scrollTop", 0)
    assert cast_choices() == []
    screen.press("ArrowRight")


def test_after_the_last_vote_the_page_says_what_was_done(world: Any) -> None:
    screen = world(examples=2, votes=1)
    screen.press("ArrowLeft")
    screen.page.keyboard.press("ArrowLeft")
    expect(screen.page.get_by_role("heading", name="All done, thank you")).to_be_visible()
    assert len(cast_choices()) == 2


def test_differences_are_marked_on_demand_and_the_switch_is_remembered(world: Any) -> None:
    screen = world()
    mark = screen.page.locator(".pane-left mark").first
    plain = mark.evaluate("mark => getComputedStyle(mark).borderBottomWidth")
    screen.page.keyboard.press("d")
    marked = mark.evaluate("mark => getComputedStyle(mark).borderBottomWidth")
    assert (plain, marked) == ("0px", "2px")
    screen.open()
    expect(screen.page.get_by_label("Mark differences")).to_be_checked()


def test_the_policy_is_one_key_away(world: Any) -> None:
    screen = world()
    policy = Policy.objects.create(
        project=screen.run.project, slug="refund-window", title="Refund window", body="60 *days*"
    )
    screen.run.comparisons.update(policies=[policy.slug])
    screen.open()
    screen.page.keyboard.press("p")
    expect(screen.page.get_by_role("heading", name="Refund window")).to_be_visible()
    screen.page.keyboard.press("Escape")
    screen.press("ArrowLeft")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_axe_finds_nothing(world: Any, scheme: str, size: str) -> None:
    options = {"color_scheme": scheme}
    phone = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
    screen = world(browser=options | (phone if size == "phone" else {}), examples=3)
    assert violations(screen.page) == []
    screen.page.get_by_role("button", name="Left", exact=False).first.click()
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
    page.get_by_text("Right answer").first.tap()
    expect(page.locator(".pane-right")).to_be_visible()
    button = page.get_by_role("button", name="Both good")
    box = button.bounding_box()
    assert box is not None
    assert PHONE["height"] * 0.8 < box["y"] < PHONE["height"] - box["height"]
    button.tap()
    expect(page.locator("[data-done]")).to_have_text("1 of 8 done")
    screen.settle()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_it_works_without_scripts(world: Any) -> None:
    screen = world(browser={"java_script_enabled": False}, examples=2, votes=1)
    screen.page.get_by_role("button", name="Both good").click()
    expect(screen.page.get_by_text("Your vote is stored. Why?")).to_be_visible()
    screen.page.get_by_role("button", name="Right").click()
    expect(screen.page.get_by_role("heading", name="All done, thank you")).to_be_visible()
    assert cast_choices() == ["both_good", "right"]
