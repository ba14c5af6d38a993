"""Keep the second lead's own note and the time of the signature."""

from django.conf import settings
from django.db import migrations, models

# Signatures given before a note was asked for.
FILL = """
UPDATE evaluation_promotion
SET signed_at = effective_at, signed_note = 'Signed before a note was required.'
WHERE signed_by_id IS NOT NULL
"""

# No temporary table of the session can stand in for the history that the trigger reads.
NO_TEMPORARY_TABLE = """
ALTER FUNCTION touchstone_refuse_unlawful_rollback() SET search_path = public, pg_temp
"""


class Migration(migrations.Migration):
    dependencies = [
        ("datasets", "0008_fill_example_authors"),
        ("evaluation", "0015_endpoint_waiting_since"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(NO_TEMPORARY_TABLE, migrations.RunSQL.noop),
        migrations.AddField(
            model_name="promotion",
            name="signed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="promotion",
            name="signed_note",
            field=models.TextField(blank=True, help_text="the second lead's own words"),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="promotion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("signed_at__isnull", True),
                        ("signed_by__isnull", True),
                        ("signed_note", ""),
                    ),
                    models.Q(
                        ("signed_at__isnull", False),
                        ("signed_by__isnull", False),
                        models.Q(("signed_note", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="promotion_signature_has_time_and_note",
            ),
        ),
    ]
