"""Members, projects, tokens and invitations.

A new database gets these tables at once; an older one goes on with the migrations replaced.
"""

import datetime

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import reviewapp.people.models
from reviewapp.core.migrations import CreateModels, statements_of

REPLACED = [
    "0001_initial",
    "0002_database_functions",
    "0003_reading_languages",
    "0004_invitation",
    "0005_dismissed_hint",
    "0006_token_manages_runs",
    "0007_training_scope",
    "0008_scope_labels",
    "0009_notification_scope",
    "0010_name_search",
    "0011_scope_labels",
]


class Migration(migrations.Migration):
    initial = True
    replaces = [("people", name) for name in REPLACED]
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        CreateModels(
            migrations.CreateModel(
                name="User",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("password", models.CharField(max_length=128, verbose_name="password")),
                    (
                        "last_login",
                        models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                    ),
                    (
                        "is_superuser",
                        models.BooleanField(
                            default=False,
                            help_text="Designates that this user has all permissions without explicitly assigning them.",
                            verbose_name="superuser status",
                        ),
                    ),
                    (
                        "is_staff",
                        models.BooleanField(
                            default=False,
                            help_text="Designates whether the user can log into this admin site.",
                            verbose_name="staff status",
                        ),
                    ),
                    (
                        "is_active",
                        models.BooleanField(
                            default=True,
                            help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                            verbose_name="active",
                        ),
                    ),
                    (
                        "date_joined",
                        models.DateTimeField(
                            default=django.utils.timezone.now, verbose_name="date joined"
                        ),
                    ),
                    (
                        "email",
                        models.EmailField(
                            max_length=254, unique=True, verbose_name="e-mail address"
                        ),
                    ),
                    ("name", models.CharField(blank=True, max_length=120)),
                    ("is_demo", models.BooleanField(default=False)),
                    ("must_change_password", models.BooleanField(default=False)),
                    ("language", models.CharField(blank=True, max_length=12)),
                    ("deactivations", models.PositiveIntegerField(default=0, editable=False)),
                    (
                        "groups",
                        models.ManyToManyField(
                            blank=True,
                            help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                            related_name="user_set",
                            related_query_name="user",
                            to="auth.group",
                            verbose_name="groups",
                        ),
                    ),
                    (
                        "user_permissions",
                        models.ManyToManyField(
                            blank=True,
                            help_text="Specific permissions for this user.",
                            related_name="user_set",
                            related_query_name="user",
                            to="auth.permission",
                            verbose_name="user permissions",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            django.db.models.functions.text.Lower("email"),
                            name="user_email_unique_ignoring_case",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                (
                                    "email",
                                    django.db.models.functions.text.Lower(
                                        django.db.models.functions.text.Trim("email")
                                    ),
                                )
                            ),
                            name="user_email_normalized",
                        ),
                    ],
                },
                managers=[
                    ("objects", reviewapp.people.models.PersonManager()),
                ],
            ),
            migrations.CreateModel(
                name="ApiToken",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("digest", models.CharField(max_length=64, unique=True)),
                    ("prefix", models.CharField(max_length=12)),
                    ("name", models.CharField(blank=True, max_length=80)),
                    (
                        "scopes",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(
                                choices=[
                                    (
                                        "examples",
                                        "Examples: read, import, assign, dismiss duplicates; comments",
                                    ),
                                    ("versions", "Versions: read and download"),
                                    ("voting", "Voting"),
                                    (
                                        "runs",
                                        "Read runs, judges, promotions, preferences, shadow checks and the pipeline",
                                    ),
                                    (
                                        "manage",
                                        "Manage runs, judges, promotions, preferences, shadow checks, webhooks; freeze versions, change many examples",
                                    ),
                                    (
                                        "serving",
                                        "Serving: which models the aliases name; reports from service",
                                    ),
                                    (
                                        "trainings",
                                        "Trainings: read and start, which costs money; serve tuned models",
                                    ),
                                    (
                                        "notifications",
                                        "Notifications about what else it may be used for; mail",
                                    ),
                                ],
                                max_length=20,
                            ),
                            default=reviewapp.people.models.all_scopes,
                            size=None,
                        ),
                    ),
                    (
                        "created_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    (
                        "expires_at",
                        models.DateTimeField(
                            db_default=django.db.models.expressions.CombinedExpression(
                                django.db.models.functions.datetime.Now(),
                                "+",
                                models.Value(datetime.timedelta(days=90)),
                            )
                        ),
                    ),
                    ("last_used_at", models.DateTimeField(blank=True, null=True)),
                    ("revoked_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "user",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="api_tokens",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                (
                                    "scopes__contained_by",
                                    [
                                        "examples",
                                        "versions",
                                        "voting",
                                        "runs",
                                        "manage",
                                        "serving",
                                        "trainings",
                                        "notifications",
                                    ],
                                ),
                                ("scopes__len__gt", 0),
                            ),
                            name="apitoken_scopes_known",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="IdempotencyKey",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("key", models.CharField(max_length=200)),
                    ("fingerprint", models.CharField(max_length=64)),
                    ("status", models.PositiveSmallIntegerField(null=True)),
                    ("body", models.JSONField(null=True)),
                    (
                        "created_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    (
                        "user",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("user", "key"), name="idempotency_key_once_a_person"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Project",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("slug", models.SlugField(max_length=60, unique=True)),
                    ("name", models.CharField(max_length=120)),
                    ("description", models.TextField(blank=True)),
                    (
                        "languages",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=12),
                            blank=True,
                            default=list,
                            size=None,
                        ),
                    ),
                    ("token_budget", models.PositiveIntegerField(default=4096)),
                    ("message_token_budget", models.PositiveIntegerField(default=2048)),
                    ("tokenizer_model", models.CharField(default="gpt-4o", max_length=100)),
                    ("requires_system_message", models.BooleanField(default=True)),
                    (
                        "phone_regions",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=2),
                            blank=True,
                            default=list,
                            size=None,
                        ),
                    ),
                    ("keep_rejects_days", models.PositiveIntegerField(blank=True, null=True)),
                    ("keep_drafts_days", models.PositiveIntegerField(blank=True, null=True)),
                    ("keep_provider_data_days", models.PositiveIntegerField(blank=True, null=True)),
                    ("is_demo", models.BooleanField(default=False)),
                    (
                        "created_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    ("finds_names", models.BooleanField(default=True)),
                    (
                        "known_names",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=120),
                            blank=True,
                            default=list,
                            size=None,
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("message_token_budget__gt", 0), ("token_budget__gt", 0)
                            ),
                            name="project_budgets_positive",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Membership",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "role",
                        models.CharField(
                            choices=[
                                ("annotator", "Annotator"),
                                ("reviewer", "Reviewer"),
                                ("lead", "Lead"),
                            ],
                            max_length=16,
                        ),
                    ),
                    (
                        "created_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    (
                        "user",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="memberships",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "project",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="memberships",
                            to="people.project",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("project", "user", "role"), name="membership_once_for_each_role"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("role__in", ["annotator", "reviewer", "lead"])),
                            name="membership_role_known",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Invitation",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("email", models.EmailField(max_length=254)),
                    (
                        "role",
                        models.CharField(
                            choices=[
                                ("annotator", "Annotator"),
                                ("reviewer", "Reviewer"),
                                ("lead", "Lead"),
                            ],
                            max_length=16,
                        ),
                    ),
                    ("digest", models.CharField(max_length=64, unique=True)),
                    (
                        "created_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    ("expires_at", models.DateTimeField()),
                    ("accepted_at", models.DateTimeField(blank=True, null=True)),
                    ("revoked_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "accepted_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
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
                            related_name="invitations",
                            to="people.project",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("role__in", ["annotator", "reviewer", "lead"])),
                            name="invitation_role_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("accepted_at", None), ("accepted_by", None)),
                                models.Q(
                                    ("accepted_at__isnull", False),
                                    ("accepted_by__isnull", False),
                                    ("revoked_at", None),
                                ),
                                _connector="OR",
                            ),
                            name="invitation_accepted_by_one",
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("accepted_at", None), ("revoked_at", None)),
                            fields=("project", "email", "role"),
                            name="invitation_pending_once_a_role",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="DismissedHint",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("hint", models.CharField(max_length=40)),
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
                            fields=("user", "project", "hint"), name="hint_dismissed_once_a_member"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="ProjectEvent",
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
                        "subject",
                        models.ForeignKey(
                            help_text="whom it concerns",
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "ordering": ("-at", "-pk"),
                    "abstract": False,
                    "indexes": [
                        models.Index(
                            fields=["project", "-at", "-id"], name="people_proj_project_614ed3_idx"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="ReadingLanguages",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "languages",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=12),
                            blank=True,
                            default=list,
                            size=None,
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
                        "user",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="reading_languages",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("user", "project"),
                            name="reading_languages_once_for_each_member",
                        )
                    ],
                },
            ),
        ),
        *statements_of("reviewapp.people.migrations", REPLACED),
    ]
