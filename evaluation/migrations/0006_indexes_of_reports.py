"""Let the figures that count every vote be read from indexes alone."""

import django.db.models.expressions
import django.db.models.lookups
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("datasets", "0005_import_notes"),
        ("evaluation", "0005_declarations_and_one_waiting"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(
                condition=models.Q(("state", "skipped")),
                fields=["run", "rater", "comparison"],
                name="assignment_skipped",
            ),
        ),
        migrations.AddIndex(
            model_name="comparison",
            index=models.Index(
                condition=models.Q(("state__in", ["set_aside", "withdrawn"])),
                fields=["run", "intent", "state"],
                name="comparison_passed_over",
            ),
        ),
        migrations.AddIndex(
            model_name="comparison",
            index=models.Index(
                condition=models.Q(
                    django.db.models.lookups.GreaterThan(
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("all_candidate"), "+", models.F("all_baseline")
                                ),
                                "+",
                                models.F("all_tie_good"),
                            ),
                            "+",
                            models.F("all_tie_bad"),
                        ),
                        1,
                    )
                ),
                fields=["run", "all_candidate", "all_baseline", "all_tie_good", "all_tie_bad"],
                name="comparison_shared",
            ),
        ),
        migrations.AddIndex(
            model_name="vote",
            index=models.Index(
                condition=models.Q(("undone_at__isnull", True)),
                fields=["run", "rater", "left", "verdict", "source"],
                name="vote_standing",
            ),
        ),
    ]
