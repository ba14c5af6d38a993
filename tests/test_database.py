"""The test database is empty after a test that commits, and keeps its rules."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connection

from reviewapp.people.models import Project, ProjectEvent
from tests.factories.voting import make_small_run

FILLED_AT_START = {"django_content_type", "django_site"}


@pytest.mark.django_db(transaction=True)
def test_flush_empties_every_table_and_history_stays_protected() -> None:
    make_small_run(examples=2, votes=1)
    assert ProjectEvent.objects.exists()
    call_command("flush", verbosity=0, interactive=False, reset_sequences=False)
    filled = {model._meta.db_table for model in apps.get_models() if model._base_manager.exists()}
    assert filled <= FILLED_AT_START
    project = Project.objects.create(slug="house")
    ProjectEvent.objects.create(project=project, action="made")
    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM people_projectevent")
