"""Many examples in a browser: select, preview, delete, undo, and take an import back."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from datasets.curation.models import GoldenExample
from reviewapp.people.models import Role
from tests.browser.pages import DESKTOP, PHONE, signed_in, violations, watched
from tests.factories.examples import make_approved_example
from tests.factories.imports import make_import, make_row
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db(transaction=True)


def choose(page: Page, action: str) -> None:
    page.get_by_label("What to do with the selected examples").select_option(label=action)
    page.get_by_role("button", name="Continue").click()


def select_four(page: Page) -> None:
    """Select rows by a click, a range and keys."""
    boxes = page.locator("[data-selection] input[name=example]")
    boxes.nth(0).click()
    boxes.nth(2).click(modifiers=["Shift"])
    expect(page.locator("[data-picked]")).to_have_text("3 examples selected")
    for key in ("j", "j", "k", "x"):
        page.keyboard.press(key)
    expect(page.locator("[data-picked]")).to_have_text("4 examples selected")
    expect(boxes.nth(3)).to_be_checked()


def open_by_keys(page: Page) -> None:
    """Open the second example of the queue: its page, then its answer in the editor."""
    second = page.locator("[data-selection] tbody tr a").nth(1).get_attribute("href")
    for key in ("Enter", "e"):
        page.wait_for_load_state()
        for step in ("j", "j", key):
            page.keyboard.press(step)
        page.wait_for_url(lambda url: str(second) in url)
        expect(page.locator("textarea:focus")).to_have_count(int(key == "e"))
        page.go_back()
    page.wait_for_load_state()


def keep_the_selection(page: Page) -> None:
    """Choose columns, sort, and save the list as a view: the same rows stay selected."""
    page.get_by_text("Columns", exact=True).click()
    page.get_by_label("Age", exact=True).check()
    page.get_by_role("button", name="Show the columns").click()
    expect(page.get_by_role("columnheader", name="Age", exact=True)).to_be_visible()
    expect(page.locator("[data-picked]")).to_have_text("4 examples selected")
    page.get_by_label("Sort by").select_option(label="Age, newest first")
    expect(page).to_have_url(re.compile("sort=age"))
    page.get_by_role("link", name="Save this view").click()
    page.get_by_label("Name of the view").fill("By number")
    page.get_by_role("button", name="Save the view").click()
    expect(page.get_by_role("link", name="By number")).to_be_visible()
    expect(page.locator("[data-picked]")).to_have_text("4 examples selected")


def see_the_bar(page: Page) -> None:
    """See the bar of actions beside the rows before any of them is selected."""
    low: ViewportSize = {"width": 1440, "height": 480}
    for size in (PHONE, low):
        page.set_viewport_size(size)
        page.locator("[data-selection] input[name=example]").first.scroll_into_view_if_needed()
        expect(page.locator("#selection-bar")).to_be_in_viewport(ratio=1)
    page.set_viewport_size(DESKTOP)


def undo_and_begin_anew(page: Page) -> None:
    """Undo the deletion of four examples, and look at the preview of the same again."""
    page.get_by_role("button", name="Undo this bulk action").click()
    page.get_by_role("button", name="Restore 4 examples").click()
    expect(page.get_by_text("4 examples restored.")).to_be_visible()
    page.get_by_role("button", name="Do it again").click()
    expect(page.get_by_label("Reason")).to_have_value("A wrong file.")
    expect(page.get_by_role("button", name="Delete 4 examples")).to_be_visible()


def take_back(page: Page) -> None:
    """Take the import back whose page is open."""
    page.get_by_role("button", name="Take this import back").click()
    page.get_by_role("button", name="Delete 6 examples").click()
    expect(page.get_by_text("6 examples deleted.")).to_be_visible()


def test_examples_are_selected_deleted_restored_and_an_import_taken_back(
    browser: Browser, live_server: LiveServer, tmp_path: Path
) -> None:
    project = make_project()
    lead = make_member(project, Role.LEAD)
    rows = [make_row(number) for number in range(6)]
    batch = make_import(project, tmp_path / "wrong.jsonl", rows)
    make_approved_example(project)
    page = signed_in(browser, live_server.url, lead).new_page()
    problems = watched(page)
    page.goto(f"/p/{project.slug}/examples/")
    see_the_bar(page)
    open_by_keys(page)
    select_four(page)
    keep_the_selection(page)
    choose(page, "Delete")
    page.get_by_label("Reason").fill("A wrong file.")
    page.get_by_role("button", name="Delete 4 examples").click()
    expect(page.get_by_text("4 examples deleted.")).to_be_visible()
    assert GoldenExample.objects.count() == 3
    undo_and_begin_anew(page)
    page.goto(f"/p/{project.slug}/examples/")
    page.get_by_text("All: 7 examples that match").click()
    choose(page, "Submit for review")
    expect(page.get_by_role("button", name="Submit 6 examples")).to_be_visible()
    assert violations(page) == []
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    page.goto(f"/p/{project.slug}/import/{batch.pk}/")
    take_back(page)
    assert violations(page) == []
    assert GoldenExample.objects.count() == 1
    assert problems == []
