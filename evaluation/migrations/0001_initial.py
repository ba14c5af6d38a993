import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import django.db.models.lookups
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import evaluation.providers.kinds
import reviewapp.core.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("datasets", "0001_initial"),
        ("people", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Endpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("base_url", models.URLField(max_length=500)),
                (
                    "api_key_name",
                    models.CharField(
                        blank=True,
                        help_text="environment variable, such as OPENAI_API_KEY",
                        max_length=80,
                    ),
                ),
                ("max_concurrent", models.PositiveSmallIntegerField(default=2)),
                ("requests_per_minute", models.PositiveIntegerField(default=60)),
                ("blocked_reason", reviewapp.core.fields.MessageField(blank=True, null=True)),
                ("wait_until", models.DateTimeField(blank=True, null=True)),
                ("waiting_since", models.DateTimeField(blank=True, null=True)),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="endpoints",
                        to="people.project",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EvaluationRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("title", models.CharField(blank=True, max_length=120)),
                (
                    "origin",
                    models.CharField(
                        choices=[
                            ("generated", "Answers generated here"),
                            ("imported", "Answers imported"),
                        ],
                        default="generated",
                        max_length=10,
                    ),
                ),
                (
                    "split",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("train", "Train"),
                            ("validation", "Validation"),
                            ("test", "Test"),
                        ],
                        max_length=12,
                    ),
                ),
                ("prompt_file", models.CharField(blank=True, max_length=255)),
                ("prompts_digest", models.CharField(blank=True, max_length=64)),
                ("sampling", models.JSONField(default=dict)),
                ("gate_settings", models.JSONField(default=dict)),
                ("votes_per_example", models.PositiveSmallIntegerField(default=1)),
                ("overlap_percent", models.PositiveSmallIntegerField(default=20)),
                ("overlap_votes", models.PositiveSmallIntegerField(default=3)),
                ("all_votes", models.BooleanField(default=False)),
                ("order_from_file", models.BooleanField(default=False)),
                ("unordered_votes", models.BooleanField(default=False)),
                ("order_seed", models.BigIntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "being set up"),
                            ("generating", "generating answers"),
                            ("voting", "open for votes"),
                            ("closed", "closed"),
                        ],
                        default="draft",
                        max_length=12,
                    ),
                ),
                ("paused", models.BooleanField(default=False)),
                ("is_demo", models.BooleanField(default=False)),
                ("overall_decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("opened_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("revealed_at", models.DateTimeField(blank=True, null=True)),
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
                    "dataset_version",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="datasets.datasetversion",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="people.project",
                    ),
                ),
            ],
            options={
                "ordering": ("project", "-created_at", "-pk"),
            },
        ),
        migrations.CreateModel(
            name="Comparison",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("closing_candidate", models.PositiveSmallIntegerField(default=0)),
                ("closing_baseline", models.PositiveSmallIntegerField(default=0)),
                ("closing_tie_good", models.PositiveSmallIntegerField(default=0)),
                ("closing_tie_bad", models.PositiveSmallIntegerField(default=0)),
                ("all_candidate", models.PositiveSmallIntegerField(default=0)),
                ("all_baseline", models.PositiveSmallIntegerField(default=0)),
                ("all_tie_good", models.PositiveSmallIntegerField(default=0)),
                ("all_tie_bad", models.PositiveSmallIntegerField(default=0)),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("position", models.PositiveIntegerField()),
                ("intent_name", models.CharField(blank=True, max_length=100)),
                ("external_id", models.CharField(blank=True, max_length=200)),
                ("prompt", models.JSONField()),
                ("language", models.CharField(blank=True, max_length=12)),
                (
                    "tags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "policies",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("votes_needed", models.PositiveSmallIntegerField(default=1)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("closed", "Closed"),
                            ("set_aside", "Set aside"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("first_served_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("erased_at", models.DateTimeField(blank=True, null=True)),
                (
                    "revision",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="comparisons",
                        to="datasets.revision",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="comparisons",
                        to="evaluation.evaluationrun",
                    ),
                ),
            ],
            options={
                "ordering": ("run", "position"),
            },
        ),
        migrations.CreateModel(
            name="GateCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("gate", models.CharField(max_length=40)),
                (
                    "subject",
                    models.CharField(
                        blank=True, help_text="the intent; empty: overall", max_length=100
                    ),
                ),
                ("state", models.CharField(max_length=12)),
                ("reason", reviewapp.core.fields.MessageField(blank=True, null=True)),
                ("passed_at", models.DateTimeField(blank=True, null=True)),
                ("passed_at_example", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "checked_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gate_checks",
                        to="evaluation.evaluationrun",
                    ),
                ),
            ],
            options={
                "ordering": ("run", "pk"),
            },
        ),
        migrations.CreateModel(
            name="ModelVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                (
                    "provider",
                    models.CharField(
                        choices=evaluation.providers.kinds.model_choices,
                        default="compatible",
                        max_length=20,
                    ),
                ),
                (
                    "model_id",
                    models.CharField(
                        blank=True, help_text="what the service calls it", max_length=200
                    ),
                ),
                ("base_model", models.CharField(blank=True, max_length=200)),
                ("hyperparameters", models.JSONField(blank=True, default=dict)),
                ("extra_body", models.JSONField(blank=True, default=dict)),
                ("purpose", models.TextField(blank=True)),
                ("acceptable_use", models.TextField(blank=True)),
                ("known_limitations", models.TextField(blank=True)),
                ("changelog", models.TextField(blank=True)),
                ("retirement_date", models.DateField(blank=True, null=True)),
                (
                    "usd_per_million_input_tokens",
                    models.DecimalField(blank=True, decimal_places=4, max_digits=10, null=True),
                ),
                (
                    "usd_per_million_output_tokens",
                    models.DecimalField(blank=True, decimal_places=4, max_digits=10, null=True),
                ),
                ("prices_as_of", models.DateField(blank=True, null=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
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
                    "dataset_version",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="trained",
                        to="datasets.datasetversion",
                    ),
                ),
                (
                    "endpoint",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="model_versions",
                        to="evaluation.endpoint",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="model_versions",
                        to="people.project",
                    ),
                ),
            ],
            options={
                "ordering": ("project", "-created_at", "-pk"),
            },
        ),
        migrations.CreateModel(
            name="ModelTrial",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("claim", models.UUIDField(blank=True, null=True)),
                ("heartbeat_at", models.DateTimeField(blank=True, null=True)),
                ("run_after", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("error_code", models.CharField(blank=True, max_length=80)),
                ("error", reviewapp.core.fields.MessageField(blank=True, null=True)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("asked_at", models.DateTimeField()),
                ("text", models.TextField(blank=True)),
                ("note", reviewapp.core.fields.MessageField(blank=True, null=True)),
                ("latency_ms", models.PositiveIntegerField(blank=True, null=True)),
                ("response_model", models.CharField(blank=True, max_length=200)),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "model_version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="trial",
                        to="evaluation.modelversion",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ModelEvent",
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
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.project",
                    ),
                ),
                (
                    "model_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="evaluation.modelversion",
                    ),
                ),
            ],
            options={
                "ordering": ("-at", "-pk"),
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="evaluationrun",
            name="baseline",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="evaluation.modelversion",
            ),
        ),
        migrations.AddField(
            model_name="evaluationrun",
            name="candidate",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="evaluation.modelversion",
            ),
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("claim", models.UUIDField(blank=True, null=True)),
                ("heartbeat_at", models.DateTimeField(blank=True, null=True)),
                ("run_after", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("error_code", models.CharField(blank=True, max_length=80)),
                ("error", reviewapp.core.fields.MessageField(blank=True, null=True)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("text", models.TextField(blank=True)),
                (
                    "marks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12),
                        blank=True,
                        db_default=[],
                        default=list,
                        size=None,
                    ),
                ),
                ("original_text", models.TextField(blank=True, db_default="")),
                ("finish_reason", models.CharField(blank=True, max_length=30)),
                ("response_model", models.CharField(blank=True, max_length=200)),
                ("request_id", models.CharField(blank=True, max_length=200)),
                ("latency_ms", models.PositiveIntegerField(blank=True, null=True)),
                ("prompt_tokens", models.PositiveIntegerField(blank=True, null=True)),
                ("completion_tokens", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "cost_usd",
                    models.DecimalField(blank=True, decimal_places=8, max_digits=14, null=True),
                ),
                ("is_refusal", models.BooleanField(default=False)),
                (
                    "comparison",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="evaluation.comparison",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="evaluation.evaluationrun",
                    ),
                ),
                (
                    "model_version",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="evaluation.modelversion",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PendingMeasurement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="evaluation.evaluationrun",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Promotion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("alias", models.CharField(max_length=20)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("promotion", "Promotion"),
                            ("rollback", "Rollback"),
                            ("declaration", "Declaration"),
                            ("withdrawal", "Withdrawal"),
                        ],
                        default="promotion",
                        max_length=12,
                    ),
                ),
                ("evidence", models.JSONField(default=dict)),
                ("note", models.TextField()),
                ("override_reason", models.TextField(blank=True)),
                (
                    "requested_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("signed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "signed_note",
                    models.TextField(blank=True, help_text="as the second lead typed it"),
                ),
                ("effective_at", models.DateTimeField(blank=True, null=True)),
                ("declined_at", models.DateTimeField(blank=True, null=True)),
                (
                    "declined_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "model_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promotions",
                        to="evaluation.modelversion",
                    ),
                ),
                (
                    "previous",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="evaluation.modelversion",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promotions",
                        to="people.project",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promotions",
                        to="evaluation.evaluationrun",
                    ),
                ),
                (
                    "signed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("project", "-requested_at", "-pk"),
            },
        ),
        migrations.CreateModel(
            name="Alias",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        choices=[
                            ("production", "Production"),
                            ("canary", "Canary"),
                            ("shadow", "Shadow"),
                        ],
                        max_length=20,
                    ),
                ),
                ("since", models.DateTimeField()),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="aliases",
                        to="people.project",
                    ),
                ),
                (
                    "model_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="aliases",
                        to="evaluation.modelversion",
                    ),
                ),
                (
                    "promotion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="evaluation.promotion",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "aliases",
            },
        ),
        migrations.CreateModel(
            name="PromotionEvent",
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
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.project",
                    ),
                ),
                (
                    "promotion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="evaluation.promotion",
                    ),
                ),
            ],
            options={
                "ordering": ("-at", "-pk"),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ProviderCall",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[("answer", "Answer"), ("trial", "Trial")], max_length=12
                    ),
                ),
                ("subject_id", models.BigIntegerField(blank=True, null=True)),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "outcome",
                    models.CharField(blank=True, help_text="ok, or the error code", max_length=80),
                ),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="calls",
                        to="evaluation.endpoint",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Rater",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=150)),
                ("added_at", models.DateTimeField(blank=True, null=True)),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "removal_rule",
                    models.CharField(
                        blank=True,
                        choices=[
                            (
                                "favours_a_side",
                                "Prefers one side of the screen whatever is shown there",
                            ),
                            ("too_fast", "Votes faster than the answers can be read"),
                            ("knew_the_models", "Knew which model wrote which answer"),
                            ("not_a_reviewer", "Should not have voted in this run"),
                            ("own_request", "Asked to be taken out"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "removal_reason",
                    models.CharField(
                        blank=True,
                        help_text="what a lead observed, in their own words",
                        max_length=200,
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="raters",
                        to="evaluation.evaluationrun",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="raters",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("run", "name"),
            },
        ),
        migrations.CreateModel(
            name="Lease",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("slot", models.PositiveSmallIntegerField()),
                ("left", models.CharField(max_length=10)),
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
                (
                    "leased_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("note", models.TextField(blank=True)),
                (
                    "comparison",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leases",
                        to="evaluation.comparison",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leases",
                        to="evaluation.evaluationrun",
                    ),
                ),
                (
                    "rater",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leases",
                        to="evaluation.rater",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RunAnswerMetrics",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("figures", models.JSONField()),
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
            },
        ),
        migrations.CreateModel(
            name="RunEvent",
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
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.project",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="evaluation.evaluationrun",
                    ),
                ),
            ],
            options={
                "ordering": ("-at", "-pk"),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="RunIntent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                (
                    "members",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=100), default=list, size=None
                    ),
                ),
                ("gated", models.BooleanField(default=True)),
                (
                    "threshold",
                    models.DecimalField(blank=True, decimal_places=3, max_digits=4, null=True),
                ),
                (
                    "traffic_weight",
                    models.DecimalField(blank=True, decimal_places=4, max_digits=8, null=True),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="intents",
                        to="evaluation.evaluationrun",
                    ),
                ),
            ],
            options={
                "ordering": ("run", "name"),
            },
        ),
        migrations.AddField(
            model_name="comparison",
            name="intent",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="comparisons",
                to="evaluation.runintent",
            ),
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
            },
        ),
        migrations.CreateModel(
            name="Vote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("choice", models.CharField(max_length=10, null=True)),
                ("left", models.CharField(max_length=10, null=True)),
                ("verdict", models.CharField(max_length=10)),
                ("counted", models.BooleanField()),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("screen", "Voting page"),
                            ("api", "API"),
                            ("imported", "Imported"),
                            ("demo", "Demo"),
                        ],
                        default="screen",
                        max_length=10,
                    ),
                ),
                ("reasons", models.JSONField(blank=True, default=dict)),
                ("rationale", models.TextField(blank=True)),
                ("recognised", models.BooleanField(default=False)),
                ("at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                (
                    "comparison",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="votes",
                        to="evaluation.comparison",
                    ),
                ),
                (
                    "lease",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="vote",
                        to="evaluation.lease",
                    ),
                ),
                (
                    "rater",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="votes",
                        to="evaluation.rater",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="votes",
                        to="evaluation.evaluationrun",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="VoteEvent",
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
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.project",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="vote_events",
                        to="evaluation.evaluationrun",
                    ),
                ),
                (
                    "vote",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="evaluation.vote",
                    ),
                ),
            ],
            options={
                "ordering": ("-at", "-pk"),
                "abstract": False,
            },
        ),
        migrations.AddConstraint(
            model_name="endpoint",
            constraint=models.UniqueConstraint(
                fields=("project", "base_url", "api_key_name"), name="endpoint_once_a_project"
            ),
        ),
        migrations.AddConstraint(
            model_name="endpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(("max_concurrent__gt", 0), ("requests_per_minute__gt", 0)),
                name="endpoint_limits_positive",
            ),
        ),
        migrations.AddConstraint(
            model_name="gatecheck",
            constraint=models.UniqueConstraint(
                fields=("run", "gate", "subject"), name="gate_check_one_a_subject"
            ),
        ),
        migrations.AddConstraint(
            model_name="gatecheck",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["passed", "failed", "insufficient"])),
                name="gate_check_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.UniqueConstraint(
                fields=("project", "name"), name="model_version_name_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("provider", "imported"),
                    models.Q(
                        ("endpoint__isnull", False), models.Q(("model_id", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="model_version_can_be_asked_or_is_imported",
            ),
        ),
        migrations.AddConstraint(
            model_name="modeltrial",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["waiting", "running", "done", "failed"])),
                name="modeltrial_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="modeltrial",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "running"), _negated=True),
                    models.Q(("claim__isnull", False), ("heartbeat_at__isnull", False)),
                    _connector="OR",
                ),
                name="modeltrial_running_is_claimed",
            ),
        ),
        migrations.AddIndex(
            model_name="modelevent",
            index=models.Index(
                fields=["project", "-at", "-id"], name="evaluation__project_377145_idx"
            ),
        ),
        migrations.AddConstraint(
            model_name="evaluationrun",
            constraint=models.UniqueConstraint(fields=("project", "name"), name="run_name_unique"),
        ),
        migrations.AddConstraint(
            model_name="evaluationrun",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "generating", "voting", "closed"])),
                name="run_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="evaluationrun",
            constraint=models.CheckConstraint(
                condition=models.Q(("candidate", models.F("baseline")), _negated=True),
                name="run_compares_two_models",
            ),
        ),
        migrations.AddConstraint(
            model_name="evaluationrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("overlap_votes__gte", models.F("votes_per_example")),
                    ("votes_per_example__gt", 0),
                ),
                name="run_votes_positive",
            ),
        ),
        migrations.AddConstraint(
            model_name="evaluationrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("order_from_file", False),
                    models.Q(("all_votes", False), ("unordered_votes", False)),
                    _connector="OR",
                ),
                name="run_order_consistent",
            ),
        ),
        migrations.AddConstraint(
            model_name="evaluationrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("revealed_at__isnull", True), ("state", "closed"), _connector="OR"
                ),
                name="run_revealed_after_closing",
            ),
        ),
        migrations.AddIndex(
            model_name="answer",
            index=models.Index(
                condition=models.Q(("state__in", ["waiting", "running"])),
                fields=["run", "id"],
                name="answer_to_get",
            ),
        ),
        migrations.AddConstraint(
            model_name="answer",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["waiting", "running", "done", "failed"])),
                name="answer_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="answer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "running"), _negated=True),
                    models.Q(("claim__isnull", False), ("heartbeat_at__isnull", False)),
                    _connector="OR",
                ),
                name="answer_running_is_claimed",
            ),
        ),
        migrations.AddConstraint(
            model_name="answer",
            constraint=models.UniqueConstraint(
                fields=("comparison", "model_version"), name="answer_once_for_each_model"
            ),
        ),
        migrations.AddConstraint(
            model_name="promotion",
            constraint=models.CheckConstraint(
                condition=models.Q(("note", ""), _negated=True), name="promotion_has_a_note"
            ),
        ),
        migrations.AddConstraint(
            model_name="promotion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("effective_at__isnull", True),
                    ("override_reason", ""),
                    models.Q(
                        ("signed_by__isnull", False),
                        models.Q(("signed_by", models.F("requested_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="promotion_override_needs_a_second_lead",
            ),
        ),
        migrations.AddConstraint(
            model_name="promotion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("signed_at__isnull", True),
                        ("signed_by__isnull", True),
                        ("signed_note", ""),
                    ),
                    models.Q(
                        ("signed_at__isnull", False),
                        ("signed_by__isnull", False),
                        models.Q(("signed_note", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="promotion_signature_has_time_and_note",
            ),
        ),
        migrations.AddConstraint(
            model_name="promotion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("effective_at__isnull", True), ("declined_at__isnull", True), _connector="OR"
                ),
                name="promotion_effective_or_declined",
            ),
        ),
        migrations.AddConstraint(
            model_name="promotion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["promotion", "rollback", "declaration", "withdrawal"])
                ),
                name="promotion_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="promotion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("declined_at__isnull", True), ("effective_at__isnull", True)),
                fields=("project", "alias"),
                name="promotion_one_waiting_for_an_alias",
            ),
        ),
        migrations.AddConstraint(
            model_name="promotion",
            constraint=models.CheckConstraint(
                condition=models.Q(("alias__in", ["production", "canary", "shadow"])),
                name="promotion_alias_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="alias",
            constraint=models.UniqueConstraint(
                fields=("project", "name"), name="alias_points_at_one_model"
            ),
        ),
        migrations.AddConstraint(
            model_name="alias",
            constraint=models.CheckConstraint(
                condition=models.Q(("name__in", ["production", "canary", "shadow"])),
                name="alias_name_known",
            ),
        ),
        migrations.AddIndex(
            model_name="promotionevent",
            index=models.Index(
                fields=["project", "-at", "-id"], name="evaluation__project_c8d168_idx"
            ),
        ),
        migrations.AddIndex(
            model_name="providercall",
            index=models.Index(fields=["endpoint", "-started_at"], name="provider_call_recent"),
        ),
        migrations.AddIndex(
            model_name="providercall",
            index=models.Index(fields=["subject_id", "purpose"], name="provider_call_subject"),
        ),
        migrations.AddConstraint(
            model_name="providercall",
            constraint=models.CheckConstraint(
                condition=models.Q(("purpose__in", ["answer", "trial"])),
                name="provider_call_purpose_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="rater",
            constraint=models.UniqueConstraint(fields=("run", "user"), name="rater_unique_per_run"),
        ),
        migrations.AddConstraint(
            model_name="rater",
            constraint=models.UniqueConstraint(
                fields=("run", "name"), name="rater_name_unique_in_run"
            ),
        ),
        migrations.AddConstraint(
            model_name="rater",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("removed_at__isnull", True),
                    models.Q(
                        models.Q(("removal_rule", ""), _negated=True),
                        models.Q(("removal_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="rater_removal_has_rule_and_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="rater",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "removal_rule__in",
                        [
                            "",
                            "favours_a_side",
                            "too_fast",
                            "knew_the_models",
                            "not_a_reviewer",
                            "own_request",
                        ],
                    )
                ),
                name="rater_removal_rule_known",
            ),
        ),
        migrations.AddIndex(
            model_name="lease",
            index=models.Index(
                condition=models.Q(("state", "leased")),
                fields=["rater", "id"],
                name="lease_held_by_rater",
            ),
        ),
        migrations.AddIndex(
            model_name="lease",
            index=models.Index(
                condition=models.Q(("state", "skipped")),
                fields=["run", "rater", "comparison"],
                name="lease_skipped_by_rater",
            ),
        ),
        migrations.AddConstraint(
            model_name="lease",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["leased", "voted"])),
                fields=("comparison", "slot"),
                name="lease_slot_unique",
            ),
        ),
        migrations.AddConstraint(
            model_name="lease",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["leased", "voted"])),
                fields=("comparison", "rater"),
                name="lease_unique_per_rater",
            ),
        ),
        migrations.AddConstraint(
            model_name="lease",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("left__in", ["candidate", "baseline"]),
                    ("state__in", ["leased", "voted", "skipped", "broken", "expired", "undone"]),
                ),
                name="lease_values_valid",
            ),
        ),
        migrations.AddConstraint(
            model_name="lease",
            constraint=models.CheckConstraint(
                condition=models.Q(("slot__gte", 1)), name="lease_slot_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="rundecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decision__in", ["promote", "keep_voting", "reject", "invalid"])
                ),
                name="run_decision_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="rundecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decision", "promote"), _negated=True),
                    ("counted__gt", 0),
                    _connector="OR",
                ),
                name="run_decision_rests_on_examples",
            ),
        ),
        migrations.AddIndex(
            model_name="runevent",
            index=models.Index(
                fields=["project", "-at", "-id"], name="evaluation__project_ac4d39_idx"
            ),
        ),
        migrations.AddConstraint(
            model_name="runintent",
            constraint=models.UniqueConstraint(fields=("run", "name"), name="run_intent_unique"),
        ),
        migrations.AddIndex(
            model_name="comparison",
            index=models.Index(
                models.F("run"),
                django.db.models.expressions.CombinedExpression(
                    models.F("position"), "+", models.Value(0)
                ),
                condition=models.Q(("state", "open")),
                name="comparison_servable",
            ),
        ),
        migrations.AddIndex(
            model_name="comparison",
            index=models.Index(
                fields=["run", "intent", "position"], name="comparison_intent_order"
            ),
        ),
        migrations.AddIndex(
            model_name="comparison",
            index=models.Index(
                condition=models.Q(("state__in", ["set_aside", "withdrawn"])),
                fields=["run", "intent", "state"],
                name="comparison_excluded",
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
        migrations.AddConstraint(
            model_name="comparison",
            constraint=models.UniqueConstraint(
                fields=("run", "position"), name="comparison_position_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="comparison",
            constraint=models.UniqueConstraint(
                condition=models.Q(("external_id", ""), _negated=True),
                fields=("run", "external_id"),
                name="comparison_external_id_unique",
            ),
        ),
        migrations.AddConstraint(
            model_name="comparison",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "closed", "set_aside", "withdrawn"])),
                name="comparison_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="comparison",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("state", "open"),
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
        migrations.AddConstraint(
            model_name="comparison",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "withdrawn"), _negated=True),
                    ("first_served_at__isnull", True),
                    _connector="OR",
                ),
                name="comparison_withdrawn_before_served",
            ),
        ),
        migrations.AddConstraint(
            model_name="runtally",
            constraint=models.UniqueConstraint(
                condition=models.Q(("intent__isnull", True)),
                fields=("run",),
                name="run_tally_one_main_queue",
            ),
        ),
        migrations.AddIndex(
            model_name="vote",
            index=models.Index(fields=["run", "rater", "-at"], name="vote_by_rater"),
        ),
        migrations.AddIndex(
            model_name="vote",
            index=models.Index(fields=["comparison"], name="vote_of_comparison"),
        ),
        migrations.AddIndex(
            model_name="vote",
            index=models.Index(
                condition=models.Q(("undone_at__isnull", True)),
                fields=["run", "rater", "left", "verdict", "source"],
                name="vote_current",
            ),
        ),
        migrations.AddConstraint(
            model_name="vote",
            constraint=models.UniqueConstraint(
                condition=models.Q(("undone_at__isnull", True)),
                fields=("comparison", "rater"),
                name="vote_unique_per_rater",
            ),
        ),
        migrations.AddConstraint(
            model_name="vote",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("verdict__in", ["candidate", "baseline", "tie_good", "tie_bad"]),
                    models.Q(
                        ("left__isnull", True),
                        ("left__in", ["candidate", "baseline"]),
                        _connector="OR",
                    ),
                    models.Q(
                        ("choice__isnull", True),
                        ("choice__in", ["left", "right", "both_good", "both_bad"]),
                        _connector="OR",
                    ),
                ),
                name="vote_values_valid",
            ),
        ),
        migrations.AddConstraint(
            model_name="vote",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("choice__isnull", True),
                    models.Q(("choice", "both_good"), ("verdict", "tie_good")),
                    models.Q(("choice", "both_bad"), ("verdict", "tie_bad")),
                    models.Q(("choice", "left"), ("left", "candidate"), ("verdict", "candidate")),
                    models.Q(("choice", "left"), ("left", "baseline"), ("verdict", "baseline")),
                    models.Q(("choice", "right"), ("left", "candidate"), ("verdict", "baseline")),
                    models.Q(("choice", "right"), ("left", "baseline"), ("verdict", "candidate")),
                    _connector="OR",
                ),
                name="vote_verdict_is_its_choice",
            ),
        ),
        migrations.AddIndex(
            model_name="voteevent",
            index=models.Index(
                fields=["project", "-at", "-id"], name="evaluation__project_227498_idx"
            ),
        ),
    ]
