"""Unsaved text in a browser: stored, offered again, and sent by the user who typed it."""

import pytest
from django.conf import settings
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from datasets.curation.models import EditDraft, GoldenExample
from reviewapp.people.models import Role
from tests.browser.editor import Open, author_of, edit, example, kept, latest_texts, visit
from tests.browser.pages import new_cookies
from tests.datasets.curation.pages import url_of
from tests.factories.people import make_member

__all__ = ["example", "visit"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_the_last_keystrokes_leave_with_the_page(visit: Open, example: GoldenExample) -> None:
    page = visit(example, author_of(example))
    edit(page, 3).fill("Typed and left at once")
    page.goto("about:blank")
    page.goto(url_of("example", example))
    # The browser offers it if the page was there before what it had sent.
    expect(page.get_by_role("button", name="Discard").first).to_be_visible()
    page.goto(url_of("example", example))
    expect(page.get_by_text("You have unsaved changes from")).to_be_visible()
    page.get_by_role("button", name="Discard").first.click()
    expect(page.get_by_text("Unsaved changes discarded")).to_be_visible()
    expect(page.locator("#message-3 [data-shown]")).to_have_text("Yes, we do.")
    expect(page.locator("#local-offer")).to_be_hidden()
    assert not EditDraft.objects.exists()


def test_the_browser_keeps_what_the_server_did_not_get(visit: Open, example: GoldenExample) -> None:
    page = visit(example, author_of(example))
    page.route("**/draft/", lambda route: route.abort())
    # What leaves with a page passes the route by: here it gets lost on its way.
    page.evaluate("navigator.sendBeacon = () => true")
    edit(page, 3).fill("Typed on a train")
    expect(page.locator("#editor-status")).to_contain_text("Stored in this browser only")
    page.goto("about:blank")
    page.unroute("**/draft/")
    page.goto(url_of("example", example))
    expect(page.get_by_text("that was not stored on the server")).to_be_visible()
    page.get_by_role("button", name="Keep").click()
    expect(page.locator("#message-3 [data-shown]")).to_have_text("Typed on a train")


def test_the_browser_keeps_what_is_typed_after_the_session_ended(
    visit: Open, example: GoldenExample
) -> None:
    page = visit(example, author_of(example))
    cookies = page.context.cookies()
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    edit(page, 3).fill("Typed after the session ended")
    expect(page.locator("#editor-status")).to_contain_text("you are signed out")
    assert not EditDraft.objects.exists()
    page.context.add_cookies(cookies)  # type: ignore[arg-type]
    page.goto(url_of("example", example))
    page.get_by_role("button", name="Keep").click()
    expect(page.locator("#message-3 [data-shown]")).to_have_text("Typed after the session ended")


def test_text_newer_than_the_draft_is_offered_with_its_differences(
    visit: Open, example: GoldenExample
) -> None:
    page = visit(example, author_of(example))
    area = edit(page, 3)
    area.fill("Kept on the server")
    kept(page)
    page.route("**/draft/", lambda route: route.abort())
    page.evaluate("navigator.sendBeacon = () => true")
    area.fill("Typed on a train")
    expect(page.locator("#editor-status")).to_contain_text("Stored in this browser only")
    page.goto("about:blank")
    page.unroute("**/draft/")
    page.goto(url_of("example", example))
    offer = page.locator("#local-offer")
    expect(offer).to_contain_text("newer than your draft")
    # The older draft is looked at and typed over: the newer text stays anyway.
    page.get_by_role("link", name="Keep").click()
    edit(page, 3).fill("Something third")
    kept(page)
    page.goto(url_of("example", example))
    offer.get_by_role("button", name="Show differences").click()
    expect(offer.locator("del").first).to_have_text("Something third")
    expect(offer.locator("ins").first).to_have_text("Typed on a train")
    offer.get_by_role("button", name="Keep").click()
    expect(page.locator("#message-3 [data-shown]")).to_have_text("Typed on a train")
    page.get_by_role("button", name="Save revision 2").click()
    expect(page.get_by_text("Saved as revision 2.")).to_be_visible()
    assert latest_texts(example)[2] == "Typed on a train"
    expect(offer).to_be_hidden()


def test_a_new_sign_in_in_another_tab_saves_with_a_fresh_token(
    visit: Open, example: GoldenExample, live_server: LiveServer
) -> None:
    author = author_of(example)
    page = visit(example, author)
    page.context.clear_cookies()
    page.context.add_cookies(new_cookies(author, live_server.url))
    other = page.context.new_page()
    other.goto(url_of("example", example))
    area = edit(page, 3)
    area.fill("Typed before the sign-in")
    kept(page)
    page.context.clear_cookies(name="csrftoken")
    other.reload()
    area.fill("Saved after it")
    page.get_by_role("button", name="Save revision 2").click()
    expect(page.get_by_text("Saved as revision 2.")).to_be_visible()
    assert latest_texts(example)[2] == "Saved after it"


def test_nothing_is_sent_in_the_name_of_another_user(
    visit: Open, example: GoldenExample, live_server: LiveServer
) -> None:
    page = visit(example, author_of(example))
    edit(page, 3).fill("Mine")
    kept(page)
    page.context.clear_cookies()
    other = make_member(example.project, Role.ANNOTATOR)
    page.context.add_cookies(new_cookies(other, live_server.url))
    page.context.new_page().goto(url_of("example", example))
    page.get_by_role("button", name="Save revision 2").click()
    expect(page.get_by_text("Another person signed in")).to_be_visible()
    expect(page.get_by_label("Text of message 3")).to_have_value("Mine")
    assert latest_texts(example)[2] == "Yes, we do."


def test_a_finding_in_unsaved_text_is_replaced_in_place(
    visit: Open, example: GoldenExample
) -> None:
    page = visit(example, author_of(example))
    # A character outside the first plane counts twice in a browser and once on the server.
    edit(page, 3).fill("😀 Ask ann@example.org.")
    page.get_by_role("button", name="Replace with [EMAIL]").click()
    expect(page.get_by_label("Text of message 3")).to_have_value("😀 Ask [EMAIL].")
    expect(page.get_by_text("No findings.")).to_be_visible()
    assert example.revisions.count() == 1
