"""Rows are copied by the names of their fields."""

from typing import Any

import pytest
from django.db import transaction

from datasets.curation.models import ExampleEvent, Intent, Revision
from reviewapp.core.db.copying import copy_rows
from tests.factories.examples import make_example
from tests.factories.people import make_project

pytestmark = pytest.mark.django_db


def test_the_order_of_the_fields_does_not_matter() -> None:
    project = make_project()
    rows = [
        {"project_id": project.pk, "name": "a"},
        {"name": "b", "project_id": project.pk},
    ]
    copy_rows(Intent, rows)
    assert [*Intent.objects.order_by("name").values_list("name", flat=True)] == ["a", "b"]


@pytest.mark.parametrize("more", [{}, {"name": "b", "colour": "red"}])
def test_a_row_with_other_fields_than_the_first_is_rejected(more: dict[str, Any]) -> None:
    project = make_project()
    rows = [{"project_id": project.pk, "name": "a"}, {"project_id": project.pk, **more}]
    with pytest.raises(KeyError), transaction.atomic():
        copy_rows(Intent, rows)
    assert not Intent.objects.exists()


def test_lists_and_json_are_stored_as_they_are() -> None:
    project = make_project()
    example = make_example(project)
    numbers = [[], [1, -2, 3], [7]]
    data = [{"text": "ü\u2028", "number": 2**70}, [1.5, None, True], {}]
    events = [
        {
            "project_id": project.pk,
            "example_id": example.pk,
            "actor_id": None,
            "action": "create",
            "after": "draft",
            "detail": detail,
        }
        for detail in data
    ]
    before = {*ExampleEvent.objects.values_list("pk", flat=True)}
    copy_rows(ExampleEvent, events)
    stored = ExampleEvent.objects.exclude(pk__in=before).order_by("pk")
    assert [*stored.values_list("detail", flat=True)] == data
    revisions = [
        {
            "example_id": example.pk,
            "number": 2 + at,
            "messages": [],
            "message_tokens": tokens,
            "tags": tags,
            "content_hash": str(at),
            "tokens": 0,
        }
        for at, (tokens, tags) in enumerate(zip(numbers, (["a", "b, c"], [], ['"']), strict=True))
    ]
    copy_rows(Revision, revisions)
    found = Revision.objects.filter(number__gt=1).order_by("number")
    assert [*found.values_list("message_tokens", flat=True)] == numbers
    assert [*found.values_list("tags", flat=True)] == [["a", "b, c"], [], ['"']]
