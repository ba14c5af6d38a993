"""Operations of initial migrations: many tables at once, and the SQL of the migrations replaced.

Django renders the classes of all related models anew after each operation, and here all models are
related through projects and members: a new database took 24 s of processor time, with one rendering
an app it takes 2.5 s.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.db import migrations
from django.db.migrations.operations.base import Operation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState


class CreateModels(Operation):
    """Create the tables of several models, whose classes are rendered once."""

    def __init__(self, *models: migrations.CreateModel) -> None:
        self.models = models

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (type(self).__name__, list(self.models), {})

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        # Without its rendered classes a state only takes notes; `apps` renders all of them.
        state.__dict__.pop("apps", None)
        for model in self.models:
            model.state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for model in self.models:
            model.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for model in reversed(self.models):
            model.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        names = ", ".join(model.name for model in self.models)
        return f"Create models {names}"


def statements_of(package: str, names: Iterable[str]) -> list[Operation]:
    """Return the SQL of these migrations: functions, triggers and rights, in their order.

    What fills columns of existing rows is left out, Python and elidable SQL: a new database has
    none.
    """
    return [
        operation
        for name in names
        for operation in import_module(f"{package}.{name}").Migration.operations
        if isinstance(operation, migrations.RunSQL) and not operation.elidable
    ]
