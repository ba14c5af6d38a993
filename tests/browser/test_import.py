"""The upload page in a real browser: a file is chosen, sent, read by a worker, and counted."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from datasets.curation.models import GoldenExample
from datasets.ingest.models import ImportBatch
from reviewapp.people.models import Role
from tests.browser.pages import PHONE, signed_in, violations, watched
from tests.factories.imports import make_file, make_row
from tests.factories.people import make_member, make_project
from tests.workers import worker

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_file_is_sent_read_and_counted(
    browser: Browser, live_server: LiveServer, tmp_path: Path
) -> None:
    project = make_project("house")
    rows: list[dict[str, Any] | str] = [
        *(make_row(number) for number in range(30)),
        "oops",
        make_row(1),
    ]
    path = make_file(tmp_path / "crm.jsonl", rows)
    context = signed_in(browser, live_server.url, make_member(project, Role.ANNOTATOR))
    page = context.new_page()
    problems = watched(page)
    with worker(threads=2):
        page.goto("/p/house/import/")
        expect(page.get_by_text("This is the first step")).to_be_visible()
        page.set_input_files("input[type=file]", path)
        expect(page.get_by_text("crm.jsonl,")).to_be_visible()
        page.get_by_role("button", name="Import").click()
        # Not by its text, which is also read out a moment later.
        expect(page.locator("#import-state")).to_have_text("Done, 1 rejected", timeout=30_000)
        expect(page.get_by_text("line is not JSON")).to_be_visible()
    assert violations(page) == []
    with page.expect_download() as download:
        page.get_by_role("link", name="Download rejected rows").click()
    kept = Path(download.value.path()).read_text(encoding="utf-8")
    assert [json.loads(line)["row"] for line in kept.splitlines()] == ["oops"]
    page.get_by_role("link", name="See its examples").click()
    expect(page.get_by_text("Where is parcel 29 of mine")).to_be_visible()
    assert problems == []
    batch = ImportBatch.objects.get()
    assert (batch.created, batch.unchanged, batch.rejected) == (30, 1, 1)
    context.close()


def test_a_bad_file_is_said_beside_the_form_on_a_phone(
    browser: Browser, live_server: LiveServer, tmp_path: Path
) -> None:
    project = make_project("house")
    path = make_file(tmp_path / "notes.txt", ["hello"])
    context = signed_in(
        browser, live_server.url, make_member(project, Role.ANNOTATOR), viewport=PHONE
    )
    page = context.new_page()
    page.goto("/p/house/import/")
    page.set_input_files("input[type=file]", path)
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("is not JSON lines")).to_be_visible()
    assert violations(page) == []
    assert not GoldenExample.objects.exists()
    context.close()


def test_a_file_over_the_limit_is_rejected_before_it_is_sent(
    browser: Browser, live_server: LiveServer, tmp_path: Path, settings: Settings
) -> None:
    settings.IMPORT_MAX_MEGABYTES = 1
    project = make_project("house")
    path = tmp_path / "large.jsonl"
    path.write_bytes(b" " * 1_000_001)
    context = signed_in(
        browser, live_server.url, make_member(project, Role.ANNOTATOR), viewport=PHONE
    )
    page = context.new_page()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.goto("/p/house/import/")
    page.set_input_files("input[type=file]", path)
    expect(page.locator("[data-drop-error]")).to_contain_text("the limit is 1.0 MB")
    page.get_by_role("button", name="Import", exact=True).click()
    assert violations(page) == []
    assert "POST" not in sent
    small = make_file(tmp_path / "small.jsonl", [make_row()])
    page.set_input_files("input[type=file]", small)
    expect(page.locator("[data-drop-error]")).to_be_empty()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("heading", name="small.jsonl")).to_be_visible()
    context.close()
