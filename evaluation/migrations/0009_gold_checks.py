"""Add gold checks: comparisons with an agreed answer, which no figure of a run counts."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("evaluation", "0008_fixed_columns"),
        ("people", "0004_invitation"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="evaluationrun",
            name="gold_percent",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="evaluationrun",
            name="training_examples",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.CreateModel(
            name="GoldCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("prompt", models.JSONField(blank=True, default=list)),
                ("first", models.TextField(blank=True)),
                ("second", models.TextField(blank=True)),
                ("reading_language", models.CharField(blank=True, max_length=12)),
                (
                    "expected",
                    models.CharField(
                        choices=[
                            ("first", "The first answer is better"),
                            ("second", "The second answer is better"),
                            ("both_good", "Both are good"),
                            ("both_bad", "Both are bad"),
                        ],
                        max_length=10,
                    ),
                ),
                ("explanation", models.TextField(blank=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("retired_at", models.DateTimeField(blank=True, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gold_checks",
                        to="people.project",
                    ),
                ),
                (
                    "source",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gold_check",
                        to="evaluation.comparison",
                    ),
                ),
            ],
            options={
                "ordering": ("project", "-pk"),
            },
        ),
        migrations.CreateModel(
            name="GoldCheckEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("action", models.CharField(max_length=40)),
                ("before", models.CharField(blank=True, max_length=200)),
                ("after", models.CharField(blank=True, max_length=200)),
                ("reason", models.TextField(blank=True)),
                ("detail", models.JSONField(default=dict)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "gold_check",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="evaluation.goldcheck",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.project",
                    ),
                ),
            ],
            options={
                "ordering": ("-at", "-pk"),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="GoldLease",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("is_training", models.BooleanField(default=False)),
                ("left", models.CharField(max_length=6)),
                ("after_position", models.PositiveIntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("leased", "Leased"),
                            ("voted", "Voted"),
                            ("skipped", "Skipped"),
                            ("broken", "Reported as broken"),
                            ("expired", "Expired"),
                            ("undone", "Vote undone"),
                        ],
                        default="leased",
                        max_length=10,
                    ),
                ),
                ("choice", models.CharField(blank=True, max_length=10)),
                ("is_right", models.BooleanField(null=True)),
                ("reasons", models.JSONField(blank=True, default=dict)),
                ("rationale", models.TextField(blank=True)),
                ("recognised", models.BooleanField(default=False)),
                ("note", models.TextField(blank=True)),
                (
                    "leased_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "gold_check",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leases",
                        to="evaluation.goldcheck",
                    ),
                ),
                (
                    "rater",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gold_leases",
                        to="evaluation.rater",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gold_leases",
                        to="evaluation.evaluationrun",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RunGoldCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_training", models.BooleanField(default=False)),
                (
                    "gold_check",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="evaluation.goldcheck",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gold_checks",
                        to="evaluation.evaluationrun",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="goldcheck",
            constraint=models.CheckConstraint(
                condition=models.Q(("expected__in", ["first", "second", "both_good", "both_bad"])),
                name="gold_check_expected_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="goldcheck",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("source__isnull", False),
                    models.Q(
                        models.Q(("first", ""), _negated=True),
                        models.Q(("second", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="gold_check_has_texts",
            ),
        ),
        migrations.AddIndex(
            model_name="goldcheckevent",
            index=models.Index(
                fields=["project", "-at", "-id"], name="evaluation__project_19f51b_idx"
            ),
        ),
        migrations.AddIndex(
            model_name="goldlease",
            index=models.Index(fields=["rater", "state"], name="gold_lease_of_rater"),
        ),
        migrations.AddConstraint(
            model_name="goldlease",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["leased", "voted"])),
                fields=("rater", "gold_check"),
                name="gold_lease_unique_per_rater",
            ),
        ),
        migrations.AddConstraint(
            model_name="goldlease",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("left__in", ["first", "second"]),
                    ("state__in", ["leased", "voted", "skipped", "broken", "expired", "undone"]),
                    ("choice__in", ["", "left", "right", "both_good", "both_bad"]),
                ),
                name="gold_lease_values_valid",
            ),
        ),
        migrations.AddConstraint(
            model_name="goldlease",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "voted"), _negated=True),
                    models.Q(models.Q(("choice", ""), _negated=True), ("is_right__isnull", False)),
                    _connector="OR",
                ),
                name="gold_lease_voted_has_choice",
            ),
        ),
        migrations.AddConstraint(
            model_name="rungoldcheck",
            constraint=models.UniqueConstraint(
                fields=("run", "gold_check"), name="run_gold_check_unique"
            ),
        ),
        # A gold check may still be given back after the run was closed: it is no evidence.
        migrations.RunSQL(
            """
            CREATE TRIGGER before_close BEFORE INSERT OR DELETE ON evaluation_goldlease
                FOR EACH ROW EXECUTE FUNCTION touchstone_only_while('voting');
            CREATE TRIGGER before_close_change BEFORE UPDATE ON evaluation_goldlease
                FOR EACH ROW WHEN (NOT (OLD.state = 'leased' AND NEW.state = 'expired'))
                EXECUTE FUNCTION touchstone_only_while('voting');
            """,
            """
            DROP TRIGGER before_close_change ON evaluation_goldlease;
            DROP TRIGGER before_close ON evaluation_goldlease;
            """,
        ),
    ]
