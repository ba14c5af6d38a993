"""Name on each example that exists who wrote its revisions."""

from django.db import migrations

FILL = """
UPDATE datasets_goldenexample example SET authors = written.authors
FROM (
    SELECT example_id, array_agg(DISTINCT author_id) AS authors
    FROM datasets_revision WHERE author_id IS NOT NULL GROUP BY example_id
) written
WHERE written.example_id = example.id
"""


class Migration(migrations.Migration):
    dependencies = [("datasets", "0007_example_authors")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
