"""What the database does by itself within a minute after much was written at once."""

from django.db.models import Model
from psycopg import connect, sql

from reviewapp.ops import database
from reviewapp.ops.localpg import OWNER


def settle(*models: type[Model]) -> None:
    """Vacuum and analyse the tables of these models, as their owner, instead of waiting for it."""
    tables = sql.SQL(", ").join(sql.Identifier(model._meta.db_table) for model in models)
    with connect(**database.parameters(OWNER), autocommit=True) as owner:
        owner.execute(sql.SQL("VACUUM ANALYZE {}").format(tables))
