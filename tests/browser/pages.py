"""What browser tests share: a signed-in page, and axe."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from reviewapp.people.models import User

# The rows of a table are written by one template: more of them only take time, on the pages of runs
# half of it.
MORE_ROWS = "tbody > tr:nth-child(n+7)"
AXE = Path(__file__).resolve().parents[1] / "vendor" / "axe-core-4.14.1" / "axe.min.js"
DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}


def signed_in(browser: Browser, server: str, user: User, **options: Any) -> BrowserContext:
    """Return a browser context in which this person is signed in."""
    context = browser.new_context(base_url=server, **({"viewport": DESKTOP} | options))
    context.add_cookies(new_cookies(user, server))
    return context


def new_cookies(user: User, url: str) -> list[Any]:
    """Sign this person in; the cookies that a browser needs for it."""
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    return [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": url}]


def watched(page: Page) -> list[str]:
    """Return a list that fills with what goes wrong in the page: errors and refused content."""
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console",
        lambda message: problems.append(message.text) if message.type == "error" else None,
    )
    return problems


def violations(page: Page) -> list[str]:
    """Return what axe finds wrong with the page, each with its first place."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    # What passed is not described, and no style sheet is fetched again for rules that are off.
    options = {"resultTypes": ["violations"], "preload": False}
    run = "async ([what, options]) => (await axe.run(what, options)).violations"
    found = page.evaluate(run, [{"exclude": [[MORE_ROWS]]}, options])
    return [f"{violation['id']}: {violation['nodes'][0]['html']}" for violation in found]
