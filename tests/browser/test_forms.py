"""What holds for every form in a browser: sent once, secrets shown once, mistakes in sight."""

from collections.abc import Iterator

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from reviewapp.people.models import ApiToken, Project, Role
from tests.browser.pages import signed_in
from tests.factories.people import make_member, make_project
from tests.factories.runs import make_model_version

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, project: Project) -> Iterator[Page]:
    """A page of a lead."""
    context = signed_in(browser, live_server.url, make_member(project, Role.LEAD))
    yield context.new_page()
    context.close()


def test_reloading_the_page_that_shows_a_token_makes_no_other(page: Page) -> None:
    page.goto(reverse("tokens"))
    page.get_by_role("button", name="Create token").click()
    expect(page.get_by_text("it is not shown again")).to_be_visible()
    page.reload()
    expect(page.get_by_text("it is not shown again")).to_have_count(0)
    assert ApiToken.objects.count() == 1


def test_a_form_that_is_sent_twice_at_once_is_sent_once(page: Page) -> None:
    page.goto(reverse("tokens"))
    sent: list[str] = []
    page.on(
        "request", lambda request: sent.append(request.url) if request.method == "POST" else None
    )
    button = page.get_by_role("button", name="Create token")
    button.evaluate("(button) => { button.click(); button.click(); button.click(); }")
    expect(page.get_by_text("it is not shown again")).to_be_visible()
    assert len(sent) == 1


def test_a_mistake_in_what_is_folded_away_is_shown(page: Page, project: Project) -> None:
    for name in ("tuned", "house"):
        make_model_version(project, name=name)
    page.goto(reverse("evaluation:new_run", args=[project.slug]))
    folded = page.locator("#more-gates")
    folded.locator("summary").click()
    folded.locator("[name=both_bad_limit]").fill("200")
    folded.locator("summary").click()
    page.locator("[name=name]").fill("Spring")
    page.get_by_role("button", name="Set up the run").click()
    expect(folded.locator("[name=both_bad_limit]")).to_be_visible()


def test_what_is_wrong_with_filters_stands_above_their_row(page: Page, project: Project) -> None:
    address = reverse("datasets:new_version", args=[project.slug])
    page.goto(f"{address}?train=5&validation=10&test=10")
    form = page.locator(".shares-form")
    told = form.get_by_role("alert").bounding_box()
    first, last = (form.locator(f"[name={name}]").bounding_box() for name in ("train", "test"))
    assert told is not None and first is not None and last is not None
    assert told["y"] + told["height"] < first["y"]
    assert first["y"] == last["y"]


def test_a_run_never_keeps_the_proposed_name_of_other_models(page: Page, project: Project) -> None:
    for name in ("tuned", "house", "third"):
        make_model_version(project, name=name)
    page.goto(reverse("evaluation:new_run", args=[project.slug]))
    address = f"**{reverse('evaluation:propose_run_name', args=[project.slug])}?*"
    page.route(address, lambda route: route.abort())
    page.locator("[name=candidate_id]").select_option(label="house")
    expect(page.locator("[name=name]")).to_have_value("")
    page.unroute(address)
    page.locator("[name=baseline_id]").select_option(label="tuned")
    expect(page.locator("[name=name]")).to_have_value("house vs tuned")


def test_a_role_is_given_up_only_after_a_question(page: Page, project: Project) -> None:
    other = make_member(project, Role.LEAD)
    page.goto(reverse("members", args=[project.slug]))
    page.get_by_role("button", name=f"Remove role “Lead” of {other}").click()
    question = page.get_by_role("dialog")
    expect(question).to_contain_text(f"Remove the role “Lead” of {other}?")
    question.get_by_role("button", name="Keep as it is").click()
    assert other.memberships.count() == 1
    page.get_by_role("button", name=f"Remove role “Lead” of {other}").click()
    question.get_by_role("button", name="Remove role").click()
    expect(page.get_by_text("Removed the role")).to_be_visible()
    assert other.memberships.count() == 0


@pytest.mark.parametrize("arrives", [True, False])
def test_a_form_that_asks_is_not_sent_by_a_click_before_the_scripts_run(
    page: Page, project: Project, *, arrives: bool
) -> None:
    other = make_member(project, Role.LEAD)
    waiting: list[Route] = []

    def hold_back(route: Route) -> None:
        waiting.append(route)

    page.route("**/js/app*.js", hold_back)
    page.goto(reverse("members", args=[project.slug]), wait_until="commit")
    button = page.get_by_role("button", name=f"Remove role “Lead” of {other}")
    button.click()
    assert other.memberships.count() == 1
    if arrives:
        waiting[0].continue_()
        page.get_by_role("dialog").get_by_role("button", name="Remove role").click()
    else:
        waiting[0].abort()
        page.wait_for_load_state("load")
        button.click()
    expect(page.get_by_text("Removed the role")).to_be_visible()
    assert other.memberships.count() == 0
