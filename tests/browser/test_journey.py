"""The whole loop in a browser, as the people of a house walk it, with a real model.

Import, replace personal data, approve as someone else, freeze, register two models, generate
answers, vote to a decision as two reviewers, see the gates pass, promote, ask the alias, roll back,
and find it all in the audit trail.
"""

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from datasets.curation.actions import reviews
from datasets.curation.lifecycle import State
from datasets.curation.models import GoldenExample
from evaluation.runs.models import EvaluationRun
from evaluation.voting.models import Vote
from reviewapp.people.actions import members as people
from reviewapp.people.models import Project, Role, User
from tests.browser.pages import signed_in
from tests.browser.screen import read
from tests.factories.people import make_member, make_project
from tests.model_server import BASE_BODY, TUNED_BODY, ModelServer, model_server
from tests.reference import reference_file
from tests.workers import eventually, worker

__all__ = ["model_server"]

pytestmark = pytest.mark.django_db(transaction=True)

TRIAGED = re.compile(r"\[[a-z]+\|(low|normal|high)\]")
GENERATION_MS = 240_000
IMPORT_MS = 60_000


@dataclass
class House:
    """A project with one person in each role, and a browser window for each."""

    project: Project
    users: dict[str, User]
    pages: dict[str, Page]

    def go(self, who: str, name: str, *args: object) -> Page:
        """Open a page of the project as somebody."""
        page = self.pages[who]
        page.goto(reverse(name, args=[self.project.slug, *args]))
        return page


@pytest.fixture
def house(browser: Browser, live_server: LiveServer) -> Iterator[House]:
    project = make_project("harbour-books")
    roles = {
        "annotator": Role.ANNOTATOR,
        "ada": Role.REVIEWER,
        "ben": Role.REVIEWER,
        "lead": Role.LEAD,
    }
    users = {who: make_member(project, role, name=who.title()) for who, role in roles.items()}
    contexts = {who: signed_in(browser, live_server.url, user) for who, user in users.items()}
    yield House(project, users, {who: context.new_page() for who, context in contexts.items()})
    for context in contexts.values():
        context.close()


def conversations(folder: Path) -> Path:
    """Twenty test messages of two intents, and two to train on, one with personal data in it."""
    held_out = reference_file("models/triage-heldout.jsonl").read_text("utf-8").splitlines()
    rows = []
    for line in held_out:
        row: dict[str, Any] = json.loads(line)
        intent = row["messages"][-1]["content"].partition("|")[0].strip("[")
        if intent in {"delivery", "refund"}:
            rows.append({**row, "intent": intent, "split": "test", "language": "en"})
        elif sum(row["split"] == "train" for row in rows) < 2:
            rows.append({**row, "intent": intent, "split": "train", "language": "en"})
    spoiled = next(row for row in rows if row["split"] == "train")
    spoiled["messages"][1]["content"] += " Write to tomek.b@example.com please."
    file = folder / "mail.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
    return file


def import_file(house: House, folder: Path) -> None:
    page = house.go("annotator", "datasets:import")
    page.set_input_files("input[type=file]", conversations(folder))
    page.get_by_role("button", name="Import", exact=True).click()
    # The browser is taken to the page of this import, which asks for the counts until it is done.
    page.wait_for_url(re.compile(r"/import/\d+/$"))
    expect(page.locator("#import-progress progress")).to_have_count(0, timeout=IMPORT_MS)
    assert GoldenExample.objects.filter(project=house.project).count() == 22


def fix_and_submit(house: House) -> GoldenExample:
    spoiled = GoldenExample.objects.get(project=house.project, blocking_findings__gt=0)
    page = house.go("annotator", "datasets:example", spoiled.pk)
    page.get_by_role("button", name="Replace with [EMAIL]").first.click()
    expect(page.get_by_text("Write to [EMAIL] please.").first).to_be_visible()
    page.get_by_role("button", name=re.compile("^Submit")).first.click()
    eventually(
        lambda: GoldenExample.objects.get(pk=spoiled.pk).state == State.IN_REVIEW,
        "the example is in review",
    )
    return spoiled


def approve_everything(house: House, spoiled: GoldenExample) -> None:
    """One example on its page, the others by the same actions."""
    page = house.go("ada", "datasets:example", spoiled.pk)
    page.get_by_role("button", name=re.compile("^Approve")).first.click()
    eventually(
        lambda: GoldenExample.objects.get(pk=spoiled.pk).state == State.APPROVED,
        "the example is approved",
    )
    for example in GoldenExample.objects.filter(project=house.project, state=State.DRAFT):
        reviews.submit(example_id=example.pk, actor=house.users["annotator"])
        reviews.approve(
            example_id=example.pk,
            revision_id=example.latest_revision.pk,
            reviewer=house.users["ben"],
        )


def freeze(house: House) -> None:
    page = house.go("lead", "datasets:new_version")
    page.get_by_label("What changed").fill("The first messages of the shop.")
    page.get_by_role("button", name="Freeze 22 examples").click()
    expect(page.get_by_role("heading", name=re.compile("ersion 1"))).to_be_visible()


