"""Pages looked at on a phone and on a wide screen, in dark and in light colours."""

from http import HTTPStatus
from itertools import cycle
from typing import Any, Literal

from playwright.sync_api import BrowserContext, Page

from tests.browser.pages import DESKTOP, PHONE, violations, watched

Scheme = Literal["light", "dark"]

# A page is opened once, where there is least room and in the language with the longest words, and
# then changes its look: the server has most of the work, and what differs is in the style sheets.
OPENED: dict[str, Any] = {
    "viewport": PHONE,
    "color_scheme": "dark",
    "locale": "de",
}
OTHER: dict[Scheme, Scheme] = {"dark": "light", "light": "dark"}


def faults(page: Page, errors: list[str], opened: Scheme = "dark") -> list[str]:
    """Everything that is wrong with the page that is shown now; empty if nothing is.

    Looks at it as it was opened, on a phone in these colours, then on a wide screen in the others.
    """
    page.wait_for_selector(".htmx-request", state="detached")
    found = [*_at_width(page), *violations(page)]
    page.set_viewport_size(DESKTOP)
    # The colours of buttons change in steps, except for those who want less motion.
    page.emulate_media(color_scheme=OTHER[opened], reduced_motion="reduce")
    found += [f"wide: {fault}" for fault in (*_at_width(page), *violations(page))]
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme=opened)
    found += errors
    errors.clear()
    return found


def _at_width(page: Page) -> list[str]:
    too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [f"{too_wide} px wider than the screen"] if too_wide > 0 else []


def walk(context: BrowserContext, pages: list[str]) -> list[str]:
    """Open each page; return what is wrong, with its address. Closes the context.

    Every second page is opened in light colours, so that both widths are seen in both.
    """
    found, page = [], context.new_page()
    errors = watched(page)
    for address, opened in zip(pages, cycle(OTHER), strict=False):
        page.emulate_media(color_scheme=opened)
        response = page.goto(address)
        if response is None or response.status != HTTPStatus.OK:
            found.append(f"{address}: {response and response.status}")
        found += [f"{address}: {error}" for error in faults(page, errors, opened)]
    context.close()
    return found
