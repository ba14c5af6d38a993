"""Runs, votes, promotions, training and what belongs to them.

A new database gets these tables at once; an older one goes on with the migrations replaced.
"""

import uuid
from decimal import Decimal

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
from reviewapp.core.migrations import CreateModels, statements_of

REPLACED = [
    "0001_initial",
    "0002_triggers",
    "0003_erasure",
    "0004_reading_language",
    "0005_answer_upload",
    "0006_time_to_undo",
    "0007_judge",
    "0008_fixed_columns",
    "0009_gold_checks",
    "0010_identical_answers",
    "0011_closed_gold_terms",
    "0012_erase_gold_check",
    "0013_adjudication",
    "0014_criteria",
    "0015_training",
    "0016_upload_overlap_votes",
    "0017_training_steps",
    "0018_local_training",
    "0019_training_windows",
    "0020_training_schedules",
    "0021_reused_answers",
    "0022_preferences",
    "0023_answer_batches",
    "0024_shadow_check",
    "0025_preference_trainings",
    "0026_base_model_shutdown",
    "0027_training_bundle",
    "0028_scheduled_mini_batches",
    "0029_training_finish_before_pause",
    "0030_state_of_runs_once_a_statement",
    "0031_model_version_changes",
    "0032_training_resumed_at",
    "0033_training_checkpoints_live",
    "0034_leases_reported_broken",
    "0035_shared_examples_first",
    "0036_trained_matches",
    "0037_training_log_messages",
    "0038_answers_without_letter",
    "0039_bundle_logs",
    "0040_imported_adjudications",
    "0041_preflight_jobs",
    "0042_service_reports",
]


