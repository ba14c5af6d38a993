"""The charts of a run on a phone: clean for axe; a mark leads to its figures by keyboard."""

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from evaluation.results.reports import build_report
from reviewapp.people.models import Role
from tests.browser.pages import signed_in, violations, watched
from tests.factories.people import make_member
from tests.factories.verdicts import vote_in_order
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_mark_leads_to_its_row_in_the_table(browser: Browser, live_server: LiveServer) -> None:
    run, (ann, bob) = make_small_run(examples=40)
    vote_in_order(run, ann, ["candidate"] * 9)
    vote_in_order(run, bob, ["candidate"] * 9)
    crossing = build_report(run).overall.counted.crossing
    assert crossing is not None
    lead = make_member(run.project, Role.LEAD)
    context = signed_in(
        browser,
        live_server.url,
        lead,
        viewport={"width": 390, "height": 900},
        color_scheme="dark",
    )
    page = context.new_page()
    errors = watched(page)
    page.goto(reverse("evaluation:run_charts", args=[run.project.slug, run.pk]))
    row = page.locator(f"#course-all-{crossing.example}")
    expect(row).not_to_be_visible()
    page.locator("a.mark-link").first.focus()
    page.keyboard.press("Enter")
    expect(row).to_be_visible()
    page.locator("details.chart-data").last.evaluate("element => { element.open = true; }")
    assert [*violations(page), *errors] == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
