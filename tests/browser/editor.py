"""The example page in a browser, for the tests of curation and of drafts."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from datasets.curation.models import GoldenExample
from reviewapp.people.models import User
from tests.browser.pages import signed_in
from tests.datasets.curation.pages import url_of
from tests.factories.examples import make_content, make_example

Open = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, live_server: LiveServer) -> Iterator[Open]:
    """Open the page of an example as a user, in a separate browser context."""
    contexts: list[BrowserContext] = []

    def open_page(example: GoldenExample, user: User, **options: Any) -> Page:
        context = signed_in(browser, live_server.url, user, **options)
        contexts.append(context)
        page = context.new_page()
        page.goto(url_of("example", example))
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def example() -> GoldenExample:
    return make_example(content=make_content(question="Can I return it?", answer="Yes, we do."))


def author_of(example: GoldenExample) -> User:
    assert example.created_by is not None
    return example.created_by


def edit(page: Page, number: int) -> Any:
    """Start editing a message; its text area."""
    page.locator(f"#message-{number} [data-shown]").click()
    return page.get_by_label(f"Text of message {number}")


def kept(page: Page) -> None:
    """Wait until the draft is on the server."""
    expect(page.locator("#editor-status")).to_contain_text("Draft stored at")


def latest_texts(example: GoldenExample) -> list[str]:
    example.refresh_from_db()
    return [message["content"] for message in example.latest_revision.messages]
