"""Rows are copied by the names of their fields."""

from typing import Any

import pytest
from django.db import transaction

from datasets.curation.models import Intent
from reviewapp.core.db.copying import copy_rows
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
