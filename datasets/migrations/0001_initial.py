import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import datasets.curation.lifecycle
import reviewapp.core.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
            ],
            options={
                "ordering": ("project", "-number"),
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
                    "search_vector",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.contrib.postgres.search.SearchVector(
                            models.Func(
                                django.db.models.functions.text.Concat(
                                    "preview", models.Value(" "), "external_id"
                                ),
                                models.Value("[^[:alnum:]]+"),
                                models.Value(" "),
                                models.Value("g"),
                                function="REGEXP_REPLACE",
                                output_field=models.TextField(),
                            ),
                            config="simple",
                        ),
                        output_field=django.contrib.postgres.search.SearchVectorField(),
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
            ],
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
            ],
            options={
                "verbose_name_plural": "import batches",
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="goldenexample",
            name="batch",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="examples",
                to="datasets.importbatch",
            ),
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
            },
        ),
        migrations.AddField(
            model_name="goldenexample",
            name="intent",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="examples",
                to="datasets.intent",
            ),
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
            ],
            options={
                "ordering": ("example", "number"),
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
                        choices=[("approve", "Approved"), ("request_changes", "Changes requested")],
                        max_length=16,
                    ),
                ),
                ("comment", models.TextField(blank=True)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
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
            },
        ),
        migrations.AddField(
            model_name="goldenexample",
            name="approved_revision",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="approved_for",
                to="datasets.revision",
            ),
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
                        blank=True, help_text="what one click puts there", max_length=60
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
            ],
            options={
                "ordering": ("revision", "pk"),
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
                ("usd_per_million_tokens", models.DecimalField(decimal_places=4, max_digits=10)),
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
            },
        ),
        migrations.AddConstraint(
            model_name="datasetversion",
            constraint=models.UniqueConstraint(
                fields=("project", "number"), name="dataset_version_number_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="datasetversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("changelog", ""), _negated=True),
                name="dataset_version_says_what_changed",
            ),
        ),
        migrations.AddConstraint(
            model_name="datasetfile",
            constraint=models.UniqueConstraint(
                fields=("version", "split"), name="dataset_file_one_a_split"
            ),
        ),
        migrations.AddIndex(
            model_name="exampleevent",
            index=models.Index(
                fields=["project", "-at", "-id"], name="datasets_ex_project_e252e4_idx"
            ),
        ),
        migrations.AddConstraint(
            model_name="editdraft",
            constraint=models.UniqueConstraint(
                fields=("example", "user"), name="edit_draft_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="importbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["waiting", "running", "done", "failed"])),
                name="importbatch_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="importbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "running"), _negated=True),
                    models.Q(("claim__isnull", False), ("heartbeat_at__isnull", False)),
                    _connector="OR",
                ),
                name="importbatch_running_is_claimed",
            ),
        ),
        migrations.AddConstraint(
            model_name="importbatch",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="intent",
            constraint=models.UniqueConstraint(
                fields=("project", "name"), name="intent_name_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="policy",
            constraint=models.UniqueConstraint(
                fields=("project", "slug"), name="policy_slug_unique"
            ),
        ),
        migrations.AddIndex(
            model_name="revision",
            index=models.Index(fields=["content_hash"], name="revision_hash"),
        ),
        migrations.AddConstraint(
            model_name="revision",
            constraint=models.UniqueConstraint(
                fields=("example", "number"), name="revision_number_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(("decision__in", ["approve", "request_changes"])),
                name="review_decision_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decision", "approve"),
                    models.Q(("comment", ""), _negated=True),
                    _connector="OR",
                ),
                name="review_requesting_changes_has_comment",
            ),
        ),
        migrations.AddIndex(
            model_name="goldenexample",
            index=models.Index(fields=["project", "id"], name="example_project_id"),
        ),
        migrations.AddIndex(
            model_name="goldenexample",
            index=models.Index(fields=["project", "state", "id"], name="example_state"),
        ),
        migrations.AddIndex(
            model_name="goldenexample",
            index=models.Index(fields=["project", "intent", "id"], name="example_intent"),
        ),
        migrations.AddIndex(
            model_name="goldenexample",
            index=models.Index(fields=["project", "language", "id"], name="example_language"),
        ),
        migrations.AddIndex(
            model_name="goldenexample",
            index=models.Index(fields=["project", "content_hash"], name="example_hash"),
        ),
        migrations.AddIndex(
            model_name="goldenexample",
            index=models.Index(
                condition=models.Q(("open_findings__gt", 0)),
                fields=["project", "id"],
                name="example_with_findings",
            ),
        ),
        migrations.AddIndex(
            model_name="goldenexample",
            index=models.Index(fields=["project", "external_id"], name="example_external_id"),
        ),
        migrations.AddIndex(
            model_name="goldenexample",
            index=models.Index(fields=["project", "source", "id"], name="example_source"),
        ),
        migrations.AddIndex(
            model_name="goldenexample",
            index=django.contrib.postgres.indexes.GinIndex(fields=["tags"], name="example_tags"),
        ),
        migrations.AddIndex(
            model_name="goldenexample",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["policies"], name="example_policies"
            ),
        ),
        migrations.AddIndex(
            model_name="goldenexample",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["search_vector"], gin_pending_list_limit=256, name="example_search_vector"
            ),
        ),
        migrations.AddConstraint(
            model_name="goldenexample",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="goldenexample",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("state", datasets.curation.lifecycle.State["APPROVED"]), _negated=True
                    ),
                    ("approved_revision__isnull", False),
                    _connector="OR",
                ),
                name="golden_example_approved_names_its_revision",
            ),
        ),
        migrations.AddConstraint(
            model_name="goldenexample",
            constraint=models.CheckConstraint(
                condition=models.Q(("imported_split__in", ["", "train", "validation", "test"])),
                name="golden_example_imported_split_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("severity__in", ["blocking", "warning"]), ("state__in", ["open", "dismissed"])
                ),
                name="finding_severity_and_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "open"),
                    models.Q(
                        ("dismissed_by__isnull", False), models.Q(("reason", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="finding_dismissal_has_member_and_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="datasetitem",
            constraint=models.UniqueConstraint(
                fields=("version", "revision"), name="dataset_item_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="datasetitem",
            constraint=models.UniqueConstraint(
                fields=("version", "split", "position"), name="dataset_item_position_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="datasetitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("split__in", ["train", "validation", "test"])),
                name="dataset_item_split_known",
            ),
        ),
        migrations.AddIndex(
            model_name="versionevent",
            index=models.Index(
                fields=["project", "-at", "-id"], name="datasets_ve_project_c2b418_idx"
            ),
        ),
    ]