class Migration(migrations.Migration):
    initial = True
    replaces = [("evaluation", name) for name in REPLACED]
    dependencies = [
        ("datasets", "0030_unanswered_pairs"),
        ("people", "0011_scope_labels"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(
            migrations.CreateModel(
                name="BaseModel",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("name", models.CharField(max_length=80, unique=True)),
                    ("path", models.CharField(max_length=500)),
                    ("sha256", models.CharField(max_length=64)),
                    ("size_bytes", models.PositiveBigIntegerField()),
                    ("context_tokens", models.PositiveIntegerField()),
                    ("tokens_per_second", models.FloatField(blank=True, null=True)),
                    ("is_offered", models.BooleanField(default=True)),
                    (
                        "registered_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                ],
                options={
                    "ordering": ("name",),
                },
            ),
            migrations.CreateModel(
                name="Bundle",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "token_digest",
                        models.CharField(blank=True, max_length=64, null=True, unique=True),
                    ),
                    ("token_expires_at", models.DateTimeField(blank=True, null=True)),
                    ("downloaded_at", models.DateTimeField(blank=True, null=True)),
                    ("wanted", models.CharField(default="run", max_length=6)),
                    ("last_report_at", models.DateTimeField(blank=True, null=True)),
                    ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "training",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="bundle",
                            to="evaluation.trainingrun",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("wanted__in", ["run", "pause", "cancel"])),
                            name="bundle_wanted_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("token_digest__isnull", True),
                                ("token_expires_at__isnull", False),
                                _connector="OR",
                            ),
                            name="bundle_token_expires",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="TrainingWorker",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("name", models.CharField(max_length=200, unique=True)),
                    ("device", models.CharField(blank=True, max_length=80)),
                    ("seen_at", models.DateTimeField()),
                ],
                options={
                    "ordering": ("name",),
                },
            ),
            migrations.CreateModel(
                name="BundleLog",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("key", models.CharField(blank=True, max_length=64)),
                    ("received", models.PositiveIntegerField(default=0)),
                    (
                        "bundle",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="logs",
                            to="evaluation.bundle",
                        ),
                    ),
                ],
                options={
                    "ordering": ("bundle", "pk"),
                    "constraints": [
                        models.UniqueConstraint(fields=("bundle", "key"), name="bundle_log_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="BundleEvent",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("number", models.PositiveIntegerField()),
                    ("kind", models.CharField(max_length=20)),
                    ("at", models.DateTimeField()),
                    ("values", models.JSONField(default=dict)),
                    (
                        "log",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="events",
                            to="evaluation.bundlelog",
                        ),
                    ),
                ],
                options={
                    "ordering": ("log", "number"),
                    "constraints": [
                        models.UniqueConstraint(fields=("log", "number"), name="bundle_event_once")
                    ],
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
                    (
                        "public_id",
                        models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
                    ),
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
                    (
                        "intent",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="comparisons",
                            to="evaluation.runintent",
                        ),
                    ),
                    (
                        "reading_language",
                        models.CharField(blank=True, db_default="", max_length=12),
                    ),
                    ("full_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "closing_identical",
                        models.PositiveSmallIntegerField(db_default=0, default=0),
                    ),
                ],
                options={
                    "ordering": ("run", "position"),
                    "indexes": [
                        models.Index(
                            models.F("run"),
                            django.db.models.expressions.CombinedExpression(
                                models.F("position"), "+", models.Value(0)
                            ),
                            condition=models.Q(("state", "open")),
                            name="comparison_servable",
                        ),
                        models.Index(
                            fields=["run", "intent", "position"], name="comparison_intent_order"
                        ),
                        models.Index(
                            condition=models.Q(("state__in", ["set_aside", "withdrawn"])),
                            fields=["run", "intent", "state"],
                            name="comparison_excluded",
                        ),
                        models.Index(
                            condition=models.Q(
                                django.db.models.lookups.GreaterThan(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("all_candidate"),
                                                "+",
                                                models.F("all_baseline"),
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
                            fields=[
                                "run",
                                "all_candidate",
                                "all_baseline",
                                "all_tie_good",
                                "all_tie_bad",
                            ],
                            name="comparison_shared",
                        ),
                        models.Index(
                            condition=models.Q(("full_at__isnull", False), ("state", "open")),
                            fields=["full_at"],
                            name="comparison_full",
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("run", "position"), name="comparison_position_unique"
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("external_id", ""), _negated=True),
                            fields=("run", "external_id"),
                            name="comparison_external_id_unique",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("state__in", ["open", "closed", "set_aside", "withdrawn"])
                            ),
                            name="comparison_state_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("state", "withdrawn"), _negated=True),
                                ("first_served_at__isnull", True),
                                _connector="OR",
                            ),
                            name="comparison_withdrawn_before_served",
                        ),
                        models.CheckConstraint(
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
                    ],
                },
            ),
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
                    (
                        "at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
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
                        "comparison",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="adjudications",
                            to="evaluation.comparison",
                        ),
                    ),
                    (
                        "decided_elsewhere_by",
                        models.CharField(blank=True, default="", max_length=150),
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
                                    ("choice", "left"),
                                    ("left", "candidate"),
                                    ("verdict", "candidate"),
                                ),
                                models.Q(
                                    ("choice", "left"),
                                    ("left", "baseline"),
                                    ("verdict", "baseline"),
                                ),
                                models.Q(
                                    ("choice", "right"),
                                    ("left", "candidate"),
                                    ("verdict", "baseline"),
                                ),
                                models.Q(
                                    ("choice", "right"),
                                    ("left", "baseline"),
                                    ("verdict", "candidate"),
                                ),
                                _connector="OR",
                            ),
                            name="adjudication_verdict_is_its_choice",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("actor__isnull", True),
                                ("decided_elsewhere_by", ""),
                                _connector="XOR",
                            ),
                            name="adjudication_has_one_adjudicator",
                        ),
                    ],
                },
            ),
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
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("project", "base_url", "api_key_name"),
                            name="endpoint_once_a_project",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("max_concurrent__gt", 0), ("requests_per_minute__gt", 0)
                            ),
                            name="endpoint_limits_positive",
                        ),
                    ],
                },
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
                    (
                        "baseline",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="evaluation.modelversion",
                        ),
                    ),
                    (
                        "candidate",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="evaluation.modelversion",
                        ),
                    ),
                    ("gold_percent", models.PositiveSmallIntegerField(default=0)),
                    ("training_examples", models.PositiveSmallIntegerField(default=0)),
                    ("criteria_count", models.PositiveSmallIntegerField(db_default=0, default=0)),
                    ("shared_first", models.BooleanField(db_default=False, default=False)),
                ],
                options={
                    "ordering": ("project", "-created_at", "-pk"),
                    "constraints": [
                        models.UniqueConstraint(fields=("project", "name"), name="run_name_unique"),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("state__in", ["draft", "generating", "voting", "closed"])
                            ),
                            name="run_state_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("candidate", models.F("baseline")), _negated=True),
                            name="run_compares_two_models",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("overlap_votes__gte", models.F("votes_per_example")),
                                ("votes_per_example__gt", 0),
                            ),
                            name="run_votes_positive",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("order_from_file", False),
                                models.Q(("all_votes", False), ("unordered_votes", False)),
                                _connector="OR",
                            ),
                            name="run_order_consistent",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("revealed_at__isnull", True), ("state", "closed"), _connector="OR"
                            ),
                            name="run_revealed_after_closing",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="AnswerUpload",
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
                    ("files", models.JSONField()),
                    ("run_name", models.CharField(max_length=120)),
                    ("title", models.CharField(blank=True, max_length=120)),
                    ("baseline", models.CharField(max_length=100)),
                    ("candidate", models.CharField(max_length=100)),
                    ("votes_per_example", models.PositiveSmallIntegerField(default=1)),
                    ("overlap_percent", models.PositiveSmallIntegerField(default=20)),
                    ("preset", models.CharField(default="standard", max_length=20)),
                    ("marks", models.CharField(blank=True, max_length=10)),
                    ("findings", models.JSONField(default=dict)),
                    ("rows_done", models.PositiveIntegerField(default=0)),
                    (
                        "created_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "created_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "project",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="answer_uploads",
                            to="people.project",
                        ),
                    ),
                    (
                        "run",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="evaluation.evaluationrun",
                        ),
                    ),
                    ("overlap_votes", models.PositiveSmallIntegerField(blank=True, null=True)),
                ],
                options={
                    "ordering": ("-pk",),
                    "abstract": False,
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("state__in", ["waiting", "running", "done", "failed"])
                            ),
                            name="answerupload_state_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("state", "running"), _negated=True),
                                models.Q(("claim__isnull", False), ("heartbeat_at__isnull", False)),
                                _connector="OR",
                            ),
                            name="answerupload_running_is_claimed",
                        ),
                    ],
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
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("run", "gate", "subject"), name="gate_check_one_a_subject"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("state__in", ["passed", "failed", "insufficient"])),
                            name="gate_check_state_known",
                        ),
                    ],
                },
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
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("expected__in", ["first", "second", "both_good", "both_bad"])
                            ),
                            name="gold_check_expected_known",
                        ),
                        models.CheckConstraint(
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
                    ],
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
                    "indexes": [
                        models.Index(
                            fields=["project", "-at", "-id"], name="evaluation__project_19f51b_idx"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="JudgeRun",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("sampling", models.JSONField(default=dict)),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("running", "asking"),
                                ("stopped", "stopped"),
                                ("cancelled", "cancelled"),
                                ("done", "finished"),
                            ],
                            default="running",
                            max_length=10,
                        ),
                    ),
                    ("stop_code", models.CharField(blank=True, max_length=80)),
                    ("stop_reason", reviewapp.core.fields.MessageField(blank=True, null=True)),
                    (
                        "usd_cap",
                        models.DecimalField(blank=True, decimal_places=8, max_digits=14, null=True),
                    ),
                    ("token_cap", models.PositiveBigIntegerField(blank=True, null=True)),
                    ("expected_tokens", models.PositiveBigIntegerField(default=0)),
                    (
                        "expected_usd",
                        models.DecimalField(blank=True, decimal_places=8, max_digits=14, null=True),
                    ),
                    ("spent_tokens", models.PositiveBigIntegerField(default=0)),
                    (
                        "spent_usd",
                        models.DecimalField(decimal_places=8, default=Decimal("0"), max_digits=14),
                    ),
                    (
                        "started_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    ("finished_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "model_version",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="evaluation.modelversion",
                        ),
                    ),
                    (
                        "run",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="judge_runs",
                            to="evaluation.evaluationrun",
                        ),
                    ),
                    (
                        "started_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "rubric",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="judge_runs",
                            to="evaluation.rubric",
                        ),
                    ),
                ],
                options={
                    "ordering": ("run", "-pk"),
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("state__in", ["running", "stopped", "cancelled", "done"])
                            ),
                            name="judge_run_state_known",
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("state__in", ["running", "stopped"])),
                            fields=("run",),
                            name="judge_run_one_active",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Judgement",
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
                    (
                        "first",
                        models.CharField(
                            choices=[("candidate", "candidate"), ("baseline", "baseline")],
                            max_length=10,
                        ),
                    ),
                    ("expected_tokens", models.PositiveIntegerField(default=0)),
                    (
                        "verdict",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("candidate", "candidate"),
                                ("baseline", "baseline"),
                                ("tie_good", "tie_good"),
                                ("tie_bad", "tie_bad"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("reply", models.TextField(blank=True)),
                    ("invalid_replies", models.PositiveSmallIntegerField(default=0)),
                    ("response_model", models.CharField(blank=True, max_length=200)),
                    ("request_id", models.CharField(blank=True, max_length=200)),
                    ("latency_ms", models.PositiveIntegerField(blank=True, null=True)),
                    (
                        "comparison",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="judgements",
                            to="evaluation.comparison",
                        ),
                    ),
                    (
                        "judge_run",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="judgements",
                            to="evaluation.judgerun",
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                    "indexes": [
                        models.Index(
                            condition=models.Q(("state__in", ["waiting", "running"])),
                            fields=["judge_run", "id"],
                            name="judgement_to_get",
                        )
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("state__in", ["waiting", "running", "done", "failed"])
                            ),
                            name="judgement_state_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("state", "running"), _negated=True),
                                models.Q(("claim__isnull", False), ("heartbeat_at__isnull", False)),
                                _connector="OR",
                            ),
                            name="judgement_running_is_claimed",
                        ),
                        models.UniqueConstraint(
                            fields=("judge_run", "comparison", "first"),
                            name="judgement_once_in_each_order",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("first__in", ["candidate", "baseline"])),
                            name="judgement_first_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("state", "done"),
                                    (
                                        "verdict__in",
                                        ["candidate", "baseline", "tie_good", "tie_bad"],
                                    ),
                                ),
                                models.Q(
                                    models.Q(("state", "done"), _negated=True), ("verdict", "")
                                ),
                                _connector="OR",
                            ),
                            name="judgement_done_with_verdict",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="LocalJob",
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
                    ("key", models.UUIDField(unique=True)),
                    ("values", models.JSONField(default=dict)),
                    ("files", models.JSONField(default=dict)),
                    (
                        "status",
                        models.CharField(
                            choices=[
                                ("waiting", "Waiting"),
                                ("running", "Running"),
                                ("paused", "Paused"),
                                ("succeeded", "Succeeded"),
                                ("failed", "Failed"),
                                ("cancelled", "Cancelled"),
                            ],
                            default="waiting",
                            max_length=10,
                        ),
                    ),
                    (
                        "asked",
                        models.CharField(
                            blank=True,
                            choices=[("", ""), ("pause", "Pause"), ("cancel", "Cancel")],
                            default="",
                            max_length=8,
                        ),
                    ),
                    ("worker", models.CharField(blank=True, max_length=200)),
                    ("events_read", models.PositiveBigIntegerField(default=0)),
                    ("checkpoint", models.CharField(blank=True, max_length=64)),
                    ("trained_tokens", models.PositiveBigIntegerField(blank=True, null=True)),
                    (
                        "created_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    (
                        "base",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="jobs",
                            to="evaluation.basemodel",
                        ),
                    ),
                ],
                options={
                    "ordering": ("pk",),
                    "abstract": False,
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("state__in", ["waiting", "running", "done", "failed"])
                            ),
                            name="localjob_state_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("state", "running"), _negated=True),
                                models.Q(("claim__isnull", False), ("heartbeat_at__isnull", False)),
                                _connector="OR",
                            ),
                            name="localjob_running_is_claimed",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                (
                                    "status__in",
                                    [
                                        "waiting",
                                        "running",
                                        "paused",
                                        "succeeded",
                                        "failed",
                                        "cancelled",
                                    ],
                                )
                            ),
                            name="localjob_status_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("asked__in", ["", "pause", "cancel"])),
                            name="localjob_asked_known",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="LocalEvent",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("number", models.PositiveIntegerField()),
                    ("content", models.JSONField()),
                    (
                        "job",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="events",
                            to="evaluation.localjob",
                        ),
                    ),
                ],
                options={
                    "ordering": ("job", "number"),
                    "constraints": [
                        models.UniqueConstraint(fields=("job", "number"), name="local_event_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="LocalAdapter",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("epoch", models.PositiveIntegerField()),
                    ("step", models.PositiveIntegerField()),
                    ("files", models.JSONField()),
                    (
                        "job",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="adapters",
                            to="evaluation.localjob",
                        ),
                    ),
                ],
                options={
                    "ordering": ("job", "epoch"),
                    "constraints": [
                        models.UniqueConstraint(fields=("job", "epoch"), name="local_adapter_once")
                    ],
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
                    ("version_changes", models.JSONField(blank=True, default=dict)),
                ],
                options={
                    "ordering": ("project", "-created_at", "-pk"),
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("project", "name"), name="model_version_name_unique"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("provider__in", ("imported", "unserved")),
                                models.Q(
                                    ("endpoint__isnull", False),
                                    models.Q(("model_id", ""), _negated=True),
                                ),
                                _connector="OR",
                            ),
                            name="model_version_can_be_asked_or_is_imported",
                        ),
                    ],
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
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("state__in", ["waiting", "running", "done", "failed"])
                            ),
                            name="modeltrial_state_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("state", "running"), _negated=True),
                                models.Q(("claim__isnull", False), ("heartbeat_at__isnull", False)),
                                _connector="OR",
                            ),
                            name="modeltrial_running_is_claimed",
                        ),
                    ],
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
                    "indexes": [
                        models.Index(
                            fields=["project", "-at", "-id"], name="evaluation__project_377145_idx"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="AnswerBatch",
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
                    ("key", models.UUIDField(default=uuid.uuid4, unique=True)),
                    (
                        "fallback",
                        models.CharField(
                            choices=[
                                ("direct", "Ask for them one by one, at the full price"),
                                ("batch", "Send them as another batch"),
                            ],
                            default="direct",
                            max_length=8,
                        ),
                    ),
                    ("round", models.PositiveSmallIntegerField(default=1)),
                    ("answer_count", models.PositiveIntegerField()),
                    (
                        "stage",
                        models.CharField(
                            choices=[
                                ("queued", "queued"),
                                ("at_provider", "at the provider"),
                                ("collecting", "being collected"),
                                ("ended", "ended"),
                            ],
                            default="queued",
                            max_length=12,
                        ),
                    ),
                    ("is_cancelled", models.BooleanField(default=False)),
                    ("provider_state", models.CharField(blank=True, max_length=80)),
                    ("provider_batch_id", models.CharField(blank=True, max_length=200)),
                    ("file_ids", models.JSONField(blank=True, default=dict)),
                    ("upload_tries", models.PositiveSmallIntegerField(default=0)),
                    ("create_tries", models.PositiveSmallIntegerField(default=0)),
                    ("create_tried_at", models.DateTimeField(blank=True, null=True)),
                    ("failures", models.PositiveSmallIntegerField(default=0)),
                    ("lines_done", models.PositiveIntegerField(default=0)),
                    ("lines_failed", models.PositiveIntegerField(default=0)),
                    (
                        "created_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    (
                        "endpoint",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="batches",
                            to="evaluation.endpoint",
                        ),
                    ),
                    (
                        "model_version",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="batches",
                            to="evaluation.modelversion",
                        ),
                    ),
                    (
                        "run",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="batches",
                            to="evaluation.evaluationrun",
                        ),
                    ),
                ],
                options={
                    "ordering": ("run", "pk"),
                    "abstract": False,
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("state__in", ["waiting", "running", "done", "failed"])
                            ),
                            name="answerbatch_state_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("state", "running"), _negated=True),
                                models.Q(("claim__isnull", False), ("heartbeat_at__isnull", False)),
                                _connector="OR",
                            ),
                            name="answerbatch_running_is_claimed",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("stage__in", ["queued", "at_provider", "collecting", "ended"])
                            ),
                            name="answer_batch_stage_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("fallback__in", ["direct", "batch"])),
                            name="answer_batch_fallback_known",
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("provider_batch_id", ""), _negated=True),
                            fields=("endpoint", "provider_batch_id"),
                            name="answer_batch_once_at_provider",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("stage", "at_provider"), _negated=True),
                                models.Q(("provider_batch_id", ""), _negated=True),
                                _connector="OR",
                            ),
                            name="answer_batch_at_provider_has_id",
                        ),
                    ],
                },
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
                    (
                        "request_hash",
                        models.CharField(blank=True, db_default="", default="", max_length=64),
                    ),
                    (
                        "reused_from",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="reused_by",
                            to="evaluation.answer",
                        ),
                    ),
                    (
                        "batch",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="answers",
                            to="evaluation.answerbatch",
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                    "indexes": [
                        models.Index(
                            condition=models.Q(("state__in", ["waiting", "running"])),
                            fields=["run", "id"],
                            name="answer_to_get",
                        ),
                        models.Index(
                            condition=models.Q(("request_hash", ""), _negated=True),
                            fields=["model_version", "request_hash"],
                            name="answer_to_reuse",
                        ),
                        models.Index(
                            condition=models.Q(
                                (
                                    "text__regex",
                                    "[A-Za-z0-9À-ɏΑ-ωА-яא-תء-غअ-हก-ะぁ-ゖァ-ヺ一-鿿가-힣]",
                                ),
                                _negated=True,
                            ),
                            fields=["run"],
                            name="answer_without_letter",
                        ),
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("state__in", ["waiting", "running", "done", "failed"])
                            ),
                            name="answer_state_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("state", "running"), _negated=True),
                                models.Q(("claim__isnull", False), ("heartbeat_at__isnull", False)),
                                _connector="OR",
                            ),
                            name="answer_running_is_claimed",
                        ),
                        models.UniqueConstraint(
                            fields=("comparison", "model_version"),
                            name="answer_once_for_each_model",
                        ),
                    ],
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
                name="PreferenceSet",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("number", models.PositiveIntegerField()),
                    (
                        "rule",
                        models.CharField(
                            choices=[
                                ("unanimous", "Unanimous: all votes are for it"),
                                ("majority", "Majority: more than half of the votes are for it"),
                                ("plurality", "More votes are for it than for the other"),
                            ],
                            max_length=12,
                        ),
                    ),
                    ("min_votes", models.PositiveSmallIntegerField(default=1)),
                    ("digest", models.CharField(max_length=64)),
                    ("size_bytes", models.PositiveBigIntegerField()),
                    ("pair_count", models.PositiveIntegerField()),
                    ("tokens", models.PositiveBigIntegerField()),
                    ("left_out", models.JSONField(default=dict)),
                    ("sources", models.JSONField(default=list)),
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
                        "project",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="preference_sets",
                            to="people.project",
                        ),
                    ),
                ],
                options={
                    "ordering": ("project", "-number"),
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("project", "number"), name="preference_set_number"
                        ),
                        models.UniqueConstraint(
                            fields=("project", "digest"), name="preference_set_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("rule__in", ["unanimous", "majority", "plurality"])
                            ),
                            name="preference_rule_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("min_votes__gt", 0), ("pair_count__gt", 0)),
                            name="preference_set_not_empty",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="PreferencePair",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("position", models.PositiveIntegerField()),
                    ("votes_for", models.PositiveSmallIntegerField()),
                    ("votes_against", models.PositiveSmallIntegerField()),
                    ("votes_tied", models.PositiveSmallIntegerField()),
                    (
                        "comparison",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="preferences",
                            to="evaluation.comparison",
                        ),
                    ),
                    (
                        "other",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="evaluation.answer",
                        ),
                    ),
                    (
                        "preferred",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="evaluation.answer",
                        ),
                    ),
                    (
                        "preference_set",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="pairs",
                            to="evaluation.preferenceset",
                        ),
                    ),
                ],
                options={
                    "ordering": ("preference_set", "position"),
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("preference_set", "position"), name="preference_pair_position"
                        ),
                        models.UniqueConstraint(
                            fields=("preference_set", "comparison"), name="preference_pair_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("votes_for__gt", models.F("votes_against"))),
                            name="preference_pair_is_decisive",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="PreferenceEvent",
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
                        "preference_set",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="events",
                            to="evaluation.preferenceset",
                        ),
                    ),
                ],
                options={
                    "ordering": ("-at", "-pk"),
                    "abstract": False,
                    "indexes": [
                        models.Index(
                            fields=["project", "-at", "-id"], name="evaluation__project_a576fb_idx"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="PreflightJob",
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
                    ("provider", models.CharField(max_length=20)),
                    ("key", models.CharField(max_length=64)),
                    ("tokenizer", models.CharField(max_length=80)),
                    ("total_bytes", models.PositiveBigIntegerField()),
                    ("done_bytes", models.PositiveBigIntegerField(default=0)),
                    ("errors", models.JSONField(default=list)),
                    (
                        "version",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="preflights",
                            to="datasets.datasetversion",
                        ),
                    ),
                ],
                options={
                    "ordering": ("version", "pk"),
                    "abstract": False,
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("state__in", ["waiting", "running", "done", "failed"])
                            ),
                            name="preflightjob_state_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("state", "running"), _negated=True),
                                models.Q(("claim__isnull", False), ("heartbeat_at__isnull", False)),
                                _connector="OR",
                            ),
                            name="preflightjob_running_is_claimed",
                        ),
                        models.UniqueConstraint(
                            fields=("version", "key"), name="preflight_job_once"
                        ),
                    ],
                },
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
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("note", ""), _negated=True),
                            name="promotion_has_a_note",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("effective_at__isnull", True),
                                ("override_reason", ""),
                                models.Q(
                                    ("signed_by__isnull", False),
                                    models.Q(
                                        ("signed_by", models.F("requested_by")), _negated=True
                                    ),
                                ),
                                _connector="OR",
                            ),
                            name="promotion_override_needs_a_second_lead",
                        ),
                        models.CheckConstraint(
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
                        models.CheckConstraint(
                            condition=models.Q(
                                ("effective_at__isnull", True),
                                ("declined_at__isnull", True),
                                _connector="OR",
                            ),
                            name="promotion_effective_or_declined",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("kind__in", ["promotion", "rollback", "declaration", "withdrawal"])
                            ),
                            name="promotion_kind_known",
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(
                                ("declined_at__isnull", True), ("effective_at__isnull", True)
                            ),
                            fields=("project", "alias"),
                            name="promotion_one_waiting_for_an_alias",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("alias__in", ["production", "canary", "shadow"])),
                            name="promotion_alias_known",
                        ),
                    ],
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
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("project", "name"), name="alias_points_at_one_model"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("name__in", ["production", "canary", "shadow"])),
                            name="alias_name_known",
                        ),
                    ],
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
                    "indexes": [
                        models.Index(
                            fields=["project", "-at", "-id"], name="evaluation__project_c8d168_idx"
                        )
                    ],
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
                            choices=[
                                ("answer", "Answer"),
                                ("trial", "Trial"),
                                ("judgement", "Judgement"),
                                ("shadow", "Shadow"),
                            ],
                            max_length=12,
                        ),
                    ),
                    ("subject_id", models.BigIntegerField(blank=True, null=True)),
                    ("started_at", models.DateTimeField()),
                    ("finished_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "outcome",
                        models.CharField(
                            blank=True, help_text="ok, or the error code", max_length=80
                        ),
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
                options={
                    "indexes": [
                        models.Index(
                            fields=["endpoint", "-started_at"], name="provider_call_recent"
                        ),
                        models.Index(
                            fields=["subject_id", "purpose"], name="provider_call_subject"
                        ),
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("purpose__in", ["answer", "trial", "judgement", "shadow"])
                            ),
                            name="provider_call_purpose_known",
                        )
                    ],
                },
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
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("run", "user"), name="rater_unique_per_run"
                        ),
                        models.UniqueConstraint(
                            fields=("run", "name"), name="rater_name_unique_in_run"
                        ),
                        models.CheckConstraint(
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
                        models.CheckConstraint(
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
                    ],
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
                    (
                        "public_id",
                        models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
                    ),
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
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("state", "leased")),
                            fields=["rater", "id"],
                            name="lease_held_by_rater",
                        ),
                        models.Index(
                            condition=models.Q(("state", "skipped")),
                            fields=["run", "rater", "comparison"],
                            name="lease_skipped_by_rater",
                        ),
                        models.Index(
                            condition=models.Q(("state", "broken")),
                            fields=["rater"],
                            name="lease_broken_by_rater",
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("state__in", ["leased", "voted"])),
                            fields=("comparison", "slot"),
                            name="lease_slot_unique",
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("state__in", ["leased", "voted"])),
                            fields=("comparison", "rater"),
                            name="lease_unique_per_rater",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("left__in", ["candidate", "baseline"]),
                                (
                                    "state__in",
                                    ["leased", "voted", "skipped", "broken", "expired", "undone"],
                                ),
                            ),
                            name="lease_values_valid",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("slot__gte", 1)), name="lease_slot_positive"
                        ),
                    ],
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
                    (
                        "public_id",
                        models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
                    ),
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
                    ("on_criteria", models.JSONField(blank=True, db_default={}, default=dict)),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["rater", "state"], name="gold_lease_of_rater")
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("state__in", ["leased", "voted"])),
                            fields=("rater", "gold_check"),
                            name="gold_lease_unique_per_rater",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("left__in", ["first", "second"]),
                                (
                                    "state__in",
                                    ["leased", "voted", "skipped", "broken", "expired", "undone"],
                                ),
                                ("choice__in", ["", "left", "right", "both_good", "both_bad"]),
                            ),
                            name="gold_lease_values_valid",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("state", "voted"), _negated=True),
                                models.Q(
                                    models.Q(("choice", ""), _negated=True),
                                    ("is_right__isnull", False),
                                ),
                                _connector="OR",
                            ),
                            name="gold_lease_voted_has_choice",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="RetiredTestSplit",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("reason", models.TextField()),
                    (
                        "retired_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    (
                        "retired_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "version",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="retired_test_split",
                            to="datasets.datasetversion",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="Rubric",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("number", models.PositiveIntegerField()),
                    ("text", models.TextField()),
                    ("digest", models.CharField(max_length=64)),
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
                        "project",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="rubrics",
                            to="people.project",
                        ),
                    ),
                ],
                options={
                    "ordering": ("project", "-number"),
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("project", "number"), name="rubric_number_unique"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="RubricEvent",
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
                        "rubric",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="events",
                            to="evaluation.rubric",
                        ),
                    ),
                ],
                options={
                    "ordering": ("-at", "-pk"),
                    "abstract": False,
                    "indexes": [
                        models.Index(
                            fields=["project", "-at", "-id"], name="evaluation__project_f9023b_idx"
                        )
                    ],
                },
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
                name="RunCriterion",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("position", models.PositiveSmallIntegerField()),
                    ("code", models.CharField(blank=True, max_length=40)),
                    ("name", models.CharField(blank=True, max_length=60)),
                    ("question", models.CharField(blank=True, max_length=200)),
                    ("gated", models.BooleanField(default=False)),
                    (
                        "run",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="criteria",
                            to="evaluation.evaluationrun",
                        ),
                    ),
                ],
                options={
                    "ordering": ("run", "position"),
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("run", "position"), name="run_criterion_position"
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("code", ""), _negated=True),
                            fields=("run", "code"),
                            name="run_criterion_code_once",
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("name", ""), _negated=True),
                            fields=("run", "name"),
                            name="run_criterion_name_once",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("position__gte", 1), ("position__lte", 4)),
                            name="run_criterion_position_in_range",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                (
                                    "code__in",
                                    [
                                        "",
                                        "refusal_accuracy",
                                        "citation_faithfulness",
                                        "multilingual_clarity",
                                        "tone",
                                    ],
                                )
                            ),
                            name="run_criterion_code_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("code", ""),
                                    models.Q(("name", ""), _negated=True),
                                    models.Q(("question", ""), _negated=True),
                                ),
                                models.Q(
                                    models.Q(("code", ""), _negated=True),
                                    ("name", ""),
                                    ("question", ""),
                                ),
                                _connector="OR",
                            ),
                            name="run_criterion_standard_or_own",
                        ),
                    ],
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
                    (
                        "at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
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
                            condition=models.Q(
                                ("decision__in", ["promote", "keep_voting", "reject", "invalid"])
                            ),
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
                    "indexes": [
                        models.Index(
                            fields=["project", "-at", "-id"], name="evaluation__project_ac4d39_idx"
                        )
                    ],
                },
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
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("run", "gold_check"), name="run_gold_check_unique"
                        )
                    ],
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
                    "constraints": [
                        models.UniqueConstraint(fields=("run", "name"), name="run_intent_unique")
                    ],
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
            migrations.CreateModel(
                name="ServedModel",
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
                                ("wanted", "starting"),
                                ("served", "served"),
                                ("failed", "failed"),
                                ("stopped", "stopped"),
                            ],
                            default="wanted",
                            max_length=8,
                        ),
                    ),
                    ("port", models.PositiveIntegerField(blank=True, null=True, unique=True)),
                    ("error", reviewapp.core.fields.MessageField(blank=True, null=True)),
                    ("asked_at", models.DateTimeField()),
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
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="served",
                            to="evaluation.modelversion",
                        ),
                    ),
                ],
                options={
                    "ordering": ("pk",),
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("state__in", ["wanted", "served", "failed", "stopped"])
                            ),
                            name="servedmodel_state_known",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="ServiceLimits",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("max_p95_ms", models.PositiveIntegerField(blank=True, null=True)),
                    (
                        "max_usd",
                        models.DecimalField(blank=True, decimal_places=6, max_digits=10, null=True),
                    ),
                    ("max_refusal_share", models.FloatField(blank=True, null=True)),
                    ("min_csat_share", models.FloatField(blank=True, null=True)),
                    (
                        "project",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="service_limits",
                            to="people.project",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("max_usd", None), ("max_usd__gte", 0), _connector="OR"),
                                models.Q(
                                    ("max_refusal_share", None),
                                    ("max_refusal_share__range", (0, 1)),
                                    _connector="OR",
                                ),
                                models.Q(
                                    ("min_csat_share", None),
                                    ("min_csat_share__range", (0, 1)),
                                    _connector="OR",
                                ),
                            ),
                            name="service_limits_in_range",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="ServiceReport",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("starts", models.DateTimeField()),
                    ("ends", models.DateTimeField()),
                    ("answers", models.PositiveIntegerField()),
                    ("p95_ms", models.PositiveIntegerField(blank=True, null=True)),
                    (
                        "usd",
                        models.DecimalField(blank=True, decimal_places=6, max_digits=14, null=True),
                    ),
                    ("refusals", models.PositiveIntegerField(blank=True, null=True)),
                    ("ratings", models.PositiveIntegerField(blank=True, null=True)),
                    ("satisfied", models.PositiveIntegerField(blank=True, null=True)),
                    (
                        "reported_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    (
                        "model_version",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="service_reports",
                            to="evaluation.modelversion",
                        ),
                    ),
                    (
                        "reported_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "ordering": ("model_version", "-ends", "-pk"),
                    "indexes": [
                        models.Index(
                            fields=["model_version", "-ends", "-id"], name="service_report_latest"
                        )
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("ends__gt", models.F("starts"))),
                            name="service_report_of_a_period",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("answers__gt", 0),
                                models.Q(
                                    ("refusals", None),
                                    ("refusals__lte", models.F("answers")),
                                    _connector="OR",
                                ),
                                models.Q(
                                    models.Q(("ratings", None), ("satisfied", None)),
                                    models.Q(
                                        ("ratings__gt", 0), ("satisfied__lte", models.F("ratings"))
                                    ),
                                    _connector="OR",
                                ),
                            ),
                            name="service_report_counts_agree",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="ShadowCheck",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("prompts_digest", models.CharField(max_length=64)),
                    ("rules", models.JSONField(default=dict)),
                    ("max_tokens", models.PositiveIntegerField()),
                    (
                        "usd_cap",
                        models.DecimalField(blank=True, decimal_places=8, max_digits=14, null=True),
                    ),
                    ("expected_tokens", models.PositiveBigIntegerField()),
                    (
                        "expected_usd",
                        models.DecimalField(blank=True, decimal_places=8, max_digits=14, null=True),
                    ),
                    ("prices_as_of", models.DateField(blank=True, null=True)),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("running", "asking"),
                                ("stopped", "stopped"),
                                ("cancelled", "cancelled"),
                                ("done", "answered"),
                            ],
                            default="running",
                            max_length=10,
                        ),
                    ),
                    ("stop_code", models.CharField(blank=True, max_length=80)),
                    ("stop_reason", reviewapp.core.fields.MessageField(blank=True, null=True)),
                    ("spent_tokens", models.PositiveBigIntegerField(default=0)),
                    (
                        "spent_usd",
                        models.DecimalField(decimal_places=8, default=Decimal("0"), max_digits=14),
                    ),
                    (
                        "started_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    ("finished_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "model_version",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="shadow_checks",
                            to="evaluation.modelversion",
                        ),
                    ),
                    (
                        "project",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="shadow_checks",
                            to="people.project",
                        ),
                    ),
                    (
                        "started_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "ordering": ("project", "-pk"),
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("state__in", ["running", "stopped", "cancelled", "done"])
                            ),
                            name="shadow_check_state_known",
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("state__in", ["running", "stopped"])),
                            fields=("model_version",),
                            name="shadow_check_one_active",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="ShadowAnswer",
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
                    ("position", models.PositiveIntegerField()),
                    ("expected_tokens", models.PositiveIntegerField()),
                    ("text", models.TextField(blank=True)),
                    ("signals", models.JSONField(blank=True, default=list)),
                    ("response_model", models.CharField(blank=True, max_length=200)),
                    ("request_id", models.CharField(blank=True, max_length=200)),
                    ("latency_ms", models.PositiveIntegerField(blank=True, null=True)),
                    ("erased_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "revision",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="shadow_answers",
                            to="datasets.revision",
                        ),
                    ),
                    (
                        "shadow_check",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="answers",
                            to="evaluation.shadowcheck",
                        ),
                    ),
                ],
                options={
                    "ordering": ("shadow_check", "position"),
                    "abstract": False,
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("state__in", ["waiting", "running", "done", "failed"])
                            ),
                            name="shadowanswer_state_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("state", "running"), _negated=True),
                                models.Q(("claim__isnull", False), ("heartbeat_at__isnull", False)),
                                _connector="OR",
                            ),
                            name="shadowanswer_running_is_claimed",
                        ),
                        models.UniqueConstraint(
                            fields=("shadow_check", "position"), name="shadow_answer_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("state", "done"), _negated=True),
                                models.Q(("text", ""), _negated=True),
                                ("erased_at__isnull", False),
                                _connector="OR",
                            ),
                            name="shadow_answer_done_has_text",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="ShadowEvent",
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
                        "shadow_check",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="events",
                            to="evaluation.shadowcheck",
                        ),
                    ),
                ],
                options={
                    "ordering": ("-at", "-pk"),
                    "abstract": False,
                    "indexes": [
                        models.Index(
                            fields=["project", "-at", "-id"], name="evaluation__project_55a3d1_idx"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="ShadowRating",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("concise", models.BooleanField()),
                    ("consistent", models.BooleanField()),
                    ("in_tone", models.BooleanField()),
                    (
                        "at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    (
                        "answer",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="ratings",
                            to="evaluation.shadowanswer",
                        ),
                    ),
                    (
                        "rated_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "ordering": ("answer", "pk"),
                },
            ),
            migrations.CreateModel(
                name="ShadowSettings",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("system_prompt", models.TextField(blank=True)),
                    ("citation_pattern", models.CharField(blank=True, max_length=200)),
                    (
                        "forbidden_words",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=80),
                            blank=True,
                            default=list,
                            size=None,
                        ),
                    ),
                    (
                        "style_rules",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(
                                choices=[
                                    ("no_markdown", "No Markdown: no headings, lists or bold text"),
                                    ("no_emoji", "No emoji"),
                                    ("no_exclamation", "No exclamation marks"),
                                ],
                                max_length=20,
                            ),
                            blank=True,
                            default=list,
                            size=None,
                        ),
                    ),
                    ("max_words", models.PositiveIntegerField(blank=True, null=True)),
                    ("checks_tuned_models", models.BooleanField(default=True)),
                    (
                        "project",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="shadow_settings",
                            to="people.project",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="TrainedMatch",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "split",
                        models.CharField(
                            choices=[
                                ("train", "train"),
                                ("validation", "validation"),
                                ("test", "test"),
                            ],
                            max_length=12,
                        ),
                    ),
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("equal", "equal"),
                                ("near_duplicate", "near_duplicate"),
                                ("two_answers", "two_answers"),
                            ],
                            max_length=20,
                        ),
                    ),
                    ("question", models.PositiveSmallIntegerField()),
                    ("answer", models.PositiveSmallIntegerField(blank=True, null=True)),
                    (
                        "comparison",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="evaluation.comparison",
                        ),
                    ),
                    (
                        "revision",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="datasets.revision",
                        ),
                    ),
                    (
                        "run",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="trained_matches",
                            to="evaluation.evaluationrun",
                        ),
                    ),
                    (
                        "version",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="datasets.datasetversion",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("kind__in", ["equal", "near_duplicate", "two_answers"])
                            ),
                            name="trained_match_kind_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("split__in", ["train", "validation", "test"])),
                            name="trained_match_split_known",
                        ),
                        models.UniqueConstraint(
                            fields=("comparison", "version", "revision"), name="trained_match_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("question__lte", 100),
                                models.Q(("answer", None), ("answer__lte", 100), _connector="OR"),
                            ),
                            name="trained_match_percents",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="TrainingCalendar",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("time_zone", models.CharField(default="UTC", max_length=64)),
                    (
                        "project",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="training_calendar",
                            to="people.project",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="TrainingRun",
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
                    ("key", models.UUIDField(default=uuid.uuid4, unique=True)),
                    ("provider", models.CharField(max_length=20)),
                    ("base_model", models.CharField(max_length=200)),
                    (
                        "method",
                        models.CharField(
                            choices=[
                                ("sft", "Supervised: the answers of the version"),
                                ("dpo", "Preferences: pairs out of votes (DPO)"),
                            ],
                            default="sft",
                            max_length=10,
                        ),
                    ),
                    ("hyperparameters", models.JSONField(blank=True, default=dict)),
                    ("used_hyperparameters", models.JSONField(blank=True, default=dict)),
                    ("seed", models.PositiveIntegerField(blank=True, null=True)),
                    ("suffix", models.CharField(blank=True, max_length=64)),
                    ("note", models.TextField(blank=True)),
                    (
                        "stage",
                        models.CharField(
                            choices=[
                                ("queued", "queued"),
                                ("preparing", "preparing"),
                                ("uploading", "uploading"),
                                ("validating", "validating"),
                                ("running", "running"),
                                ("paused", "paused"),
                                ("succeeded", "succeeded"),
                                ("failed", "failed"),
                                ("cancelled", "cancelled"),
                            ],
                            default="queued",
                            max_length=12,
                        ),
                    ),
                    (
                        "asked",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("", ""),
                                ("cancel", "Cancel"),
                                ("pause", "Pause"),
                                ("resume", "Resume"),
                            ],
                            default="",
                            max_length=8,
                        ),
                    ),
                    ("provider_state", models.CharField(blank=True, max_length=80)),
                    ("provider_job_id", models.CharField(blank=True, max_length=200)),
                    ("files", models.JSONField(blank=True, default=dict)),
                    ("create_tried_at", models.DateTimeField(blank=True, null=True)),
                    ("create_tries", models.PositiveSmallIntegerField(default=0)),
                    ("failures", models.PositiveSmallIntegerField(default=0)),
                    ("reported_at", models.DateTimeField(blank=True, null=True)),
                    ("estimated_finish", models.DateTimeField(blank=True, null=True)),
                    ("ended_at", models.DateTimeField(blank=True, null=True)),
                    ("results_at", models.DateTimeField(blank=True, null=True)),
                    ("remark", reviewapp.core.fields.MessageField(blank=True, null=True)),
                    ("expected_tokens", models.PositiveBigIntegerField()),
                    (
                        "expected_usd",
                        models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True),
                    ),
                    ("expected_seconds", models.PositiveIntegerField(blank=True, null=True)),
                    (
                        "usd_per_million_tokens",
                        models.DecimalField(blank=True, decimal_places=4, max_digits=10, null=True),
                    ),
                    ("price_as_of", models.DateField(blank=True, null=True)),
                    ("price_is_listed", models.BooleanField(default=False)),
                    ("trained_tokens", models.PositiveBigIntegerField(blank=True, null=True)),
                    (
                        "cost_usd",
                        models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True),
                    ),
                    ("tuned_model", models.CharField(blank=True, max_length=200)),
                    (
                        "created_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    (
                        "continues",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="continued_by",
                            to="evaluation.modelversion",
                        ),
                    ),
                    (
                        "endpoint",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="trainings",
                            to="evaluation.endpoint",
                        ),
                    ),
                    (
                        "project",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="trainings",
                            to="people.project",
                        ),
                    ),
                    (
                        "started_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "version",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="trainings",
                            to="datasets.datasetversion",
                        ),
                    ),
                    ("total_steps", models.PositiveIntegerField(blank=True, null=True)),
                    ("starts_in_window", models.BooleanField(default=False)),
                    (
                        "preference_set",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="trainings",
                            to="evaluation.preferenceset",
                        ),
                    ),
                    ("finish_before_pause", models.DateTimeField(blank=True, null=True)),
                    ("resumed_at", models.DateTimeField(blank=True, null=True)),
                ],
                options={
                    "ordering": ("project", "-pk"),
                    "abstract": False,
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("state__in", ["waiting", "running", "done", "failed"])
                            ),
                            name="trainingrun_state_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("state", "running"), _negated=True),
                                models.Q(("claim__isnull", False), ("heartbeat_at__isnull", False)),
                                _connector="OR",
                            ),
                            name="trainingrun_running_is_claimed",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                (
                                    "stage__in",
                                    [
                                        "queued",
                                        "preparing",
                                        "uploading",
                                        "validating",
                                        "running",
                                        "paused",
                                        "succeeded",
                                        "failed",
                                        "cancelled",
                                    ],
                                )
                            ),
                            name="training_stage_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("asked__in", ["", "cancel", "pause", "resume"])),
                            name="training_asked_known",
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("provider_job_id", ""), _negated=True),
                            fields=("endpoint", "provider_job_id"),
                            name="training_one_for_each_provider_job",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("stage__in", ["running", "paused", "succeeded"]), _negated=True
                                ),
                                models.Q(("provider_job_id", ""), _negated=True),
                                _connector="OR",
                            ),
                            name="training_at_provider_has_job",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    models.Q(("state", "done"), _negated=True),
                                    ("stage", "succeeded"),
                                    _connector="OR",
                                ),
                                models.Q(
                                    models.Q(("state", "failed"), _negated=True),
                                    ("stage__in", ["failed", "cancelled"]),
                                    _connector="OR",
                                ),
                            ),
                            name="training_job_ends_after_stage",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("ended_at__isnull", False),
                                    ("stage__in", ["succeeded", "failed", "cancelled"]),
                                ),
                                models.Q(
                                    models.Q(
                                        ("stage__in", ["succeeded", "failed", "cancelled"]),
                                        _negated=True,
                                    ),
                                    ("ended_at__isnull", True),
                                ),
                                _connector="OR",
                            ),
                            name="training_ended_has_time",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("usd_per_million_tokens__isnull", True),
                                ("price_as_of__isnull", False),
                                _connector="OR",
                            ),
                            name="training_price_has_day",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("endpoint__isnull", True),
                                    ("provider__in", ("local", "bundle")),
                                ),
                                models.Q(
                                    models.Q(("provider__in", ("local", "bundle")), _negated=True),
                                    ("endpoint__isnull", False),
                                ),
                                _connector="OR",
                            ),
                            name="training_service_has_endpoint",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("method__in", ["sft", "dpo"])),
                            name="training_method_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("method", "dpo"), ("preference_set__isnull", False)),
                                models.Q(
                                    models.Q(("method", "dpo"), _negated=True),
                                    ("preference_set__isnull", True),
                                ),
                                _connector="OR",
                            ),
                            name="training_dpo_has_preferences",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="TrainingResult",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("file_id", models.CharField(max_length=200)),
                    ("sha256", models.CharField(max_length=64)),
                    ("content", models.BinaryField()),
                    (
                        "training",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="results",
                            to="evaluation.trainingrun",
                        ),
                    ),
                ],
                options={
                    "ordering": ("training", "pk"),
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("training", "file_id"), name="training_result_once"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="TrainingMetric",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("step", models.PositiveIntegerField()),
                    ("train_loss", models.FloatField(blank=True, null=True)),
                    ("train_accuracy", models.FloatField(blank=True, null=True)),
                    ("valid_loss", models.FloatField(blank=True, null=True)),
                    ("valid_accuracy", models.FloatField(blank=True, null=True)),
                    ("full_valid_loss", models.FloatField(blank=True, null=True)),
                    ("full_valid_accuracy", models.FloatField(blank=True, null=True)),
                    (
                        "training",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="metrics",
                            to="evaluation.trainingrun",
                        ),
                    ),
                ],
                options={
                    "ordering": ("training", "step"),
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("training", "step"), name="training_metric_once"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="TrainingEvent",
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
                        "training",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="audit",
                            to="evaluation.trainingrun",
                        ),
                    ),
                ],
                options={
                    "ordering": ("-at", "-pk"),
                    "abstract": False,
                    "indexes": [
                        models.Index(
                            fields=["project", "-at", "-id"], name="evaluation__project_aa922e_idx"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="TrainingCheckpoint",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("step", models.PositiveIntegerField()),
                    ("train_loss", models.FloatField(blank=True, null=True)),
                    ("train_accuracy", models.FloatField(blank=True, null=True)),
                    ("valid_loss", models.FloatField(blank=True, null=True)),
                    ("valid_accuracy", models.FloatField(blank=True, null=True)),
                    ("full_valid_loss", models.FloatField(blank=True, null=True)),
                    ("full_valid_accuracy", models.FloatField(blank=True, null=True)),
                    ("model_id", models.CharField(max_length=200)),
                    ("is_final", models.BooleanField(default=False)),
                    (
                        "model_version",
                        models.OneToOneField(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="checkpoint",
                            to="evaluation.modelversion",
                        ),
                    ),
                    (
                        "training",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="checkpoints",
                            to="evaluation.trainingrun",
                        ),
                    ),
                    ("files", models.JSONField(blank=True, default=dict)),
                    ("is_kept", models.BooleanField(default=True)),
                ],
                options={
                    "ordering": ("training", "step", "pk"),
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("training", "model_id"), name="training_checkpoint_once"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="ProviderEvent",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("event_id", models.CharField(max_length=200)),
                    ("level", models.CharField(blank=True, max_length=20)),
                    ("kind", models.CharField(blank=True, max_length=40)),
                    ("text", models.TextField(blank=True)),
                    ("at", models.DateTimeField()),
                    (
                        "training",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="events",
                            to="evaluation.trainingrun",
                        ),
                    ),
                    ("message", reviewapp.core.fields.MessageField(blank=True, null=True)),
                ],
                options={
                    "ordering": ("training", "at", "pk"),
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("training", "event_id"), name="provider_event_once"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="TrainingSchedule",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("name", models.CharField(max_length=80)),
                    (
                        "every",
                        models.CharField(
                            choices=[("week", "week"), ("month", "month")], max_length=5
                        ),
                    ),
                    ("weekday", models.PositiveSmallIntegerField()),
                    ("number", models.SmallIntegerField(default=1)),
                    ("at", models.TimeField()),
                    ("min_changed", models.PositiveIntegerField()),
                    ("continues_last", models.BooleanField(default=False)),
                    ("changelog", models.TextField()),
                    ("starts_itself", models.BooleanField(default=False)),
                    ("limit_usd", models.PositiveIntegerField(blank=True, null=True)),
                    ("in_window", models.BooleanField(default=False)),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("active", "Active"),
                                ("paused", "Paused"),
                                ("deleted", "Deleted"),
                            ],
                            default="active",
                            max_length=8,
                        ),
                    ),
                    ("next_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "created_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    (
                        "like",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="evaluation.trainingrun",
                        ),
                    ),
                    (
                        "owner",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "project",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="training_schedules",
                            to="people.project",
                        ),
                    ),
                    ("replay_percent", models.PositiveSmallIntegerField(blank=True, null=True)),
                ],
                options={
                    "ordering": ("project", "name", "pk"),
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("every__in", ["week", "month"])),
                            name="training_schedule_every_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("state__in", ["active", "paused", "deleted"])),
                            name="training_schedule_state_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("number__in", [1, 2, 3, 4, -1]), ("weekday__lt", 7)
                            ),
                            name="training_schedule_date_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("min_changed__gte", 1), models.Q(("changelog", ""), _negated=True)
                            ),
                            name="training_schedule_needs_changes",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("starts_itself", False),
                                ("limit_usd__isnull", False),
                                _connector="OR",
                            ),
                            name="training_schedule_starts_within_limit",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("next_at__isnull", False), ("state", "active")),
                                models.Q(
                                    models.Q(("state", "active"), _negated=True),
                                    ("next_at__isnull", True),
                                ),
                                _connector="OR",
                            ),
                            name="training_schedule_active_has_date",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("replay_percent__isnull", True),
                                models.Q(("continues_last", True), ("replay_percent__lte", 100)),
                                _connector="OR",
                            ),
                            name="training_schedule_replay_continues",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="ScheduleEvent",
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
                        "schedule",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="events",
                            to="evaluation.trainingschedule",
                        ),
                    ),
                ],
                options={
                    "ordering": ("-at", "-pk"),
                    "abstract": False,
                    "indexes": [
                        models.Index(
                            fields=["project", "-at", "-id"], name="evaluation__project_b445ef_idx"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="ScheduledTraining",
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
                    ("due_at", models.DateTimeField()),
                    (
                        "outcome",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("", "under way"),
                                ("skipped", "skipped"),
                                ("prepared", "waits for a lead"),
                                ("started", "started"),
                                ("dismissed", "dismissed"),
                                ("failed", "failed"),
                            ],
                            default="",
                            max_length=9,
                        ),
                    ),
                    ("reason", reviewapp.core.fields.MessageField(blank=True, null=True)),
                    ("changed", models.PositiveIntegerField(blank=True, null=True)),
                    (
                        "usd",
                        models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True),
                    ),
                    (
                        "training",
                        models.OneToOneField(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="scheduled",
                            to="evaluation.trainingrun",
                        ),
                    ),
                    (
                        "version",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="datasets.datasetversion",
                        ),
                    ),
                    (
                        "schedule",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="dates",
                            to="evaluation.trainingschedule",
                        ),
                    ),
                ],
                options={
                    "ordering": ("schedule", "-due_at"),
                    "abstract": False,
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("state__in", ["waiting", "running", "done", "failed"])
                            ),
                            name="scheduledtraining_state_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("state", "running"), _negated=True),
                                models.Q(("claim__isnull", False), ("heartbeat_at__isnull", False)),
                                _connector="OR",
                            ),
                            name="scheduledtraining_running_is_claimed",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                (
                                    "outcome__in",
                                    ["", "skipped", "prepared", "started", "dismissed", "failed"],
                                )
                            ),
                            name="scheduled_training_outcome_known",
                        ),
                        models.UniqueConstraint(
                            fields=("schedule", "due_at"), name="scheduled_training_once_a_date"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    models.Q(("outcome", "prepared"), _negated=True),
                                    ("version__isnull", False),
                                    _connector="OR",
                                ),
                                models.Q(
                                    models.Q(("outcome", "started"), ("training__isnull", False)),
                                    models.Q(
                                        models.Q(("outcome", "started"), _negated=True),
                                        ("training__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                            ),
                            name="scheduled_training_outcome_complete",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="TrainingSettings",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("monthly_budget_usd", models.PositiveIntegerField(blank=True, null=True)),
                    (
                        "name_pattern",
                        models.CharField(default="{project}-{base}-v{version}-{n}", max_length=80),
                    ),
                    (
                        "project",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="training_settings",
                            to="people.project",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="TrainingWindow",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "days",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.PositiveSmallIntegerField(), size=None
                        ),
                    ),
                    ("starts", models.TimeField()),
                    ("ends", models.TimeField()),
                    (
                        "project",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="training_windows",
                            to="people.project",
                        ),
                    ),
                ],
                options={
                    "ordering": ("project", "days", "starts", "pk"),
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("project", "days", "starts", "ends"),
                            name="training_window_once",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("days__contained_by", [0, 1, 2, 3, 4, 5, 6]), ("days__len__gte", 1)
                            ),
                            name="training_window_days_known",
                        ),
                    ],
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
                options={
                    "indexes": [
                        models.Index(fields=["run", "rater", "-at"], name="vote_by_rater"),
                        models.Index(fields=["comparison"], name="vote_of_comparison"),
                        models.Index(
                            condition=models.Q(("undone_at__isnull", True)),
                            fields=["run", "rater", "left", "verdict", "source"],
                            name="vote_current",
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("undone_at__isnull", True)),
                            fields=("comparison", "rater"),
                            name="vote_unique_per_rater",
                        ),
                        models.CheckConstraint(
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
                        models.CheckConstraint(
                            condition=models.Q(
                                ("choice__isnull", True),
                                models.Q(("choice", "both_good"), ("verdict", "tie_good")),
                                models.Q(("choice", "both_bad"), ("verdict", "tie_bad")),
                                models.Q(
                                    ("choice", "left"),
                                    ("left", "candidate"),
                                    ("verdict", "candidate"),
                                ),
                                models.Q(
                                    ("choice", "left"),
                                    ("left", "baseline"),
                                    ("verdict", "baseline"),
                                ),
                                models.Q(
                                    ("choice", "right"),
                                    ("left", "candidate"),
                                    ("verdict", "baseline"),
                                ),
                                models.Q(
                                    ("choice", "right"),
                                    ("left", "baseline"),
                                    ("verdict", "candidate"),
                                ),
                                _connector="OR",
                            ),
                            name="vote_verdict_is_its_choice",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="CriterionVote",
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
                    (
                        "vote",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="on_criteria",
                            to="evaluation.vote",
                        ),
                    ),
                    (
                        "criterion",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="votes",
                            to="evaluation.runcriterion",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("vote", "criterion"), name="criterion_vote_once"
                        ),
                        models.CheckConstraint(
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
                            name="criterion_vote_values_valid",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("choice__isnull", True),
                                models.Q(("choice", "both_good"), ("verdict", "tie_good")),
                                models.Q(("choice", "both_bad"), ("verdict", "tie_bad")),
                                models.Q(
                                    ("choice", "left"),
                                    ("left", "candidate"),
                                    ("verdict", "candidate"),
                                ),
                                models.Q(
                                    ("choice", "left"),
                                    ("left", "baseline"),
                                    ("verdict", "baseline"),
                                ),
                                models.Q(
                                    ("choice", "right"),
                                    ("left", "candidate"),
                                    ("verdict", "baseline"),
                                ),
                                models.Q(
                                    ("choice", "right"),
                                    ("left", "baseline"),
                                    ("verdict", "candidate"),
                                ),
                                _connector="OR",
                            ),
                            name="criterion_vote_verdict_is_its_choice",
                        ),
                    ],
                },
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
                    "indexes": [
                        models.Index(
                            fields=["project", "-at", "-id"], name="evaluation__project_227498_idx"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Archetype",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("position", models.PositiveIntegerField()),
                    (
                        "created_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    (
                        "added_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "example",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="archetypes",
                            to="datasets.goldenexample",
                        ),
                    ),
                    (
                        "project",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="archetypes",
                            to="people.project",
                        ),
                    ),
                ],
                options={
                    "ordering": ("project", "position", "pk"),
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("project", "example"), name="archetype_once"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="BaseModelShutdown",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("base_model", models.CharField(max_length=200)),
                    ("day", models.DateField(blank=True, null=True)),
                    (
                        "source",
                        models.CharField(
                            choices=[
                                ("listed", "published list"),
                                ("provider", "the provider's list of models"),
                                ("typed", "entered by a lead"),
                            ],
                            max_length=8,
                        ),
                    ),
                    (
                        "created_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
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
                        "set_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "ordering": ("project", "base_model", "-pk"),
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("source__in", ["listed", "provider", "typed"])),
                            name="base_model_shutdown_source_known",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="BundleFile",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("name", models.CharField(max_length=200)),
                    ("step", models.PositiveIntegerField()),
                    ("size", models.PositiveBigIntegerField()),
                    ("sha256", models.CharField(max_length=64)),
                    ("offset", models.PositiveBigIntegerField(default=0)),
                    (
                        "created_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    ("completed_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "bundle",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="files",
                            to="evaluation.bundle",
                        ),
                    ),
                ],
                options={
                    "ordering": ("bundle", "pk"),
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("bundle", "name", "sha256"), name="bundle_file_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("completed_at__isnull", True),
                                ("offset", models.F("size")),
                                _connector="OR",
                            ),
                            name="bundle_file_complete_is_whole",
                        ),
                    ],
                },
            ),
        ),
        *statements_of("evaluation.migrations", REPLACED),
    ]
