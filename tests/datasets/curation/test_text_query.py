"""The stems of searched words, which are kept from search to search."""

import pytest

from datasets.curation.models import text_query

pytestmark = pytest.mark.django_db


def test_a_word_keeps_its_stems_when_the_store_is_emptied_for_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(text_query, "_KNOWN_STEMS", {})
    (alone,) = text_query.sought_in("returning")
    assert "return" in alone.stems
    monkeypatch.setattr(text_query, "MAX_KNOWN_STEMS", 1)
    assert alone in text_query.sought_in("returning parcels")
