"""Make the audit events of models, runs and promotions append-only for every role."""

from django.db import migrations

TRIGGER = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION touchstone_refuse_change();
"""
TABLES = ["evaluation_modelevent", "evaluation_runevent", "evaluation_promotionevent"]


class Migration(migrations.Migration):
    dependencies = [
        ("evaluation", "0001_initial"),
        ("datasets", "0002_append_only_and_cache"),
    ]

    operations = [
        migrations.RunSQL(TRIGGER.format(table=table), f"DROP TRIGGER append_only ON {table}")
        for table in TABLES
    ]
