"""The labels that an import changed are recorded as a bulk action."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("datasets", "0022_queue_columns"),
        ("people", "0009_notification_scope"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="bulkaction",
            name="bulk_action_take_back_names_its_import",
        ),
        migrations.RemoveConstraint(
            model_name="bulkaction",
            name="bulk_action_kind_known",
        ),
        migrations.AlterField(
            model_name="bulkaction",
            name="created_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="bulkaction",
            name="kind",
            field=models.CharField(
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
        migrations.AddConstraint(
            model_name="bulkaction",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="bulkaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("batch__isnull", False), ("kind__in", ["import_labels", "take_back"])
                    ),
                    models.Q(
                        models.Q(("kind__in", ["import_labels", "take_back"]), _negated=True),
                        ("batch", None),
                    ),
                    _connector="OR",
                ),
                name="bulk_action_of_import_names_it",
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("created_by__isnull", False), ("kind", "import_labels"), _connector="OR"
                ),
                name="bulk_action_has_member_or_is_of_command",
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkaction",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "import_labels")),
                fields=("batch",),
                name="bulk_action_labels_once_for_import",
            ),
        ),
    ]
