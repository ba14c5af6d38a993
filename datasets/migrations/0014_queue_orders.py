"""Indexes for the orders of the queue."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("datasets", "0013_trial_imports"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="goldenexample",
            index=models.Index(
                condition=models.Q(("deleted_at", None)),
                fields=["project", "created_at", "id"],
                name="example_age",
            ),
        ),
        migrations.AddIndex(
            model_name="goldenexample",
            index=models.Index(
                condition=models.Q(("deleted_at", None)),
                fields=["project", "updated_at", "id"],
                name="example_updated",
            ),
        ),
        migrations.AddIndex(
            model_name="goldenexample",
            index=models.Index(
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
        ),
        migrations.AddIndex(
            model_name="goldenexample",
            index=models.Index(
                condition=models.Q(("deleted_at", None)),
                fields=["project", "blocking_findings", "open_findings", "id"],
                name="example_findings",
            ),
        ),
    ]
