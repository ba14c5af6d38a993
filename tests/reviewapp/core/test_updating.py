"""Rows get their own values of every type by one statement."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from datasets.curation.models import GoldenExample
from reviewapp.core.db.updating import update_rows
from tests.factories.examples import make_approved_example, make_example

pytestmark = pytest.mark.django_db

VALUES: list[dict[str, Any]] = [
    {
        "tags": ["a,b", 'say "so"', "{c}"],
        "metadata": {"n": [1, None], "text": "it\u2019s 50 %s"},
        "updated_at": datetime(2026, 3, 1, 8, 30, 0, 123456, tzinfo=UTC),
        "language": "de",
        "intent_id": None,
        "approved_revision_id": None,
        "state": "draft",
        "open_findings": 3,
    },
    {
        "tags": [],
        "metadata": {},
        "updated_at": datetime(2026, 3, 2, tzinfo=UTC),
        "language": "",
        "state": "retired",
        "open_findings": 0,
    },
]


def test_each_row_gets_its_own_values_and_no_other_row_any() -> None:
    changed = [make_approved_example(), make_example()]
    other = make_example()
    before = GoldenExample.objects.filter(pk=other.pk).values().get()
    for example, values in zip(changed, VALUES, strict=True):
        for name, value in values.items():
            setattr(example, name, value)
    update_rows(changed, [name.removesuffix("_id") for name in VALUES[0]])
    for example, values in zip(changed, VALUES, strict=True):
        stored = GoldenExample.objects.filter(pk=example.pk).values(*values).get()
        assert stored == values
    assert changed[1].intent_id is not None
    assert GoldenExample.objects.get(pk=changed[1].pk).intent_id == changed[1].intent_id
    assert GoldenExample.objects.filter(pk=other.pk).values().get() == before


def test_no_rows_are_no_statement(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        update_rows([], ["language"])
