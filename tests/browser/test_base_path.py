"""Signing in and voting in a browser, below a path."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test import override_settings
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from tests.below_a_path import BASE_PATH, below_a_path
from tests.browser.pages import watched
from tests.browser.screen import cast_choices, read
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve below the path, with static files by WhiteNoise as in the product.

    Django's handler for static files in tests does not know FORCE_SCRIPT_NAME.
    """
    monkeypatch.setattr(StaticFilesHandler, "_should_handle", lambda *_: False)
    whitenoise = override_settings(WHITENOISE_USE_FINDERS=True, WHITENOISE_AUTOREFRESH=True)
    with below_a_path(), whitenoise:
        server = LiveServer("127.0.0.1")
        yield server.url
        server.stop()


def test_a_reviewer_signs_in_and_votes_below_a_path(browser: Browser, server: str) -> None:
    run, people = make_small_run(examples=4, votes=2)
    people[0].set_password("a long password")
    people[0].save()
    page = browser.new_context(base_url=server).new_page()
    page.clock.install()
    # Another app of the host has cookies with the usual names.
    page.context.add_cookies(
        [{"name": name, "value": "x" * 32, "url": server} for name in ("sessionid", "csrftoken")]
    )
    problems = watched(page)
    page.goto(f"{BASE_PATH}/p/{run.project.slug}/vote/{run.pk}/")
    page.get_by_label("Email").fill(people[0].email)
    page.get_by_label("Password").fill("a long password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".pane-left .prose")).to_be_visible()
    page.wait_for_load_state()
    read(page)
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-done]")).to_contain_text("1 done")
    expect(page.locator("[data-vote]")).to_have_attribute("data-unsent", "0")
    assert cast_choices() == ["left"]
    assert f"{server}{BASE_PATH}/p/" in page.url
    assert problems == []
