"""A part of a page that is swapped keeps the focus, and what changed is announced."""

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from reviewapp.people.models import Role
from tests.browser.pages import signed_in, watched
from tests.factories.examples import make_approved_example
from tests.factories.people import make_member
from tests.factories.runs import make_run

pytestmark = pytest.mark.django_db(transaction=True)
# A part that is replaced by another part of a whole page; what asks for it lies inside.
PART_AROUND_ITS_FORM = """() => {
  const part = document.createElement("section");
  part.id = "part";
  part.innerHTML = `<form hx-get="${location.pathname}" hx-trigger="load" hx-target="#part"
    hx-select="h1" hx-swap="outerHTML"></form>`;
  document.querySelector("main").append(part);
  htmx.process(part);
}"""


def focused(page: Page) -> str:
    """The text or the id of what has the focus."""
    found = page.evaluate("document.activeElement.innerText || document.activeElement.id")
    return str(found).strip()


def test_a_swap_keeps_the_focus_and_is_announced(browser: Browser, live_server: LiveServer) -> None:
    project = make_approved_example().project
    run = make_run(project)
    context = signed_in(browser, live_server.url, make_member(project, Role.LEAD))
    page = context.new_page()
    problems = watched(page)
    announced = page.locator("#announcement")

    page.goto(reverse("datasets:queue", args=[project.slug]))
    tab = page.get_by_role("link", name="Approved")
    tab.press("Enter")
    expect(tab).to_have_attribute("aria-current", "page")
    expect(announced).to_have_text("1 example matches.")
    assert focused(page).startswith("Approved")
    page.get_by_role("link", name="Draft").press("Enter")
    expect(announced).not_to_have_text("1 example matches.")
    expect(announced).not_to_be_empty()
    assert focused(page).startswith("Draft")

    page.goto(reverse("evaluation:run_setup", args=[project.slug, run.pk]))
    simulate = page.get_by_role("button", name="Simulate")
    for _ in range(2):  # The second time the text is the same, and read out again.
        page.evaluate("document.getElementById('announcement').textContent = ''")
        with page.expect_response("**/plan/**"):
            simulate.press("Enter")
        expect(announced).to_contain_text("this run passes in about")
        assert focused(page) == "Simulate"
    page.evaluate(PART_AROUND_ITS_FORM)
    expect(page.get_by_role("heading", level=1)).to_have_count(2)
    assert page.get_by_role("button", name="Simulate").count() == 1, "the page was replaced"
    assert problems == []
