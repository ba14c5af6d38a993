"""Add adjudications, whose notes are erased with what reviewers wrote about a comparison."""

from importlib import import_module

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

# The function of the earlier migration, which never changes, with one more statement.
ERASE_BEFORE = import_module("evaluation.migrations.0003_erasure").ERASE_COMPARISON.replace(
    "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"
)
RATIONALES = "IF 'rationales' = ANY (parts) THEN"
ERASE_NOTES = """
        UPDATE evaluation_adjudication SET note = marker
            WHERE comparison_id = erased_id AND note <> '';"""
ERASE_COMPARISON = ERASE_BEFORE.replace(RATIONALES, RATIONALES + ERASE_NOTES)


class Migration(migrations.Migration):
    dependencies = [
        ("evaluation", "0012_erase_gold_check"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Adjudication",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("left", models.CharField(max_length=10)),
                ("choice", models.CharField(max_length=10)),
                ("verdict", models.CharField(max_length=10)),
                ("note", models.TextField(blank=True)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "actor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "comparison",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="adjudications",
                        to="evaluation.comparison",
                    ),
                ),
            ],
            options={
                "ordering": ("comparison", "pk"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("choice__in", ["left", "right", "both_good", "both_bad"]),
                            ("left__in", ["candidate", "baseline"]),
                            ("verdict__in", ["candidate", "baseline", "tie_good", "tie_bad"]),
                        ),
                        name="adjudication_values_valid",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("choice", "both_good"), ("verdict", "tie_good")),
                            models.Q(("choice", "both_bad"), ("verdict", "tie_bad")),
                            models.Q(
                                ("choice", "left"), ("left", "candidate"), ("verdict", "candidate")
                            ),
                            models.Q(
                                ("choice", "left"), ("left", "baseline"), ("verdict", "baseline")
                            ),
                            models.Q(
                                ("choice", "right"), ("left", "candidate"), ("verdict", "baseline")
                            ),
                            models.Q(
                                ("choice", "right"), ("left", "baseline"), ("verdict", "candidate")
                            ),
                            _connector="OR",
                        ),
                        name="adjudication_verdict_is_its_choice",
                    ),
                ],
            },
        ),
        migrations.RunSQL(ERASE_COMPARISON, ERASE_BEFORE),
    ]
