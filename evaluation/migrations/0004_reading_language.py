"""Add the language that reviewers of a comparison must read."""

from django.db import migrations, models

# Only comparisons that may still be served need it, and closed runs do not change.
FILL = """
UPDATE evaluation_comparison c
SET reading_language = split_part(replace(lower(c.language), '_', '-'), '-', 1)
FROM evaluation_evaluationrun run
WHERE run.id = c.run_id AND run.state <> 'closed' AND c.language <> '';
"""


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0003_erasure")]

    operations = [
        migrations.AddField(
            model_name="comparison",
            name="reading_language",
            field=models.CharField(blank=True, db_default="", max_length=12),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
