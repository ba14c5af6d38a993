"""The marker of erased text: one word in the database, translated on pages."""

import pytest
from django.db import connection
from django.utils import translation
from django.utils.safestring import mark_safe

from reviewapp.core.erased import ERASED, shown_text


@pytest.mark.django_db
def test_the_functions_of_erasure_store_the_marker_that_pages_translate() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT proname, prosrc FROM pg_proc WHERE prosrc LIKE %s", ["%[erased]%"])
        sources = dict(cursor.fetchall())
    kinds = {"example", "comparison", "gold_check"}
    assert {f"touchstone_erase_{kind}" for kind in kinds} <= sources.keys()
    assert all(f"'{ERASED}'" in source for source in sources.values())


@pytest.mark.parametrize("text", ["", "He wrote [erased].", "<p>[erased]</p><p>x</p>"])
def test_text_that_is_more_than_the_marker_stays(text: str) -> None:
    with translation.override("de"):
        assert shown_text(text) == text


def test_the_marker_is_in_the_language_of_the_page() -> None:
    padded = f"{ERASED}      "
    html = mark_safe(f"<p>{ERASED}</p>\n")  # noqa: S308 - it is ours.
    assert shown_text(padded) == ERASED
    with translation.override("de"):
        assert shown_text(padded) == "[gelöscht]"
        assert shown_text(html) == "<p>[gelöscht]</p>"
