"""Threads of comments, mentions, suggested edits; erasing an example erases their text."""

from importlib import import_module

import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import reviewapp.core.fields
from reviewapp.core.migrations import CreateModels

_OLD = import_module("datasets.migrations.0005_full_text_search").ERASE_EXAMPLE
_BEFORE = "    DELETE FROM datasets_editdraft"
ERASE_COMMENTS = """    UPDATE datasets_commentversion v SET body = marker FROM datasets_comment c, datasets_thread t
        WHERE v.comment_id = c.id AND c.thread_id = t.id AND t.example_id = erased_id;
    UPDATE datasets_suggestion s SET replacement = marker FROM datasets_comment c, datasets_thread t
        WHERE s.comment_id = c.id AND c.thread_id = t.id AND t.example_id = erased_id
            AND s.replacement <> '';
    DELETE FROM datasets_mention m USING datasets_comment c, datasets_thread t
        WHERE m.comment_id = c.id AND c.thread_id = t.id AND t.example_id = erased_id;
    UPDATE datasets_comment c SET body = marker FROM datasets_thread t
        WHERE c.thread_id = t.id AND t.example_id = erased_id AND c.body <> '';
    UPDATE datasets_thread SET resolved_at = now()
        WHERE example_id = erased_id AND resolved_at IS NULL;
"""
ERASE_EXAMPLE = _OLD.replace(_BEFORE, ERASE_COMMENTS + _BEFORE)


class Migration(migrations.Migration):
    dependencies = [
        ("datasets", "0007_deletion"),
        ("people", "0007_training_scope"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="revision",
            name="contributor",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        CreateModels(
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
                    "indexes": [],
                },
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
                    "indexes": [],
                    "constraints": [],
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
                    "indexes": [],
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
                    "indexes": [],
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
                    "indexes": [],
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
                    "constraints": [],
                },
            ),
        ),
        migrations.RunSQL(ERASE_EXAMPLE, _OLD),
    ]
