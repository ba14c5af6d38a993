"""Which language a page is in, and how a person chooses it."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from reviewapp.i18n.languages import interface_languages
from tests.factories.people import make_user

GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("headers", "language"),
    [
        ({}, "en"),
        (GERMAN, "de"),
        ({"Accept-Language": "xx,qq;q=0.1"}, "en"),
    ],
)
def test_a_visitor_reads_the_language_of_the_browser(
    client: Client, headers: dict[str, str], language: str
) -> None:
    answer = client.get("/accounts/login/", headers=headers)
    assert f'<html lang="{language}">' in answer.content.decode()
    assert answer.headers["Content-Language"] == language
    assert "Accept-Language" in answer.headers["Vary"]
    assert translation.get_language() == "en"


@pytest.mark.django_db
def test_the_choice_of_a_person_goes_before_their_browser(client: Client) -> None:
    user = make_user()
    client.force_login(user)
    page = client.get("/accounts/language/", headers=GERMAN)
    assert '<html lang="de">' in page.content.decode()
    for chosen, shown in (("en", "en"), ("de", "de"), ("", "de")):
        answer = client.post(
            "/accounts/language/", {"language": chosen}, follow=True, headers=GERMAN
        )
        user.refresh_from_db()
        assert user.language == chosen
        assert f'<html lang="{shown}">' in answer.content.decode()


@pytest.mark.django_db
def test_a_language_that_is_not_offered_is_refused_and_one_that_went_is_passed_over(
    client: Client,
) -> None:
    user = make_user()
    client.force_login(user)
    assert client.post("/accounts/language/", {"language": "xx"}).status_code == 422
    user.language = "xx"
    user.save()
    assert '<html lang="en">' in client.get("/accounts/language/").content.decode()


@pytest.mark.django_db
def test_programs_are_answered_in_english(client: Client) -> None:
    answer = client.get("/api/v1/nothing-here", headers=GERMAN)
    assert "Content-Language" not in answer.headers
    assert answer.json()["detail"] == client.get("/api/v1/nothing-here").json()["detail"]


def test_a_folder_of_a_language_is_all_that_a_new_one_needs(tmp_path: Path) -> None:
    for name in ("it", "pt_BR"):
        (tmp_path / name / "LC_MESSAGES").mkdir(parents=True)
    assert interface_languages(tmp_path) == [
        ("en", "English"),
        ("it", "Italiano"),
        ("pt-br", "Português Brasileiro"),
    ]


@pytest.mark.django_db
def test_the_catalog_of_scripts_is_cached_under_the_digest_of_its_content(
    client: Client, settings: Any
) -> None:
    page = client.get("/accounts/login/", headers=GERMAN).content.decode()
    address = page.split('<script defer src="')[1].split('"')[0]
    answer = client.get(address)
    assert address.startswith("/i18n/de-")
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert b"ngettext" in answer.content
    assert client.get("/i18n/de-0123.js").headers["Cache-Control"] == "no-store"
    assert client.get("/i18n/xx-0123.js").status_code == 404
