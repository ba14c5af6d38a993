"""No vote is lost: no connection, a closed page, a new sign-in, two tabs, a proxy's answer."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from evaluation.results.actions import closing
from reviewapp.people.models import Membership, User
from tests.browser.pages import new_cookies
from tests.browser.screen import Screen, cast_choices, counter, screens

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(browser: Browser, live_server: LiveServer) -> Iterator[Any]:
    """Open the page of a reviewer."""
    yield from screens(browser, live_server.url)


def test_votes_survive_a_lost_connection_and_a_reload(world: Any) -> None:
    screen = world()
    screen.page.context.set_offline(True)
    screen.press("ArrowLeft")
    screen.key("ArrowRight")
    expect(screen.page.locator("#alerts")).to_contain_text("kept in this browser")
    expect(screen.page.get_by_text("Getting the next comparison…")).to_be_visible()
    assert cast_choices() == []
    screen.page.context.set_offline(False)
    expect(screen.page.locator("[data-stage] article")).to_be_visible(timeout=15_000)
    expect(screen.page.locator("#toasts")).to_contain_text("Everything is stored now")
    expect(screen.page.locator("#alerts .alert")).to_have_count(0)
    assert cast_choices() == ["left", "right"]


def test_what_was_dealt_with_offline_is_never_shown_again(world: Any) -> None:
    screen = world()
    first = screen.shown
    screen.page.context.set_offline(True)
    screen.press("ArrowRight")
    second = screen.shown
    screen.key("s")
    expect(screen.page.locator("#alerts")).to_contain_text("kept in this browser")
    expect(screen.page.locator("[data-minutes]")).to_have_text("")
    screen.watch_shown()
    screen.page.context.set_offline(False)
    expect(screen.page.locator("#toasts")).to_contain_text(
        "Everything is stored now", timeout=15_000
    )
    screen.press("ArrowLeft")
    screen.settle()
    assert not {first, second} & set(screen.shown_since)
    assert cast_choices() == ["right", "left"]


def test_a_comparison_voted_on_in_one_tab_leaves_the_others(world: Any) -> None:
    screen = world()
    second = Screen(screen.page.context.new_page(), screen.run, screen.people).open()
    voted = screen.shown
    assert second.shown == voted
    second.watch_shown()
    screen.press("ArrowLeft")
    expect(second.page.locator(f"[data-stage] [data-id='{voted}']")).to_have_count(0)
    screen.settle()
    second.press("ArrowRight")
    second.settle()
    assert voted not in second.shown_since
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
    expect(screen.page.locator("[data-done]")).to_have_text(counter(1, 7))
    assert cast_choices() == ["left"]


@pytest.mark.parametrize("broken", ['[{"url":', "7", "[null, {}]"])
def test_what_no_page_of_ours_kept_stands_before_no_vote(world: Any, broken: str) -> None:
    screen = world()
    screen.page.route("**/cast/", lambda route: route.abort())
    screen.press("ArrowLeft")
    expect(screen.page.locator("#alerts")).to_contain_text("kept in this browser")
    screen.page.evaluate(
        """broken => {
          const base = document.querySelector("[data-outbox]").dataset.outbox;
          for (const name of ["", ".0", ".~"]) localStorage.setItem(base + name, broken);
        }""",
        broken,
    )
    screen.page.unroute("**/cast/")
    screen.page.goto("about:blank")
    screen.open()
    expect(screen.page.locator("[data-done]")).to_have_text(counter(1, 7))
    assert cast_choices() == ["left"]
    screen.press("ArrowRight")
    screen.settle()
    assert cast_choices() == ["left", "right"]


def test_a_vote_that_is_rejected_after_an_outage_is_not_called_stored(world: Any) -> None:
    screen = world()
    screen.page.context.set_offline(True)
    screen.press("ArrowLeft")
    alerts = screen.page.locator("#alerts .alert")
    expect(alerts).to_contain_text("kept in this browser")
    closing.close_run(run_id=screen.run.pk, actor=None)
    screen.page.context.set_offline(False)
    expect(alerts).to_contain_text("was not stored", timeout=15_000)
    expect(alerts).to_have_count(1)
    screen.settle()
    expect(screen.page.locator("#toasts .toast")).to_have_count(0)
    assert cast_choices() == []


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
    expect(alerts).to_contain_text("Another person is signed in", timeout=15_000)
    assert cast_choices() == []
    signed_in_anew(screen, screen.reviewer)
    expect(screen.page.locator("#toasts")).to_contain_text(
        "Everything is stored now", timeout=20_000
    )
    assert cast_choices() == ["left"]


def test_who_is_taken_out_is_told_so_and_leaves(world: Any) -> None:
    screen = world()
    Membership.objects.filter(user=screen.reviewer).delete()
    screen.press("ArrowLeft")
    expect(screen.page.locator("#alerts")).to_contain_text("no longer a member of the project")
    screen.key("ArrowLeft")
    stage = screen.page.locator("[data-stage]")
    expect(stage).to_contain_text("There is nothing more for you to vote on here.")
    assert cast_choices() == []
    stage.get_by_role("link", name="Home").click()
    expect(screen.page.get_by_role("heading", level=1)).to_be_visible()


def test_an_answer_that_is_not_the_apps_stores_nothing(world: Any) -> None:
    screen = world()
    portal = {"status": 200, "content_type": "text/html", "body": "<h1>Welcome to the hotel</h1>"}
    screen.page.route("**/cast/", lambda route: route.fulfill(**portal))
    screen.press("ArrowLeft")
    expect(screen.page.locator("#alerts")).to_contain_text("The answer came from another program")
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
    expect(screen.page.locator("[data-done]")).to_have_text(counter(1, 7))
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
    expect(screen.page.locator("[data-said]")).to_contain_text("Undone")
    screen.settle()
    assert (answers, cast_choices()) == ([200], [])
