"""Make audit events append-only for every role, and make the table of the shared cache."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION touchstone_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Rows of % are append-only: they cannot be changed or deleted.', TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
"""
TRIGGER = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION touchstone_refuse_change();
"""
TABLES = ["datasets_projectevent", "datasets_exampleevent", "datasets_versionevent"]

# As `createcachetable` would make it; as a migration nobody has to remember that command.
CACHE_TABLE = """
CREATE UNLOGGED TABLE touchstone_cache (
    cache_key varchar(255) NOT NULL PRIMARY KEY,
    value text NOT NULL,
    expires timestamp with time zone NOT NULL
);
CREATE INDEX touchstone_cache_expires ON touchstone_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("datasets", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION touchstone_refuse_change()"),
        *(
            migrations.RunSQL(TRIGGER.format(table=table), f"DROP TRIGGER append_only ON {table}")
            for table in TABLES
        ),
        migrations.RunSQL(CACHE_TABLE, "DROP TABLE touchstone_cache"),
    ]
