"""Let the queue search words, policies and sources without reading the whole table."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("datasets", "0003_one_time_password"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="goldenexample",
            index=models.Index(fields=["project", "source", "id"], name="example_source"),
        ),
        migrations.AddIndex(
            model_name="goldenexample",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["policies"], name="example_policies"
            ),
        ),
        migrations.AddIndex(
            model_name="goldenexample",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.search.SearchVector(
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
                name="example_words",
            ),
        ),
    ]
