"""Keep the words that the queue searches beside each example: no query cuts them again."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("datasets", "0005_import_notes"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="goldenexample",
            name="example_words",
        ),
        migrations.AddField(
            model_name="goldenexample",
            name="words",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.contrib.postgres.search.SearchVector(
                    models.Func(
                        django.db.models.functions.text.Concat(
                            "preview", models.Value(" "), "external_id"
                        ),
                        models.Value("[^[:alnum:]]+"),
                        models.Value(" "),
                        models.Value("g"),
                        function="REGEXP_REPLACE",
                        output_field=models.TextField(),
                    ),
                    config="simple",
                ),
                output_field=django.contrib.postgres.search.SearchVectorField(),
            ),
        ),
        migrations.AddIndex(
            model_name="goldenexample",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["words"], gin_pending_list_limit=256, name="example_words"
            ),
        ),
    ]
