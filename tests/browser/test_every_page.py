"""Every page, narrow and wide, in dark and light, as the person who uses it.

The demo has most; rows of trainings, preferences, shadow checks and bulk actions are added to it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import Model
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from datasets.comments.models import Thread
from datasets.curation.lifecycle import State
from datasets.curation.models import GoldenExample, Policy
from evaluation.promotion.models import Promotion
from evaluation.registry.models import ModelVersion
from evaluation.results.actions import closing
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import EvaluationRun
from reviewapp.people.actions.members import create_token
from reviewapp.people.models import Project, User
from tests.browser.later_rows import later_pages
from tests.browser.pages import signed_in, watched
from tests.browser.walks import OPENED, faults, walk
from tests.factories.trainings import BASE

pytestmark = pytest.mark.django_db(transaction=True)

RUN_PAGES = ("run_examples", "run_setup")
LONG_WORD_LOOKS: list[tuple[int, Literal["screen", "print"]]] = [
    (1440, "screen"),
    (390, "screen"),
    (690, "print"),
]


def addresses(project: Project) -> dict[str, list[str]]:
    """The pages of the demo by the key of the person who uses them."""

    def to(name: str, *args: object) -> str:
        return reverse(name, args=[project.slug, *args])

    example = GoldenExample.objects.filter(project=project, blocking_findings__gt=0)[0]
    waiting = GoldenExample.objects.filter(project=project, state=State.IN_REVIEW)[0]
    passed, finished = EvaluationRun.objects.filter(
        project=project, state=RunState.CLOSED
    ).order_by("pk")
    voting = EvaluationRun.objects.get(project=project, state=RunState.VOTING)
    mara = User.objects.get(email="mara@aurora.example")
    return {
        "giulia": [
            to("project_home"),
            to("datasets:queue"),
            to("datasets:curation_progress"),
            to("datasets:example", example.pk),
            to("datasets:new_example"),
            to("datasets:import"),
            to("datasets:policies"),
            to("datasets:mentions"),
            reverse("notifications"),
            to("datasets:example", Thread.objects.filter(project=project)[0].example_id),
            to("datasets:policy", Policy.objects.filter(project=project)[0].slug),
            reverse("account_change_password"),
            reverse("mfa_index"),
            reverse("tokens"),
            reverse("styleguide"),
        ],
        "mara": [
            to("datasets:example", waiting.pk),
            to("evaluation:voting"),
            to("evaluation:vote", voting.pk),
            to("evaluation:vote", finished.pk),
            to("evaluation:reviewer", mara.pk),
            to("own_languages"),
        ],
        "ada": [
            to("project_home"),
            to("datasets:versions"),
            to("datasets:new_version"),
            to("datasets:version", 1),
            to("datasets:version_overlap", 1),
            to("datasets:duplicates"),
            to("evaluation:models"),
            to("evaluation:model", ModelVersion.objects.filter(project=project)[0].pk),
            to("evaluation:register_model"),
            to("evaluation:trainings"),
            to("evaluation:new_training"),
            to("evaluation:runs"),
            to("evaluation:new_run"),
            to("evaluation:run", passed.pk),
            to("evaluation:run", finished.pk),
            to("evaluation:run", voting.pk),
            *(
                f"{to('evaluation:run', finished.pk)}?show={part}"
                for part in ("why", "how", "raters")
            ),
            to("evaluation:run_charts", finished.pk),
            to("evaluation:run_setup", voting.pk),
            to("evaluation:adjudication", finished.pk),
            to("evaluation:gold"),
            to("evaluation:reviewer", mara.pk),
            to("evaluation:upload_answers"),
            f"{to('evaluation:compare_runs')}?first={finished.pk}&second={voting.pk}",
            to("evaluation:judge", voting.pk),
            to("evaluation:rubrics"),
            to("evaluation:promote", finished.pk),
            to("evaluation:promotions"),
            to("evaluation:promotion", Promotion.objects.filter(project=project)[0].pk),
            to("project_settings"),
            to("members"),
            to("webhooks"),
            to("audit"),
        ],
    }


def test_every_page_is_clean(browser: Browser, live_server: LiveServer) -> None:
    """Look at every page, then at those of a lead again with words longer than a line.

    All of it is one test because loading the demo takes 12 s of processor time.
    """
    call_command("demo", verbosity=0)
    project = Project.objects.get(slug="aurora")
    pages = addresses(project)
    nobody = browser.new_context(base_url=live_server.url, **OPENED)
    wrong = walk(nobody, [reverse("account_login")])
    for key, of_user in pages.items():
        user = User.objects.get(email=f"{key}@aurora.example")
        wrong += walk(signed_in(browser, live_server.url, user, **OPENED), of_user)
    lead = User.objects.get(email="ada@aurora.example")
    with later_pages(project, lead) as (later, service):
        wrong += walk(signed_in(browser, live_server.url, lead, **OPENED), later)
        context = signed_in(browser, live_server.url, lead, **OPENED)
        wrong += forecast_faults(context.new_page(), project, service)
        context.close()
    wrong += cut_off(signed_in(browser, live_server.url, lead), project, pages["ada"])
    wrong += revealed_faults(browser, live_server.url)
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


def revealed_faults(browser: Browser, server: str) -> list[str]:
    """Return what is wrong with the page that shows a reviewer the models of a closed run.

    While its models are still voted on elsewhere, nobody is shown what was revealed.
    """
    for run in EvaluationRun.objects.filter(state=RunState.VOTING):
        closing.close_run(run_id=run.pk, actor=None, reason="Done.")
    finished = EvaluationRun.objects.filter(revealed_at__isnull=False).earliest("pk")
    revealed = reverse("evaluation:revealed", args=["aurora", finished.pk])
    mara = User.objects.get(email="mara@aurora.example")
    return walk(signed_in(browser, server, mara, **OPENED), [revealed])


# What lies outside the window, or outside the frame of a table that does not scroll.
CUT_OFF = """() => {
  const frames = [...document.querySelectorAll(".table-wrap")]
    .filter(frame => getComputedStyle(frame).overflowX !== "auto")
    .map(frame => frame.scrollWidth - frame.clientWidth);
  return Math.max(0, document.documentElement.scrollWidth - innerWidth, ...frames);
}"""


@contextmanager
def _without_triggers(model: type[Model]) -> Iterator[None]:
    """Let a test change rows that are frozen, as the owner of the table."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        try:
            yield
        finally:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def cut_off(context: BrowserContext, project: Project, addresses: list[str]) -> list[str]:
    """Return the pages of which words longer than a line push something out of sight."""
    for model in ModelVersion.objects.filter(project=project):
        ModelVersion.objects.filter(pk=model.pk).update(name=f"{model.pk}{'n' * 90}")
    with _without_triggers(Promotion):
        Promotion.objects.update(note="w" * 300)
    create_token(user=User.objects.get(email="ada@aurora.example"), name="t" * 80)
    run = EvaluationRun.objects.filter(project=project, state=RunState.CLOSED).earliest("pk")
    more = [reverse(f"evaluation:{name}", args=["aurora", run.pk]) for name in RUN_PAGES]
    page = context.new_page()
    found = []
    for address in [*addresses, *more, reverse("tokens")]:
        page.goto(address)
        for width, media in LONG_WORD_LOOKS:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(media=media)
            if too_wide := page.evaluate(CUT_OFF):
                found.append(f"{address} {media} at {width}: {too_wide} px cut off")
    context.close()
    return found