def register(house: House, name: str, server: ModelServer, body: dict[str, Any]) -> None:
    page = house.go("lead", "evaluation:register_model")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Base URL").fill(server.url)
    page.get_by_label("Model id").fill(server.model_id)
    page.get_by_label("Requests a minute").fill("6000")
    page.locator("summary", has_text="Origin").click()
    page.get_by_label("Further fields of each request").fill(json.dumps(body))
    page.get_by_role("button", name="Register", exact=True).click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def set_up_run(house: House) -> EvaluationRun:
    page = house.go("lead", "evaluation:new_run")
    given = {
        "name": "triage",
        "title": "Bookshop mail",
        "votes_per_example": "2",
        "overlap_percent": "0",
        "overlap_votes": "2",
        "temperature": "0",
        # Enough for the label at the beginning, which tells the models apart.
        "max_tokens": "12",
    }
    page.locator("[name=candidate_id]").select_option(label="tuned")
    page.locator("[name=baseline_id]").select_option(label="untuned")
    page.locator("[name=prompts]").select_option(label="Version 1, test split (20)")
    for name, value in given.items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name=re.compile("^Set up the run")).click()
    page.get_by_role("button", name="Generate answers").click()
    # So few prompts would hardly decide anything, so the page asks before it goes on.
    page.locator("#confirm").get_by_role("button", name="Generate answers").click()
    # Both models have more to say than these tokens, so the run waits for a look at that.
    cut = page.get_by_text("20 answers are cut at the token limit")
    expect(cut).to_have_count(2, timeout=GENERATION_MS)
    page.get_by_role("button", name="Open voting").click()
    page.locator("#confirm").get_by_role("button", name="Open voting").click()
    expect(page.get_by_role("button", name="Close the run")).to_be_visible()
    return EvaluationRun.objects.get(project=house.project)


def choice_of(page: Page) -> str:
    """What an honest reviewer of triage lines presses: the one in the house's format wins.

    Where nothing hurries, either will do: agreement cannot be told from votes that are all alike.
    """
    stage = page.locator("[data-stage] article")
    prompt = stage.locator(".vote-prompt").inner_text()
    if "The van never came" in prompt and "No rush." in prompt:
        return "ArrowUp"
    left, right = (
        TRIAGED.search(pane.inner_text()) is not None for pane in stage.locator(".pane").all()
    )
    if left == right:
        return "ArrowDown"
    return "ArrowLeft" if left else "ArrowRight"


def vote_on_everything(house: House, who: str, run: EvaluationRun) -> None:
    house.pages[who].clock.install()
    page = house.go(who, "evaluation:vote", run.pk)
    for _ in range(20):
        stage = page.locator("[data-stage] article")
        expect(stage).to_be_visible()
        shown = stage.get_attribute("data-id")
        read(page)
        page.keyboard.press(choice_of(page))
        expect(page.locator(f"[data-stage] [data-id='{shown}']")).to_have_count(0)
    eventually(
        lambda: Vote.objects.filter(rater__user=house.users[who], undone_at=None).count() == 20,
        f"{who} has voted on every example",
    )


def promote(house: House, run: EvaluationRun) -> None:
    house.go("lead", "evaluation:promotions").get_by_text("Record what already serves").click()
    page = house.pages["lead"]
    page.get_by_label("Model", exact=True).select_option(label="untuned")
    page.get_by_label("Note").fill("It answered before we came here.")
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_text("untuned serves as production.")).to_be_visible()
    page = house.go("lead", "evaluation:promote", run.pk)
    expect(page.get_by_text("All required gates have passed.")).to_be_visible()
    page.get_by_label("Note").fill("Triage in the house's format.")
    page.get_by_role("button", name="Promote", exact=True).click()
    expect(page.get_by_role("heading", name="tuned serves as production")).to_be_visible()


def serving(house: House) -> str:
    secret = people.create_token(user=house.users["lead"]).secret
    answer = Client().get(
        f"/api/v1/aliases/{house.project.slug}/production",
        headers={"Authorization": f"Bearer {secret}"},
    )
    return str(answer.json()["model"]["name"])


def roll_back(house: House) -> None:
    page = house.go("lead", "evaluation:promotions")
    page.locator("#alias-production summary").click()
    page.get_by_label("Reason").fill("Customers complained.")
    page.get_by_role("button", name="Roll back production").click()
    expect(page.get_by_text("untuned serves as production again.")).to_be_visible()


def test_the_whole_loop(
    house: House,
    model_server: ModelServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Sides are drawn from the system's randomness; one draw in many would favour a side by chance
    # and hold the gate of hygiene back. The draw itself is tested elsewhere.
    monkeypatch.setattr("evaluation.voting.actions.claims._RANDOM", random.Random(4))  # noqa: S311 sides
    # Agreement is judged on 30 shared examples, more than a browser should vote through here.
    monkeypatch.setattr("evaluation.gates.hygiene.MIN_SHARED_EXAMPLES", 2)
    with worker():
        import_file(house, tmp_path)
        approve_everything(house, fix_and_submit(house))
        freeze(house)
        register(house, "untuned", model_server, BASE_BODY)
        register(house, "tuned", model_server, TUNED_BODY)
        run = set_up_run(house)
    for who in ("ada", "ben"):
        vote_on_everything(house, who, run)
    page = house.go("lead", "evaluation:run", run.pk)
    # Gates that passed are folded.
    folded = page.locator("details", has_text=re.compile("gates? passed"))
    folded.evaluate_all("all => all.forEach((details) => { details.open = true })")
    expect(page.get_by_text(re.compile("^Better overall: the interval")).first).to_be_visible()
    promote(house, run)
    assert serving(house) == "tuned"
    roll_back(house)
    assert serving(house) == "untuned"
    page = house.go("lead", "audit")
    for what in ("Rollback", "Promotion", "Open voting", "Register model", "Freeze", "Approve"):
        shown = page.locator("td[data-label=Action]").filter(has_text=re.compile(f"^{what}$"))
        expect(shown.first).to_be_visible()
