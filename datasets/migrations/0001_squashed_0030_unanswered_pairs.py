"""Imports, examples, dataset versions and what is done to them.

A new database gets these tables at once; an older one goes on with the migrations replaced.
"""

import datetime

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import datasets.curation.lifecycle
import reviewapp.core.fields
from reviewapp.core.migrations import CreateModels, statements_of

REPLACED = [
    "0001_initial",
    "0002_erasure",
    "0003_bulk_actions",
    "0004_find_and_replace",
    "0005_full_text_search",
    "0006_mini_batches",
    "0007_deletion",
    "0008_comments",
    "0009_similarity",
    "0010_assignment",
    "0011_import_near_duplicates",
    "0012_house_voice",
    "0013_trial_imports",
    "0014_queue_orders",
    "0015_saved_views",
    "0016_coverage_targets",
    "0017_import_mappings",
    "0018_text_blocks",
    "0019_import_labels",
    "0020_corrected_rows",
    "0021_import_shapes",
    "0022_queue_columns",
    "0023_label_changes",
    "0024_name_removals",
    "0025_system_messages",
    "0026_sorted_columns",
    "0027_finding_removes",
    "0028_finding_removals",
    "0029_example_visits",
    "0030_unanswered_pairs",
]


class Migration(migrations.Migration):
    initial = True
    replaces = [("datasets", name) for name in REPLACED]
    dependencies = [
        ("people", "0011_scope_labels"),
        # Nothing here reads their tables. Django makes the classes of all related models anew for
        # nearly each operation: those of few models come before our hundred.
        ("mfa", "0003_authenticator_type_uniq"),
        ("socialaccount", "0006_alter_socialaccount_extra_data"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(
            migrations.CreateModel(
                name="GoldenExample",
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
                                ("draft", "Draft"),
                                ("in_review", "In review"),
                                ("changes_requested", "Changes requested"),
                                ("approved", "Approved"),
                                ("retired", "Retired"),
                            ],
                            default=datasets.curation.lifecycle.State["DRAFT"],
                            max_length=20,
                        ),
                    ),
                    ("latest_number", models.PositiveIntegerField(default=1)),
                    ("external_id", models.CharField(blank=True, max_length=200)),
                    ("source", models.CharField(blank=True, max_length=120)),
                    (
                        "imported_split",
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
                    ("metadata", models.JSONField(blank=True, default=dict)),
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
                    ("preview", models.CharField(blank=True, max_length=200)),
                    ("tokens", models.PositiveIntegerField(default=0)),
                    ("message_count", models.PositiveSmallIntegerField(default=0)),
                    ("open_findings", models.PositiveSmallIntegerField(default=0)),
                    ("blocking_findings", models.PositiveSmallIntegerField(default=0)),
                    ("content_hash", models.CharField(max_length=64)),
                    (
                        "authors",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.BigIntegerField(), blank=True, default=list, size=None
                        ),
                    ),
                    (
                        "created_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    (
                        "updated_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    ("erased_at", models.DateTimeField(blank=True, null=True)),
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
                            related_name="examples",
                            to="people.project",
                        ),
                    ),
                    (
                        "batch",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="examples",
                            to="datasets.importbatch",
                        ),
                    ),
                    (
                        "intent",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="examples",
                            to="datasets.intent",
                        ),
                    ),
                    (
                        "approved_revision",
                        models.OneToOneField(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="approved_for",
                            to="datasets.revision",
                        ),
                    ),
                    ("deleted_at", models.DateTimeField(blank=True, null=True)),
                    ("due_on", models.DateField(blank=True, editable=False, null=True)),
                    (
                        "intent_name",
                        models.CharField(blank=True, db_default="", editable=False, max_length=100),
                    ),
                    ("comment_count", models.PositiveIntegerField(db_default=0, editable=False)),
                    ("reviewed_by", models.BigIntegerField(blank=True, editable=False, null=True)),
                ],
                options={
                    "indexes": [
                        django.contrib.postgres.indexes.GinIndex(
                            fields=["tags"], name="example_tags"
                        ),
                        django.contrib.postgres.indexes.GinIndex(
                            fields=["policies"], name="example_policies"
                        ),
                        models.Index(
                            condition=models.Q(("deleted_at", None)),
                            fields=["project", "id"],
                            name="example_project_id",
                        ),
                        models.Index(
                            condition=models.Q(("deleted_at", None)),
                            fields=["project", "language", "id"],
                            name="example_language",
                        ),
                        models.Index(
                            condition=models.Q(("deleted_at", None)),
                            fields=["project", "content_hash"],
                            name="example_hash",
                        ),
                        models.Index(
                            condition=models.Q(("open_findings__gt", 0), ("deleted_at", None)),
                            fields=["project", "id"],
                            name="example_with_findings",
                        ),
                        models.Index(
                            condition=models.Q(("deleted_at", None)),
                            fields=["project", "external_id"],
                            name="example_external_id",
                        ),
                        models.Index(
                            condition=models.Q(("deleted_at", None)),
                            fields=["project", "source", "id"],
                            name="example_source",
                        ),
                        models.Index(
                            condition=models.Q(("deleted_at", None)),
                            fields=["project", "created_at", "id"],
                            name="example_age",
                        ),
                        models.Index(
                            condition=models.Q(("deleted_at", None)),
                            fields=["project", "updated_at", "id"],
                            name="example_updated",
                        ),
                        models.Index(
                            models.F("project"),
                            models.Case(
                                models.When(state="draft", then=models.Value(0)),
                                models.When(state="in_review", then=models.Value(1)),
                                models.When(state="changes_requested", then=models.Value(2)),
                                models.When(state="approved", then=models.Value(3)),
                                models.When(state="retired", then=models.Value(4)),
                                default=models.Value(5),
                                output_field=models.SmallIntegerField(),
                            ),
                            models.F("id"),
                            condition=models.Q(("deleted_at", None)),
                            name="example_state_rank",
                        ),
                        models.Index(
                            condition=models.Q(("deleted_at", None)),
                            fields=["project", "blocking_findings", "open_findings", "id"],
                            name="example_findings",
                        ),
                        models.Index(
                            condition=models.Q(("deleted_at", None)),
                            fields=["project", "intent_name", "id"],
                            name="example_intent_name",
                        ),
                        models.Index(
                            models.F("project"),
                            django.db.models.functions.comparison.Coalesce(
                                "due_on", models.Value(datetime.date(9999, 12, 31))
                            ),
                            models.F("id"),
                            condition=models.Q(("deleted_at", None)),
                            name="example_due",
                        ),
                        django.contrib.postgres.indexes.GinIndex(
                            fields=["authors"], name="example_authors"
                        ),
                        models.Index(
                            condition=models.Q(("deleted_at", None)),
                            fields=["project", "state", "id"],
                            include=("authors",),
                            name="example_state_authors",
                        ),
                        models.Index(
                            condition=models.Q(("deleted_at", None)),
                            fields=["project", "message_count", "id"],
                            name="example_messages",
                        ),
                        models.Index(
                            condition=models.Q(("deleted_at", None)),
                            fields=["project", "tokens", "id"],
                            name="example_tokens",
                        ),
                        models.Index(
                            condition=models.Q(("deleted_at", None)),
                            fields=["project", "comment_count", "id"],
                            name="example_comments",
                        ),
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                (
                                    "state__in",
                                    [
                                        datasets.curation.lifecycle.State["DRAFT"],
                                        datasets.curation.lifecycle.State["IN_REVIEW"],
                                        datasets.curation.lifecycle.State["CHANGES_REQUESTED"],
                                        datasets.curation.lifecycle.State["APPROVED"],
                                        datasets.curation.lifecycle.State["RETIRED"],
                                    ],
                                )
                            ),
                            name="golden_example_state_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("state", datasets.curation.lifecycle.State["APPROVED"]),
                                    _negated=True,
                                ),
                                ("approved_revision__isnull", False),
                                _connector="OR",
                            ),
                            name="golden_example_approved_names_its_revision",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("imported_split__in", ["", "train", "validation", "test"])
                            ),
                            name="golden_example_imported_split_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("deleted_at", None), ("approved_revision", None), _connector="OR"
                            ),
                            name="golden_example_deleted_is_not_approved",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Comment",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "thread",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="comments",
                            to="datasets.thread",
                        ),
                    ),
                    (
                        "author",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    ("body", models.TextField(blank=True)),
                    ("text", reviewapp.core.fields.MessageField(blank=True, null=True)),
                    (
                        "created_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    ("edited_at", models.DateTimeField(blank=True, null=True)),
                    ("deleted_at", models.DateTimeField(blank=True, null=True)),
                ],
                options={
                    "ordering": ("pk",),
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("body", ""), _negated=True),
                                ("text__isnull", False),
                                ("deleted_at__isnull", False),
                                _connector="OR",
                            ),
                            name="comment_has_text_or_was_deleted",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="SimilarityBand",
                fields=[
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "value",
                            "example_id",
                            blank=True,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    ("value", models.BigIntegerField()),
                    ("example_id", models.BigIntegerField()),
                ],
            ),
            migrations.CreateModel(
                name="CommentVersion",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "comment",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="versions",
                            to="datasets.comment",
                        ),
                    ),
                    ("body", models.TextField()),
                    (
                        "until",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                ],
                options={
                    "ordering": ("pk",),
                },
            ),
            migrations.CreateModel(
                name="DatasetVersion",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("number", models.PositiveIntegerField()),
                    ("changelog", models.TextField()),
                    (
                        "digest",
                        models.CharField(
                            help_text="SHA-256 over the digests of its files", max_length=64
                        ),
                    ),
                    ("shares", models.JSONField()),
                    ("summary", models.JSONField(default=dict)),
                    (
                        "created_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
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
                            related_name="versions",
                            to="people.project",
                        ),
                    ),
                    (
                        "parent",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="mini_batches",
                            to="datasets.datasetversion",
                        ),
                    ),
                    ("replay_percent", models.PositiveSmallIntegerField(blank=True, null=True)),
                    ("replay_seed", models.PositiveIntegerField(blank=True, null=True)),
                ],
                options={
                    "ordering": ("project", "-number"),
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("project", "number"), name="dataset_version_number_unique"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("changelog", ""), _negated=True),
                            name="dataset_version_says_what_changed",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("parent__isnull", True),
                                    ("replay_percent__isnull", True),
                                    ("replay_seed__isnull", True),
                                ),
                                models.Q(
                                    ("parent__isnull", False),
                                    ("replay_percent__lte", 100),
                                    ("replay_seed__isnull", False),
                                ),
                                _connector="OR",
                            ),
                            name="dataset_version_mini_batch_complete",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="DatasetFile",
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
                                ("train", "Train"),
                                ("validation", "Validation"),
                                ("test", "Test"),
                            ],
                            max_length=12,
                        ),
                    ),
                    ("sha256", models.CharField(max_length=64)),
                    ("size_bytes", models.PositiveBigIntegerField()),
                    ("examples", models.PositiveIntegerField()),
                    ("tokens", models.PositiveBigIntegerField()),
                    ("preflight", models.JSONField(default=dict)),
                    (
                        "version",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="files",
                            to="datasets.datasetversion",
                        ),
                    ),
                ],
                options={
                    "ordering": ("version", "pk"),
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("version", "split"), name="dataset_file_one_a_split"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="EditDraft",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("base_number", models.PositiveIntegerField()),
                    ("version", models.PositiveIntegerField(default=1)),
                    ("content", models.JSONField()),
                    (
                        "updated_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    (
                        "user",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "example",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="drafts",
                            to="datasets.goldenexample",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("example", "user"), name="edit_draft_unique"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="ExampleEvent",
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
                    ("revision_number", models.PositiveIntegerField(null=True)),
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
                        "example",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="events",
                            to="datasets.goldenexample",
                        ),
                    ),
                ],
                options={
                    "ordering": ("-at", "-pk"),
                    "abstract": False,
                    "indexes": [
                        models.Index(
                            fields=["project", "-at", "-id"], name="datasets_ex_project_e252e4_idx"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="ExampleVisit",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("seen_at", models.DateTimeField()),
                    (
                        "example",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="visits",
                            to="datasets.goldenexample",
                        ),
                    ),
                    (
                        "user",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("example", "user"), name="example_visit_unique"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="FileRedaction",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "positions",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.PositiveIntegerField(), size=None
                        ),
                    ),
                    ("sha256", models.CharField(max_length=64)),
                    ("size_bytes", models.PositiveBigIntegerField()),
                    (
                        "created_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    (
                        "file",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="redactions",
                            to="datasets.datasetfile",
                        ),
                    ),
                    (
                        "redacted_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "ordering": ("file", "pk"),
                },
            ),
            migrations.CreateModel(
                name="FindingRemoval",
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
                    ("total", models.PositiveIntegerField(default=0)),
                    ("done", models.PositiveIntegerField(default=0)),
                    ("findings", models.PositiveIntegerField(default=0)),
                    ("examples", models.PositiveIntegerField(default=0)),
                    ("cursor", models.BigIntegerField(default=0)),
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
                            related_name="finding_removals",
                            to="people.project",
                        ),
                    ),
                    (
                        "subject",
                        models.CharField(
                            choices=[("names", "Names"), ("missing_system", "Missing System")],
                            default="names",
                            max_length=20,
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
                            name="findingremoval_state_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("state", "running"), _negated=True),
                                models.Q(("claim__isnull", False), ("heartbeat_at__isnull", False)),
                                _connector="OR",
                            ),
                            name="findingremoval_running_is_claimed",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("subject__in", ["names", "missing_system"])),
                            name="finding_removal_subject_known",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="ImportBatch",
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
                    ("file_name", models.CharField(max_length=255)),
                    ("stored_path", models.CharField(blank=True, max_length=500)),
                    ("format", models.CharField(default="auto", max_length=20)),
                    ("source", models.CharField(blank=True, max_length=120)),
                    ("bytes_total", models.BigIntegerField(default=0)),
                    ("bytes_read", models.BigIntegerField(default=0)),
                    ("read", models.PositiveIntegerField(default=0)),
                    ("created", models.PositiveIntegerField(default=0)),
                    ("unchanged", models.PositiveIntegerField(default=0)),
                    ("rejected", models.PositiveIntegerField(default=0)),
                    ("findings", models.PositiveIntegerField(default=0)),
                    ("notes", models.JSONField(default=dict)),
                    ("unread", models.JSONField(default=dict)),
                    ("relabelled", models.PositiveIntegerField(default=0)),
                    ("erased_at", models.DateTimeField(blank=True, null=True)),
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
                            related_name="batches",
                            to="people.project",
                        ),
                    ),
                    (
                        "near_duplicates",
                        models.CharField(
                            choices=[
                                ("keep", "Import them like other rows"),
                                ("flag", "Import them with the tag near-duplicate"),
                                ("skip", "Leave them out"),
                            ],
                            default="keep",
                            max_length=10,
                        ),
                    ),
                    ("similar", models.PositiveIntegerField(default=0)),
                    ("is_trial", models.BooleanField(default=False)),
                    ("preview", models.JSONField(default=list)),
                    ("mappable", models.JSONField(default=list)),
                    ("mapping", models.JSONField(default=dict)),
                    (
                        "labels",
                        models.CharField(
                            choices=[
                                ("keep", "Leave them as they are"),
                                ("fill", "Fill in those that are missing"),
                                ("replace", "Replace those that differ"),
                            ],
                            default="keep",
                            max_length=10,
                        ),
                    ),
                    ("labels_changed", models.PositiveIntegerField(default=0)),
                    ("table_header", models.JSONField(default=dict)),
                    ("shape", models.CharField(blank=True, max_length=20)),
                ],
                options={
                    "verbose_name_plural": "import batches",
                    "abstract": False,
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("state__in", ["waiting", "running", "done", "failed"])
                            ),
                            name="importbatch_state_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("state", "running"), _negated=True),
                                models.Q(("claim__isnull", False), ("heartbeat_at__isnull", False)),
                                _connector="OR",
                            ),
                            name="importbatch_running_is_claimed",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                (
                                    "read",
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("created"), "+", models.F("unchanged")
                                        ),
                                        "+",
                                        models.F("rejected"),
                                    ),
                                )
                            ),
                            name="import_batch_counts_add_up",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="BulkAction",
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
                        "kind",
                        models.CharField(
                            choices=[
                                ("submit", "Submit for review"),
                                ("approve", "Approve"),
                                ("request_changes", "Request changes"),
                                ("label", "Change labels"),
                                ("assign", "Assign"),
                                ("split", "Set the split"),
                                ("replace_findings", "Replace findings"),
                                ("replace_text", "Find and replace"),
                                ("reopen", "Reopen"),
                                ("retire", "Retire"),
                                ("delete", "Delete"),
                                ("take_back", "Take back an import"),
                                ("import_labels", "Labels of an import"),
                                ("undo", "Undo"),
                            ],
                            max_length=20,
                        ),
                    ),
                    (
                        "stage",
                        models.CharField(
                            choices=[
                                ("selected", "Selected"),
                                ("checking", "Checking"),
                                ("changing", "Changing"),
                            ],
                            default="selected",
                            max_length=10,
                        ),
                    ),
                    ("params", models.JSONField(default=dict)),
                    ("query", models.CharField(blank=True, max_length=3000)),
                    ("expected", models.PositiveIntegerField(default=0)),
                    ("selected", models.PositiveIntegerField(default=0)),
                    ("total", models.PositiveIntegerField(default=0)),
                    ("done", models.PositiveIntegerField(default=0)),
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
                            related_name="bulk_actions",
                            to="people.project",
                        ),
                    ),
                    (
                        "undoes",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="undone_by",
                            to="datasets.bulkaction",
                        ),
                    ),
                    (
                        "batch",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="take_backs",
                            to="datasets.importbatch",
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                    "indexes": [
                        models.Index(fields=["project", "-id"], name="bulk_action_project")
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("state__in", ["waiting", "running", "done", "failed"])
                            ),
                            name="bulkaction_state_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("state", "running"), _negated=True),
                                models.Q(("claim__isnull", False), ("heartbeat_at__isnull", False)),
                                _connector="OR",
                            ),
                            name="bulkaction_running_is_claimed",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("kind", "undo"), ("undoes__isnull", False)),
                                models.Q(
                                    models.Q(("kind", "undo"), _negated=True), ("undoes", None)
                                ),
                                _connector="OR",
                            ),
                            name="bulk_action_undo_names_its_action",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("done__lte", models.F("total"))),
                            name="bulk_action_done_within_total",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                (
                                    "kind__in",
                                    [
                                        "submit",
                                        "approve",
                                        "request_changes",
                                        "label",
                                        "assign",
                                        "split",
                                        "replace_findings",
                                        "replace_text",
                                        "reopen",
                                        "retire",
                                        "delete",
                                        "take_back",
                                        "import_labels",
                                        "undo",
                                    ],
                                ),
                                ("stage__in", ["selected", "checking", "changing"]),
                            ),
                            name="bulk_action_kind_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("batch__isnull", False),
                                    ("kind__in", ["import_labels", "take_back"]),
                                ),
                                models.Q(
                                    models.Q(
                                        ("kind__in", ["import_labels", "take_back"]), _negated=True
                                    ),
                                    ("batch", None),
                                ),
                                _connector="OR",
                            ),
                            name="bulk_action_of_import_names_it",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("created_by__isnull", False),
                                ("kind", "import_labels"),
                                _connector="OR",
                            ),
                            name="bulk_action_has_member_or_is_of_command",
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("kind", "import_labels")),
                            fields=("batch",),
                            name="bulk_action_labels_once_for_import",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="ImportDifference",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("line", models.PositiveIntegerField()),
                    ("labels", models.JSONField()),
                    (
                        "batch",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="differences",
                            to="datasets.importbatch",
                        ),
                    ),
                    (
                        "example",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="datasets.goldenexample",
                        ),
                    ),
                    ("changed", models.JSONField(default=list)),
                    ("reason", reviewapp.core.fields.MessageField(blank=True, null=True)),
                ],
                options={
                    "ordering": ("batch", "line", "pk"),
                },
            ),
            migrations.CreateModel(
                name="ImportNearDuplicate",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("line", models.PositiveIntegerField()),
                    ("question", models.PositiveSmallIntegerField()),
                    ("answer", models.PositiveSmallIntegerField(blank=True, null=True)),
                    (
                        "batch",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="near_duplicate_rows",
                            to="datasets.importbatch",
                        ),
                    ),
                    (
                        "example",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="datasets.goldenexample",
                        ),
                    ),
                    (
                        "other",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="datasets.goldenexample",
                        ),
                    ),
                ],
                options={
                    "ordering": ("batch", "line", "pk"),
                },
            ),
            migrations.CreateModel(
                name="ImportRejection",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("line", models.PositiveIntegerField()),
                    ("message", reviewapp.core.fields.MessageField(blank=True, null=True)),
                    (
                        "batch",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="rejections",
                            to="datasets.importbatch",
                        ),
                    ),
                    (
                        "corrected_in",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="corrected_rejections",
                            to="datasets.importbatch",
                        ),
                    ),
                ],
                options={
                    "ordering": ("batch", "line", "pk"),
                },
            ),
            migrations.CreateModel(
                name="Intent",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("name", models.CharField(max_length=100)),
                    ("description", models.TextField(blank=True)),
                    (
                        "created_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    (
                        "project",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="intents",
                            to="people.project",
                        ),
                    ),
                ],
                options={
                    "ordering": ("name",),
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("project", "name"), name="intent_name_unique"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Mention",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "comment",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="mentions",
                            to="datasets.comment",
                        ),
                    ),
                    (
                        "user",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    ("seen_at", models.DateTimeField(blank=True, null=True)),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("user", "comment"), name="mention_once_for_each_comment"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Policy",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("slug", models.SlugField(max_length=80)),
                    ("title", models.CharField(max_length=160)),
                    ("body", models.TextField(blank=True, help_text="Markdown")),
                    (
                        "created_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    (
                        "project",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="policies",
                            to="people.project",
                        ),
                    ),
                ],
                options={
                    "verbose_name_plural": "policies",
                    "ordering": ("title", "pk"),
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("project", "slug"), name="policy_slug_unique"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Revision",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("number", models.PositiveIntegerField()),
                    ("messages", models.JSONField()),
                    ("tools", models.JSONField(blank=True, null=True)),
                    ("parallel_tool_calls", models.BooleanField(blank=True, null=True)),
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
                    (
                        "content_hash",
                        models.CharField(help_text="SHA-256 of messages and tools", max_length=64),
                    ),
                    ("tokens", models.PositiveIntegerField()),
                    (
                        "message_tokens",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.PositiveIntegerField(), size=None
                        ),
                    ),
                    ("note", models.CharField(blank=True, max_length=300)),
                    ("generated_note", reviewapp.core.fields.MessageField(blank=True, null=True)),
                    (
                        "created_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    (
                        "author",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="revisions",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "example",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="revisions",
                            to="datasets.goldenexample",
                        ),
                    ),
                    (
                        "intent",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="datasets.intent",
                        ),
                    ),
                    (
                        "contributor",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "ordering": ("example", "number"),
                    "indexes": [models.Index(fields=["content_hash"], name="revision_hash")],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("example", "number"), name="revision_number_unique"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Review",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "decision",
                        models.CharField(
                            choices=[
                                ("approve", "Approved"),
                                ("request_changes", "Changes requested"),
                            ],
                            max_length=16,
                        ),
                    ),
                    ("comment", models.TextField(blank=True)),
                    (
                        "at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    (
                        "reviewer",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="reviews",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "revision",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="reviews",
                            to="datasets.revision",
                        ),
                    ),
                ],
                options={
                    "ordering": ("at", "pk"),
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("decision__in", ["approve", "request_changes"])),
                            name="review_decision_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("decision", "approve"),
                                models.Q(("comment", ""), _negated=True),
                                _connector="OR",
                            ),
                            name="review_requesting_changes_has_comment",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Finding",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("code", models.CharField(max_length=40)),
                    (
                        "severity",
                        models.CharField(
                            choices=[("blocking", "Blocks approval"), ("warning", "Warning")],
                            max_length=10,
                        ),
                    ),
                    ("message_index", models.PositiveSmallIntegerField(blank=True, null=True)),
                    ("start", models.PositiveIntegerField(blank=True, null=True)),
                    ("end", models.PositiveIntegerField(blank=True, null=True)),
                    ("text", reviewapp.core.fields.MessageField(blank=True, null=True)),
                    (
                        "replacement",
                        models.CharField(
                            blank=True, help_text="what one click puts there", max_length=400
                        ),
                    ),
                    (
                        "state",
                        models.CharField(
                            choices=[("open", "Open"), ("dismissed", "Dismissed")],
                            default="open",
                            max_length=10,
                        ),
                    ),
                    ("dismissed_at", models.DateTimeField(blank=True, null=True)),
                    ("reason", models.CharField(blank=True, max_length=500)),
                    (
                        "dismissed_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "revision",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="findings",
                            to="datasets.revision",
                        ),
                    ),
                    (
                        "removes",
                        models.BooleanField(
                            db_default=False,
                            default=False,
                            help_text="whether one click removes the text",
                        ),
                    ),
                ],
                options={
                    "ordering": ("revision", "pk"),
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("severity__in", ["blocking", "warning"]),
                                ("state__in", ["open", "dismissed"]),
                            ),
                            name="finding_severity_and_state_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("state", "open"),
                                models.Q(
                                    ("dismissed_by__isnull", False),
                                    models.Q(("reason", ""), _negated=True),
                                ),
                                _connector="OR",
                            ),
                            name="finding_dismissal_has_member_and_reason",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="DatasetItem",
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
                                ("train", "Train"),
                                ("validation", "Validation"),
                                ("test", "Test"),
                            ],
                            max_length=12,
                        ),
                    ),
                    ("position", models.PositiveIntegerField()),
                    (
                        "version",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="items",
                            to="datasets.datasetversion",
                        ),
                    ),
                    (
                        "review",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="items",
                            to="datasets.review",
                        ),
                    ),
                    (
                        "revision",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="items",
                            to="datasets.revision",
                        ),
                    ),
                ],
                options={
                    "ordering": ("version", "split", "position"),
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("version", "revision"), name="dataset_item_once"
                        ),
                        models.UniqueConstraint(
                            fields=("version", "split", "position"),
                            name="dataset_item_position_unique",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("split__in", ["train", "validation", "test"])),
                            name="dataset_item_split_known",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="BulkItem",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("was_state", models.CharField(max_length=20)),
                    ("was_split", models.CharField(blank=True, max_length=12)),
                    (
                        "outcome",
                        models.CharField(
                            choices=[
                                ("selected", "Selected"),
                                ("ready", "Ready"),
                                ("rejected", "Rejected"),
                                ("changed", "Changed"),
                            ],
                            default="selected",
                            max_length=10,
                        ),
                    ),
                    ("reason", reviewapp.core.fields.MessageField(blank=True, null=True)),
                    ("event", models.BigIntegerField(null=True)),
                    (
                        "action",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="items",
                            to="datasets.bulkaction",
                        ),
                    ),
                    (
                        "example",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="datasets.goldenexample",
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
                        "was_approved",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="datasets.revision",
                        ),
                    ),
                    (
                        "assignee",
                        models.ForeignKey(
                            blank=True,
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "ordering": ("action", "example"),
                    "indexes": [
                        models.Index(
                            fields=["action", "outcome", "example"], name="bulk_item_outcome"
                        )
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("action", "example"), name="bulk_item_unique"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("outcome__in", ["selected", "ready", "rejected", "changed"])
                            ),
                            name="bulk_item_outcome_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("outcome", "changed"), _negated=True),
                                ("event__isnull", False),
                                _connector="OR",
                            ),
                            name="bulk_item_changed_names_its_event",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="SavedView",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("name", models.CharField(max_length=60)),
                    ("query", models.CharField(blank=True, max_length=3000)),
                    ("is_default", models.BooleanField(default=False)),
                    (
                        "created_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    (
                        "owner",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "project",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="saved_views",
                            to="people.project",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("project", "owner", "name"),
                            name="saved_view_name_unique",
                            nulls_distinct=False,
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("is_default", True)),
                            fields=("project", "owner"),
                            name="saved_view_default_once",
                            nulls_distinct=False,
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("name", ""), _negated=True),
                            name="saved_view_has_name",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="SimilarPair",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("question", models.PositiveSmallIntegerField()),
                    ("answer", models.PositiveSmallIntegerField(blank=True, null=True)),
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("near_duplicate", "near_duplicate"),
                                ("two_answers", "two_answers"),
                            ],
                            max_length=20,
                        ),
                    ),
                    (
                        "found_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    ("dismissed_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "dismissed_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "first",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="datasets.goldenexample",
                        ),
                    ),
                    (
                        "project",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="similar_pairs",
                            to="people.project",
                        ),
                    ),
                    (
                        "second",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="datasets.goldenexample",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("first", "second"), name="similar_pair_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("first__lt", models.F("second"))),
                            name="similar_pair_ordered",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("kind__in", ["near_duplicate", "two_answers"])),
                            name="similar_pair_kind_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("dismissed_at__isnull", True), ("dismissed_by__isnull", True)
                                ),
                                models.Q(
                                    ("dismissed_at__isnull", False), ("dismissed_by__isnull", False)
                                ),
                                _connector="OR",
                            ),
                            name="similar_pair_dismissal_whole",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="SystemMessage",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("language", models.CharField(blank=True, max_length=12)),
                    ("text", models.TextField()),
                    (
                        "project",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="system_messages",
                            to="people.project",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("project", "language"), name="system_message_once_for_language"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("text", ""), _negated=True),
                            name="system_message_has_text",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="TextBlock",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("name", models.CharField(max_length=60)),
                    ("text", models.TextField()),
                    ("language", models.CharField(blank=True, max_length=12)),
                    (
                        "intents",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=100),
                            blank=True,
                            default=list,
                            size=None,
                        ),
                    ),
                    ("saved", models.PositiveIntegerField(default=1)),
                    (
                        "created_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    (
                        "project",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="text_blocks",
                            to="people.project",
                        ),
                    ),
                ],
                options={
                    "ordering": ("project", "name"),
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("project", "name"), name="text_block_name_unique"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("name", ""), _negated=True),
                                models.Q(("text", ""), _negated=True),
                            ),
                            name="text_block_has_name_and_text",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Thread",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                        "example",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="threads",
                            to="datasets.goldenexample",
                        ),
                    ),
                    (
                        "revision",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="datasets.revision",
                        ),
                    ),
                    ("message_index", models.PositiveSmallIntegerField(blank=True, null=True)),
                    ("start", models.PositiveIntegerField(blank=True, null=True)),
                    ("end", models.PositiveIntegerField(blank=True, null=True)),
                    (
                        "source",
                        models.CharField(
                            choices=[
                                ("member", "Comment"),
                                ("broken", "Reported as broken"),
                                ("disagreement", "Reviewers disagree"),
                            ],
                            default="member",
                            max_length=12,
                        ),
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
                        "created_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    (
                        "resolved_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    ("resolved_at", models.DateTimeField(blank=True, null=True)),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("resolved_at", None)),
                            fields=["project", "example"],
                            name="thread_open",
                        )
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("source__in", ["member", "broken", "disagreement"])
                            ),
                            name="thread_source_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("end", None), ("start", None)),
                                models.Q(
                                    ("message_index__isnull", False), ("start__lt", models.F("end"))
                                ),
                                _connector="OR",
                            ),
                            name="thread_passage_complete",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="ThreadEvent",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                        "actor",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    ("action", models.CharField(max_length=40)),
                    ("before", models.CharField(blank=True, max_length=200)),
                    ("after", models.CharField(blank=True, max_length=200)),
                    ("reason", models.TextField(blank=True)),
                    ("detail", models.JSONField(default=dict)),
                    ("at", models.DateTimeField(default=django.utils.timezone.now)),
                    (
                        "thread",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="events",
                            to="datasets.thread",
                        ),
                    ),
                ],
                options={
                    "ordering": ("-at", "-pk"),
                    "abstract": False,
                    "indexes": [
                        models.Index(
                            fields=["project", "-at", "-id"], name="datasets_th_project_d222f0_idx"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="ThreadRead",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "thread",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="read_marks",
                            to="datasets.thread",
                        ),
                    ),
                    (
                        "user",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    ("last_comment", models.BigIntegerField()),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("thread", "user"), name="thread_read_once_for_each"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="TrainingPrice",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("base_model", models.CharField(max_length=100)),
                    (
                        "usd_per_million_tokens",
                        models.DecimalField(decimal_places=4, max_digits=10),
                    ),
                    ("epochs", models.PositiveSmallIntegerField(default=3)),
                    ("as_of", models.DateField()),
                    (
                        "created_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    (
                        "project",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="training_prices",
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
                    "ordering": ("-as_of", "-pk"),
                },
            ),
            migrations.CreateModel(
                name="VersionEvent",
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
                        "version",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="events",
                            to="datasets.datasetversion",
                        ),
                    ),
                ],
                options={
                    "ordering": ("-at", "-pk"),
                    "abstract": False,
                    "indexes": [
                        models.Index(
                            fields=["project", "-at", "-id"], name="datasets_ve_project_c2b418_idx"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="VoiceRuleset",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("number", models.PositiveIntegerField()),
                    ("rules", models.JSONField()),
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
                            related_name="voice_rulesets",
                            to="people.project",
                        ),
                    ),
                ],
                options={
                    "ordering": ("project", "-number"),
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("project", "number"), name="voice_ruleset_number_unique"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="VoiceInspection",
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
                    ("total", models.PositiveIntegerField(default=0)),
                    ("done", models.PositiveIntegerField(default=0)),
                    ("changed", models.PositiveIntegerField(default=0)),
                    ("cursor", models.BigIntegerField(default=0)),
                    (
                        "created_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    (
                        "ruleset",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="inspections",
                            to="datasets.voiceruleset",
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
                            name="voiceinspection_state_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("state", "running"), _negated=True),
                                models.Q(("claim__isnull", False), ("heartbeat_at__isnull", False)),
                                _connector="OR",
                            ),
                            name="voiceinspection_running_is_claimed",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Assignment",
                fields=[
                    (
                        "example",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.CASCADE,
                            primary_key=True,
                            related_name="assignment",
                            serialize=False,
                            to="datasets.goldenexample",
                        ),
                    ),
                    (
                        "assigned_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    ("due_on", models.DateField(blank=True, null=True)),
                    (
                        "assigned_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "assignee",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="assignments",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="ExampleSignature",
                fields=[
                    (
                        "example",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.CASCADE,
                            primary_key=True,
                            related_name="signature",
                            serialize=False,
                            to="datasets.goldenexample",
                        ),
                    ),
                    ("scheme", models.PositiveSmallIntegerField()),
                    ("question_digest", models.BigIntegerField()),
                    ("question_hashes", models.BinaryField()),
                    ("answer_digest", models.BigIntegerField()),
                    ("answer_hashes", models.BinaryField()),
                    (
                        "bands",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.BigIntegerField(), size=None
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
            ),
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
                    "indexes": [
                        django.contrib.postgres.indexes.GinIndex(
                            fields=["vector"],
                            gin_pending_list_limit=256,
                            name="example_text_vector",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="ChosenColumns",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "codes",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=30), default=list, size=None
                        ),
                    ),
                    (
                        "project",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="people.project",
                        ),
                    ),
                    (
                        "user",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("project", "user"), name="chosen_columns_once"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Suggestion",
                fields=[
                    (
                        "comment",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.CASCADE,
                            primary_key=True,
                            related_name="suggestion",
                            serialize=False,
                            to="datasets.comment",
                        ),
                    ),
                    ("replacement", models.TextField(blank=True)),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("open", "Open"),
                                ("accepted", "Accepted"),
                                ("declined", "Declined"),
                            ],
                            default="open",
                            max_length=8,
                        ),
                    ),
                    (
                        "decided_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    ("decided_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "revision",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="datasets.revision",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("decided_at", None),
                                    ("decided_by", None),
                                    ("revision", None),
                                    ("state", "open"),
                                ),
                                models.Q(
                                    ("decided_at__isnull", False),
                                    ("decided_by__isnull", False),
                                    ("revision__isnull", False),
                                    ("state", "accepted"),
                                ),
                                models.Q(
                                    ("decided_at__isnull", False),
                                    ("revision", None),
                                    ("state", "declined"),
                                ),
                                _connector="OR",
                            ),
                            name="suggestion_state_complete",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="CoverageTarget",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("intent", models.CharField(blank=True, max_length=100)),
                    ("language", models.CharField(blank=True, max_length=12)),
                    ("tag", models.CharField(blank=True, max_length=60)),
                    ("policy", models.CharField(blank=True, max_length=80)),
                    ("wanted", models.PositiveIntegerField()),
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
                            related_name="coverage_targets",
                            to="people.project",
                        ),
                    ),
                ],
                options={
                    "ordering": ("project", "intent", "language", "tag", "policy"),
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("project", "intent", "language", "tag", "policy"),
                            name="coverage_target_unique",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("intent", ""),
                                ("language", ""),
                                ("policy", ""),
                                ("tag", ""),
                                _negated=True,
                            ),
                            name="coverage_target_names_a_label",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("wanted__gte", 1)),
                            name="coverage_target_wants_some",
                        ),
                    ],
                },
            ),
        ),
        *statements_of("datasets.migrations", REPLACED),
    ]
