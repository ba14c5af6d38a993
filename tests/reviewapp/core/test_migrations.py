"""The squashed migrations lead to the same models as the migrations that they replace."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader

APPS = ["people", "datasets", "evaluation"]


@pytest.fixture(scope="module")
def loader() -> MigrationLoader:
    """Return a loader that knows the migrations replaced beside the squashed ones."""
    return MigrationLoader(None, replace_migrations=False)


def squashed_name(loader: MigrationLoader, app: str) -> str:
    (name,) = (
        name for label, name in loader.disk_migrations if label == app and "_squashed_" in name
    )
    return name


@pytest.mark.parametrize("app", APPS)
def test_a_squashed_migration_has_the_models_of_those_it_replaces(
    loader: MigrationLoader, app: str
) -> None:
    name = squashed_name(loader, app)
    last = loader.disk_migrations[app, name].replaces[-1]
    replaced = loader.project_state([last])
    squashed = loader.project_state([(app, name)])
    assert {key for key in replaced.models if key[0] == app}
    changes = MigrationAutodetector(replaced, squashed).changes(loader.graph)
    # The replaced ones depend on older states of the other apps.
    assert app not in changes


@pytest.mark.django_db
def test_a_new_database_skips_the_replaced_migrations() -> None:
    loader = MigrationLoader(connection)
    for app in APPS:
        assert (app, squashed_name(loader, app)) in loader.graph.nodes
        assert (app, "0001_initial") not in loader.graph.nodes
