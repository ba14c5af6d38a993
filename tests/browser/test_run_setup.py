"""The registry and the set-up of runs in a browser: no violation, and progress that moves."""

import threading
from collections.abc import Iterator

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from evaluation.runs.tasks import ANSWERS
from reviewapp.people.models import Project, Role, User
from tests.browser.pages import signed_in, violations, watched
from tests.browser.walks import OPENED, walk
from tests.factories.people import make_member, make_project
from tests.factories.runs import make_generating_run, make_model_version, make_run
from tests.fake_openai import FakeOpenAI, fake_openai
from tests.workers import worker

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_MS = 30_000


@pytest.fixture
def project() -> Project:
    return make_project("house")


@pytest.fixture
def lead(project: Project) -> User:
    return make_member(project, Role.LEAD)


@pytest.fixture
def service() -> Iterator[FakeOpenAI]:
    with fake_openai() as running:
        yield running


def at(name: str, *args: object) -> str:
    return reverse(f"evaluation:{name}", args=["house", *args])


def test_the_pages_have_no_violation_and_fit(
    live_server: LiveServer, browser: Browser, project: Project, lead: User
) -> None:
    run = make_run(project, examples=30, intents_of=tuple("abcdef"))
    model = make_model_version(project, api_key_name="MISSING_API_KEY")
    addresses = [at("models"), at("register_model"), at("model", model.pk), at("runs")]
    addresses += [at("describe_model", model.pk), at("new_run"), at("run_terms", run.pk)]
    addresses += [at("run_setup", run.pk)]
    assert walk(signed_in(browser, live_server.url, lead, **OPENED), addresses) == []


def test_a_run_is_started_watched_and_opens_by_itself(
    live_server: LiveServer,
    browser: Browser,
    project: Project,
    lead: User,
    service: FakeOpenAI,
) -> None:
    models = [make_model_version(project, base_url=service.url) for _ in range(2)]
    run = make_run(project, candidate=models[0], baseline=models[1])
    service.gate = threading.Event()
    context = signed_in(browser, live_server.url, lead)
    page = context.new_page()
    problems = watched(page)
    page.goto(at("new_run"))
    for label, model in (("Candidate", models[0]), ("Baseline", models[1])):
        page.get_by_label(label, exact=True).select_option(str(model.pk))
    name = page.get_by_label("Name (optional)", exact=True)
    expect(name).to_have_value(f"{models[0].name} vs {models[1].name}")
    name.fill("spring")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.get_by_label("Baseline", exact=True).select_option("")
    expect(name).to_have_value("spring")
    # A proposal that is wanted comes after one that the typed name should have prevented.
    name.fill("")
    page.get_by_label("Baseline", exact=True).select_option(str(models[1].pk))
    expect(name).to_have_value(f"{models[0].name} vs {models[1].name}")
    assert len([url for url in requests if "/new/name/" in url]) == 1
    with worker():
        page.goto(at("run_setup", run.pk))
        page.get_by_role("button", name="Generate answers").click()
        # Forty examples would hardly decide anything, so the page asks before it goes on.
        page.locator("#confirm").get_by_role("button", name="Generate answers").click()
        expect(page.locator("#answers-progress")).to_contain_text("0 of 40 answers")
        service.gate.set()
        ANSWERS.wake()
        expect(page.get_by_role("link", name="Go to the results")).to_be_visible(
            timeout=PATIENCE_MS
        )
    assert problems == []
    context.close()


def test_a_model_is_tried_and_says_hello(
    live_server: LiveServer, browser: Browser, project: Project, lead: User, service: FakeOpenAI
) -> None:
    model = make_model_version(project, base_url=service.url)
    context = signed_in(browser, live_server.url, lead)
    page = context.new_page()
    page.goto(at("model", model.pk))
    with worker(threads=2):
        page.get_by_role("button", name="Try it").click()
        answer = "small says: Say hello."
        expect(page.locator("#trial")).to_contain_text(answer, timeout=PATIENCE_MS)
    assert violations(page) == []
    context.close()


def test_what_stands_in_the_way_is_cleared_with_the_keyboard(
    live_server: LiveServer, browser: Browser, project: Project, lead: User
) -> None:
    run = make_run(project, examples=30, intents_of=tuple("abcdef"))
    context = signed_in(browser, live_server.url, lead)
    page = context.new_page()
    page.goto(at("run_setup", run.pk))
    expect(page.get_by_text("Before this run can start")).to_be_visible()
    page.get_by_role("button", name="Merge the small ones").press("Enter")
    expect(page.get_by_role("button", name="Generate answers")).to_be_visible()
    expect(page.get_by_text("Before this run can start")).to_have_count(0)
    context.close()


def test_a_paused_run_with_failures_offers_what_can_be_done(
    live_server: LiveServer, browser: Browser, project: Project, lead: User
) -> None:
    run = make_generating_run(project=project)
    run.answers.update(state="done", text="yes")
    run.answers.filter(model_version=run.candidate).update(state="failed", error="Too long.")
    context = signed_in(browser, live_server.url, lead)
    page = context.new_page()
    page.goto(at("run_setup", run.pk))
    for name in ("Retry the failed", "Continue without the failed", "Give up the run"):
        expect(page.get_by_role("button", name=name)).to_be_visible()
    assert violations(page) == []
    context.close()
