"""Scripts speak the language of the page, under the same content security policy."""

import pytest
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.pages import signed_in
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db(transaction=True)

TEXTS = """async () => {
    const i18n = await import("/static/js/i18n.js");
    const { formatSize } = await import("/static/js/drop.js");
    const { keyLabel } = await import("/static/js/keys.js");
    return [
        i18n.gettext("Copied"), i18n.formatNumber(1234.5, 1), keyLabel("Mod+Enter"),
        formatSize(1), formatSize(999), formatSize(1234567),
    ];
}"""


def test_a_person_who_chooses_german_gets_german_pages_and_scripts(
    browser: Browser, live_server: LiveServer
) -> None:
    context = signed_in(browser, live_server.url, make_user())
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.goto("/accounts/language/")
    assert page.evaluate(TEXTS) == [
        *("Copied", "1,234.5", "Ctrl Enter", "1 byte", "999 bytes", "1.2\u00a0MB"),
    ]
    page.get_by_label("Deutsch").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Sprache")).to_be_visible()
    expect(page.get_by_text("Gespeichert.")).to_be_visible()
    # Until then the catalogue of the scripts, which is deferred, may not have run.
    page.wait_for_load_state()
    assert page.evaluate(TEXTS) == [
        *("Kopiert", "1.234,5", "Strg Eingabe", "1 Byte", "999 Bytes", "1,2\u00a0MB"),
    ]
    assert errors == []
    context.close()
