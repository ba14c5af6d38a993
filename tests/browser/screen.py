"""The voting page as its tests use it."""

import re
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Browser, Page, expect

from evaluation.runs.models import EvaluationRun
from evaluation.voting.models import Vote
from reviewapp.people.models import User
from tests.browser.pages import signed_in
from tests.factories.voting import make_small_run

READING_MS = 600
"""More than the page wants between showing a pair and a choice (`static/js/voting/guard.js`)."""


def counter(done: int, left: int) -> re.Pattern[str]:
    """Return what the counter of the page reads: the reviewer's votes, then what is left."""
    return re.compile(rf"^\D*{done}\D+{left}\D+$")


def read(page: Page) -> None:
    """Let the time pass that a pair is on the screen before a choice counts."""
    page.clock.fast_forward(READING_MS)


class Screen:
    """The voting page of one reviewer."""

    def __init__(self, page: Page, run: EvaluationRun, people: list[User]) -> None:
        self.page = page
        self.run = run
        self.people = people
        self.reviewer, self.other = people[:2]
        self.address = f"/p/{run.project.slug}/vote/{run.pk}/"

    def open(self) -> "Screen":
        self.page.goto(self.address)
        return self

    @property
    def shown(self) -> str:
        """The id of the comparison on the screen."""
        return self.page.locator("[data-stage] article").get_attribute("data-id") or ""

    def read(self) -> None:
        read(self.page)

    def key(self, key: str) -> None:
        """Press a key once the pair on the screen may have been read."""
        self.read()
        self.page.keyboard.press(key)

    def press(self, key: str) -> None:
        """Press a key and wait until what it did is on the screen."""
        before = self.shown
        self.key(key)
        expect(self.page.locator(f"[data-stage] [data-id='{before}']")).to_have_count(0)

    def watch_shown(self) -> None:
        """Note from now on which comparisons are shown, and what the counter says."""
        self.page.evaluate(
            r"""() => {
              window.shown = [];
              window.counted = [];
              const stage = document.querySelector("[data-stage]");
              const done = document.querySelector("[data-done]");
              new MutationObserver(() => {
                const id = stage.querySelector("article")?.dataset.id;
                if (id) window.shown.push(id);
                window.counted.push(parseInt(done.textContent.match(/\d+/)[0]));
              }).observe(document.querySelector("[data-vote]"), {
                childList: true, subtree: true, characterData: true,
              });
            }"""
        )

    @property
    def shown_since(self) -> list[str]:
        """The ids that were on the screen since `watch_shown`."""
        return list(self.page.evaluate("window.shown"))

    @property
    def counted_since(self) -> list[int]:
        """What the counter said since `watch_shown`."""
        return list(self.page.evaluate("window.counted"))

    def settle(self) -> None:
        """Wait until everything was sent and answered."""
        expect(self.page.locator("[data-vote]")).to_have_attribute("data-unsent", "0")


def cast_choices() -> list[str | None]:
    votes = Vote.objects.filter(undone_at=None).order_by("pk")
    return list(votes.values_list("choice", flat=True))


def screens(browser: Browser, server: str) -> Iterator[Any]:
    """Yield what opens the page of the first of two reviewers; examples need two votes."""
    contexts = []

    def make(**options: Any) -> Screen:
        screen_options = options.pop("browser", {})
        run, people = make_small_run(**({"examples": 8, "votes": 2} | options))
        context = signed_in(browser, server, people[0], **screen_options)
        contexts.append(context)
        context.clock.install()
        return Screen(context.new_page(), run, people).open()

    yield make
    for context in contexts:
        context.close()
