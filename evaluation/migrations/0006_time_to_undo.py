"""Full comparisons stay open while their last votes can be undone."""

import django.db.models.expressions
from django.db import migrations, models

# A skip that is undone changes the share of skips, as a skip does.
SKIP_CHANGED = """
DROP TRIGGER measure_skipped ON evaluation_lease;
CREATE TRIGGER measure_skipped AFTER UPDATE OF state ON evaluation_lease
    FOR EACH ROW WHEN ((OLD.state = 'skipped') <> (NEW.state = 'skipped'))
    EXECUTE FUNCTION touchstone_run_changed();
"""
SKIPPED = """
DROP TRIGGER measure_skipped ON evaluation_lease;
CREATE TRIGGER measure_skipped AFTER UPDATE OF state ON evaluation_lease
    FOR EACH ROW WHEN (OLD.state <> NEW.state AND NEW.state = 'skipped')
    EXECUTE FUNCTION touchstone_run_changed();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("datasets", "0002_erasure"),
        ("evaluation", "0005_answer_upload"),
    ]

    operations = [
        migrations.RunSQL(SKIP_CHANGED, SKIPPED),
        migrations.RemoveConstraint(
            model_name="comparison",
            name="comparison_closed_when_full",
        ),
        migrations.AddField(
            model_name="comparison",
            name="full_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="comparison",
            index=models.Index(
                condition=models.Q(("full_at__isnull", False), ("state", "open")),
                fields=["full_at"],
                name="comparison_full",
            ),
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
                        ),
                    ),
                    ("state__in", ["set_aside", "withdrawn"]),
                    _connector="OR",
                ),
                name="comparison_closed_when_full",
            ),
        ),
    ]
