"""Two members talk about a passage in a browser, by keyboard alone; wide and on a phone."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from datasets.comments.models import Comment, Thread
from datasets.curation.models import GoldenExample
from reviewapp.people.models import Role, User
from tests.browser.editor import Open, author_of, edit, example, visit
from tests.browser.pages import PHONE, violations, watched
from tests.datasets.comments.talk import comment_on
from tests.factories.people import make_member
from tests.workers import eventually

__all__ = ["example", "visit"]
pytestmark = pytest.mark.django_db(transaction=True)


def pictured(page: Page, name: str) -> None:
    """Keep a picture where a developer asks for it."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def write_with_keys(page: Page) -> None:
    """Comment on the first word of the answer, mention Giulia, and suggest another word."""
    page.get_by_label("Edit message 3").press("Enter")
    page.keyboard.press("Control+Home")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Control+/")
    expect(page.get_by_role("textbox", name="Passage (optional)")).to_have_value("Yes")
    page.keyboard.type("Is it so, @giu")
    expect(page.locator("#mention-list")).to_have_text("Giulia Ferri")
    assert violations(page) == []
    page.keyboard.press("Enter")
    page.keyboard.type("?")
    page.get_by_label("Suggest another text").press("Space")
    expect(page.get_by_label("Suggested text of the passage or message")).to_have_value("Yes")
    page.keyboard.press("Control+a")
    page.keyboard.type("Of course")
    # As dragging its corner does: what is swapped in must not take over the style.
    page.locator("#thread-body").evaluate("area => { area.style.height = '90px'; }")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".thread-quote")).to_have_text("Yes")
    expect(page.locator("#new-thread > summary")).to_be_focused()


def is_fine(page: Page, name: str) -> bool:
    """Return whether axe finds nothing and the page is not wider than the screen."""
    pictured(page, name)
    assert violations(page) == []
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_two_members_discuss_a_passage_without_a_mouse(visit: Open, example: GoldenExample) -> None:
    mara = make_member(example.project, Role.LEAD, name="Mara Vogel")
    author = author_of(example)
    User.objects.filter(pk=author.pk).update(name="Giulia Ferri")
    page = visit(example, mara)
    problems = watched(page)
    write_with_keys(page)
    assert Comment.objects.get().body == f"Is it so, @[{author.pk}]?"
    eventually(
        lambda: page.evaluate("CSS.highlights.get('passage').size === 1"), "the passage is marked"
    )
    assert is_fine(page, "thread-wide")
    phone = visit(example, author, viewport=PHONE, color_scheme="dark", locale="de")
    problems += watched(phone)
    expect(phone.locator(".thread-new")).to_be_visible()
    assert is_fine(phone, "thread-phone")
    phone.goto(f"/p/{example.project.slug}/mentions/")
    assert is_fine(phone, "mentions-phone")
    phone.get_by_role("textbox").fill("Ja.")
    phone.get_by_role("button", name="Antworten", exact=True).press("Enter")
    expect(phone.get_by_text("Beantwortet")).to_be_visible()
    phone.goto(f"/p/{example.project.slug}/examples/{example.pk}/")
    phone.get_by_role("button", name="Annehmen").press("Enter")
    expect(phone.get_by_text("Als Überarbeitung 2 gespeichert")).to_be_visible()
    example.refresh_from_db()
    assert example.latest_revision.messages[2]["content"] == "Of course, we do."
    assert problems == []


def test_a_comment_that_is_not_sent_yet_outlasts_a_save_and_another_comment(
    visit: Open, example: GoldenExample
) -> None:
    thread = comment_on(example, author_of(example)).thread
    page = visit(example, author_of(example))
    problems = watched(page)
    page.locator("#new-thread > summary").click()
    comment = page.get_by_role("textbox", name="Comment", exact=True)
    comment.fill("Half a sent")
    edit(page, 3).fill("Yes, within 30 days.")
    page.get_by_role("button", name="Save revision 2").click()
    expect(page.get_by_text("Saved as revision 2.")).to_be_visible()
    expect(comment).to_have_value("Half a sent")
    page.locator(f"#thread-{thread.pk} details > summary", has_text="Reply").click()
    page.get_by_label(f"Reply in thread {thread.pk}").fill("It is.")
    page.get_by_role("button", name="Add reply").click()
    expect(page.locator(".comment", has_text="It is.")).to_be_visible()
    expect(comment).to_have_value("Half a sent")
    page.get_by_role("button", name="Add comment").click()
    expect(page.locator(".comment", has_text="Half a sent")).to_be_visible()
    page.reload()
    expect(page.locator("#new-thread")).not_to_have_attribute("open", "")
    assert problems == []


def test_selected_text_becomes_a_passage_and_what_was_read_is_marked(
    visit: Open, example: GoldenExample
) -> None:
    mara = make_member(example.project, Role.REVIEWER)
    page = visit(example, mara)
    page.locator("#message-2 [data-shown]").evaluate(
        "shown => getSelection().setBaseAndExtent(shown.firstChild, 6, shown.firstChild, 12)"
    )
    page.keyboard.press("c")
    expect(page.get_by_role("textbox", name="Passage (optional)")).to_have_value("return")
    page.keyboard.type("Send it back?")
    page.get_by_role("button", name="Add comment").press("Enter")
    expect(page.locator(".comment", has_text="Send it back?")).to_be_visible()
    thread = Thread.objects.get()
    assert (thread.message_index, thread.start, thread.end) == (1, 6, 12)
    other = visit(example, author_of(example))
    with other.expect_response(lambda response: response.url.endswith("/threads/read/")) as read:
        expect(other.locator(".thread-new")).to_be_visible()
    assert read.value.status == 204
