"""Comparisons with identical answers are ties by rule."""

import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("datasets", "0002_erasure"),
        ("evaluation", "0009_gold_checks"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="comparison",
            name="comparison_closed_when_full",
        ),
        migrations.AddField(
            model_name="comparison",
            name="closing_identical",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddConstraint(
            model_name="comparison",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("state", "open"),
                        ("full_at__isnull", True),
                        (
                            "votes_needed__gt",
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("closing_candidate"),
                                            "+",
                                            models.F("closing_baseline"),
                                        ),
                                        "+",
                                        models.F("closing_tie_good"),
                                    ),
                                    "+",
                                    models.F("closing_tie_bad"),
                                ),
                                "+",
                                models.F("closing_identical"),
                            ),
                        ),
                    ),
                    models.Q(
                        ("state", "open"),
                        ("full_at__isnull", False),
                        (
                            "votes_needed__lte",
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("closing_candidate"),
                                            "+",
                                            models.F("closing_baseline"),
                                        ),
                                        "+",
                                        models.F("closing_tie_good"),
                                    ),
                                    "+",
                                    models.F("closing_tie_bad"),
                                ),
                                "+",
                                models.F("closing_identical"),
                            ),
                        ),
                    ),
                    models.Q(
                        ("closed_at__isnull", False),
                        ("state", "closed"),
                        (
                            "votes_needed__lte",
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("closing_candidate"),
                                            "+",
                                            models.F("closing_baseline"),
                                        ),
                                        "+",
                                        models.F("closing_tie_good"),
                                    ),
                                    "+",
                                    models.F("closing_tie_bad"),
                                ),
                                "+",
                                models.F("closing_identical"),
                            ),
                        ),
                    ),
                    ("state__in", ["set_aside", "withdrawn"]),
                    _connector="OR",
                ),
                name="comparison_closed_when_full",
            ),
        ),
    ]
