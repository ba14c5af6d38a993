"""Keep what the walk along the served order sums up in rows of its own, for watched intents too."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("evaluation", "0003_own_intents_and_patient_endpoints"),
    ]

    operations = [
        migrations.RemoveField(model_name="gatecheck", name="scan"),
        migrations.CreateModel(
            name="RunMeasures",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("found", models.JSONField()),
                (
                    "run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="measures",
                        to="evaluation.evaluationrun",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "run measures",
            },
        ),
        migrations.CreateModel(
            name="RunTally",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("through", models.PositiveIntegerField(default=0)),
                ("scan", models.JSONField()),
                ("crossed_at", models.DateTimeField(blank=True, null=True)),
                ("sums", models.JSONField(default=dict)),
                (
                    "intent",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tally",
                        to="evaluation.runintent",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tallies",
                        to="evaluation.evaluationrun",
                    ),
                ),
            ],
            options={
                "ordering": ("run", "pk"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("intent__isnull", True)),
                        fields=("run",),
                        name="run_tally_one_main_queue",
                    )
                ],
            },
        ),
    ]
