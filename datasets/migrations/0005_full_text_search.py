"""A table with the words of each example, which erasing an example deletes."""

from importlib import import_module
from itertools import islice

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

from datasets.conversations.words import base_language, indexed_words

_OLD = import_module("datasets.migrations.0002_erasure").ERASE_EXAMPLE
ERASE_EXAMPLE = _OLD.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION").replace(
    "    DELETE FROM datasets_editdraft",
    "    DELETE FROM datasets_exampletext WHERE example_id = erased_id;\n"
    "    DELETE FROM datasets_editdraft",
)
BATCH = 1000


def index_examples(apps, schema_editor):
    """Store the words of every example that is not erased."""
    revisions = apps.get_model("datasets", "Revision").objects.filter(
        number=models.F("example__latest_number"), example__erased_at=None
    )
    text = apps.get_model("datasets", "ExampleText")
    rows = (
        revisions.order_by("example_id")
        .values_list(
            "example_id", "example__project_id", "language", "messages", "example__external_id"
        )
        .iterator(BATCH)
    )
    while batch := list(islice(rows, BATCH)):
        text.objects.bulk_create(
            text(
                example_id=example_id,
                project_id=project_id,
                language=base_language(language),
                words=indexed_words(messages, external_id),
            )
            for example_id, project_id, language, messages, external_id in batch
        )


class Migration(migrations.Migration):
    dependencies = [
        ("datasets", "0004_find_and_replace"),
        ("people", "0007_training_scope"),
    ]

    operations = [
        migrations.CreateModel(
            name="ExampleText",
            fields=[
                (
                    "example",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="text",
                        serialize=False,
                        to="datasets.goldenexample",
                    ),
                ),
                ("language", models.CharField(blank=True, max_length=12)),
                ("words", models.TextField(blank=True)),
                (
                    "vector",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Case(
                            models.When(
                                language="ar",
                                then=django.contrib.postgres.search.CombinedSearchVector(
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="simple"
                                    ),
                                    "||",
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="arabic"
                                    ),
                                    django.contrib.postgres.search.SearchConfig("simple"),
                                ),
                            ),
                            models.When(
                                language="da",
                                then=django.contrib.postgres.search.CombinedSearchVector(
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="simple"
                                    ),
                                    "||",
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="danish"
                                    ),
                                    django.contrib.postgres.search.SearchConfig("simple"),
                                ),
                            ),
                            models.When(
                                language="de",
                                then=django.contrib.postgres.search.CombinedSearchVector(
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="simple"
                                    ),
                                    "||",
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="german"
                                    ),
                                    django.contrib.postgres.search.SearchConfig("simple"),
                                ),
                            ),
                            models.When(
                                language="el",
                                then=django.contrib.postgres.search.CombinedSearchVector(
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="simple"
                                    ),
                                    "||",
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="greek"
                                    ),
                                    django.contrib.postgres.search.SearchConfig("simple"),
                                ),
                            ),
                            models.When(
                                language="en",
                                then=django.contrib.postgres.search.CombinedSearchVector(
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="simple"
                                    ),
                                    "||",
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="english"
                                    ),
                                    django.contrib.postgres.search.SearchConfig("simple"),
                                ),
                            ),
                            models.When(
                                language="es",
                                then=django.contrib.postgres.search.CombinedSearchVector(
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="simple"
                                    ),
                                    "||",
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="spanish"
                                    ),
                                    django.contrib.postgres.search.SearchConfig("simple"),
                                ),
                            ),
                            models.When(
                                language="fi",
                                then=django.contrib.postgres.search.CombinedSearchVector(
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="simple"
                                    ),
                                    "||",
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="finnish"
                                    ),
                                    django.contrib.postgres.search.SearchConfig("simple"),
                                ),
                            ),
                            models.When(
                                language="fr",
                                then=django.contrib.postgres.search.CombinedSearchVector(
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="simple"
                                    ),
                                    "||",
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="french"
                                    ),
                                    django.contrib.postgres.search.SearchConfig("simple"),
                                ),
                            ),
                            models.When(
                                language="hu",
                                then=django.contrib.postgres.search.CombinedSearchVector(
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="simple"
                                    ),
                                    "||",
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="hungarian"
                                    ),
                                    django.contrib.postgres.search.SearchConfig("simple"),
                                ),
                            ),
                            models.When(
                                language="it",
                                then=django.contrib.postgres.search.CombinedSearchVector(
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="simple"
                                    ),
                                    "||",
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="italian"
                                    ),
                                    django.contrib.postgres.search.SearchConfig("simple"),
                                ),
                            ),
                            models.When(
                                language="nl",
                                then=django.contrib.postgres.search.CombinedSearchVector(
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="simple"
                                    ),
                                    "||",
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="dutch"
                                    ),
                                    django.contrib.postgres.search.SearchConfig("simple"),
                                ),
                            ),
                            models.When(
                                language="no",
                                then=django.contrib.postgres.search.CombinedSearchVector(
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="simple"
                                    ),
                                    "||",
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="norwegian"
                                    ),
                                    django.contrib.postgres.search.SearchConfig("simple"),
                                ),
                            ),
                            models.When(
                                language="pt",
                                then=django.contrib.postgres.search.CombinedSearchVector(
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="simple"
                                    ),
                                    "||",
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="portuguese"
                                    ),
                                    django.contrib.postgres.search.SearchConfig("simple"),
                                ),
                            ),
                            models.When(
                                language="ro",
                                then=django.contrib.postgres.search.CombinedSearchVector(
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="simple"
                                    ),
                                    "||",
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="romanian"
                                    ),
                                    django.contrib.postgres.search.SearchConfig("simple"),
                                ),
                            ),
                            models.When(
                                language="ru",
                                then=django.contrib.postgres.search.CombinedSearchVector(
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="simple"
                                    ),
                                    "||",
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="russian"
                                    ),
                                    django.contrib.postgres.search.SearchConfig("simple"),
                                ),
                            ),
                            models.When(
                                language="sv",
                                then=django.contrib.postgres.search.CombinedSearchVector(
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="simple"
                                    ),
                                    "||",
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="swedish"
                                    ),
                                    django.contrib.postgres.search.SearchConfig("simple"),
                                ),
                            ),
                            models.When(
                                language="tr",
                                then=django.contrib.postgres.search.CombinedSearchVector(
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="simple"
                                    ),
                                    "||",
                                    django.contrib.postgres.search.SearchVector(
                                        "words", config="turkish"
                                    ),
                                    django.contrib.postgres.search.SearchConfig("simple"),
                                ),
                            ),
                            default=django.contrib.postgres.search.SearchVector(
                                "words", config="simple"
                            ),
                            output_field=django.contrib.postgres.search.SearchVectorField(),
                        ),
                        output_field=django.contrib.postgres.search.SearchVectorField(),
                    ),
                ),
            ],
        ),
        migrations.RemoveIndex(
            model_name="goldenexample",
            name="example_search_vector",
        ),
        migrations.RemoveField(
            model_name="goldenexample",
            name="search_vector",
        ),
        migrations.AddField(
            model_name="exampletext",
            name="project",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.project"
            ),
        ),
        migrations.AddIndex(
            model_name="exampletext",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["vector"], gin_pending_list_limit=256, name="example_text_vector"
            ),
        ),
        migrations.RunSQL(
            ERASE_EXAMPLE, _OLD.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
        ),
        migrations.RunPython(index_examples, migrations.RunPython.noop),
    ]
