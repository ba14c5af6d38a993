"""Keep each change of a run's decision as a fact that nobody can rewrite."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

DECISIONS = ["promote", "keep_voting", "reject", "invalid"]
# Added only while the run is open, and never changed.
TRIGGERS = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON evaluation_rundecision
    FOR EACH ROW EXECUTE FUNCTION touchstone_refuse_change();
CREATE TRIGGER before_close BEFORE INSERT ON evaluation_rundecision
    FOR EACH ROW EXECUTE FUNCTION touchstone_only_while('voting');
"""
NO_TRIGGERS = """
DROP TRIGGER before_close ON evaluation_rundecision;
DROP TRIGGER append_only ON evaluation_rundecision;
"""


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0017_answer_marks")]

    operations = [
        migrations.CreateModel(
            name="RunDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("decision", models.CharField(max_length=12)),
                ("reason", models.CharField(max_length=20)),
                ("counted", models.PositiveIntegerField()),
                ("removed_raters", models.PositiveIntegerField(default=0)),
                ("gates", models.JSONField()),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="evaluation.evaluationrun",
                    ),
                ),
            ],
            options={
                "ordering": ("run", "pk"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("decision__in", DECISIONS)),
                        name="run_decision_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decision", "promote"), _negated=True),
                            ("counted__gt", 0),
                            _connector="OR",
                        ),
                        name="run_decision_rests_on_examples",
                    ),
                ],
            },
        ),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
    ]
