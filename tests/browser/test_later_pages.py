"""Pages of trainings, pipelines, preferences, shadow checks, batches and bulk actions, as a lead.

Each is looked at on a phone, in the dark and in German, and on a wide screen in light and in dark.
"""

import pytest
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from reviewapp.people.models import Project, User
from tests.browser.later_rows import later_pages
from tests.browser.pages import signed_in, watched
from tests.browser.walks import OPENED, faults, walk
from tests.factories.trainings import BASE

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_later_page_is_clean(browser: Browser, live_server: LiveServer) -> None:
    call_command("demo", verbosity=0)
    project = Project.objects.get(slug="aurora")
    lead = User.objects.get(email="ada@aurora.example")
    wrong = []
    with later_pages(project, lead) as (pages, service):
        wrong += walk(signed_in(browser, live_server.url, lead, **OPENED), pages)
        context = signed_in(browser, live_server.url, lead, **OPENED)
        wrong += forecast_faults(context.new_page(), project, service)
        context.close()
    assert not wrong, "\n".join(wrong)


def forecast_faults(page: Page, project: Project, service: str) -> list[str]:
    """Return what is wrong with the page that forecasts a training."""
    errors = watched(page)
    page.goto(reverse("evaluation:new_training", args=[project.slug]))
    for name, value in (("base_model", BASE), ("base_url", service), ("api_key_name", "")):
        page.fill(f"[name={name}]", value)
    page.locator(".form-actions [type=submit]").click()
    page.wait_for_selector("#forecast")
    return [f"forecast: {fault}" for fault in faults(page, errors)]
