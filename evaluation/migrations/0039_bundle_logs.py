import django.db.models.deletion
from django.db import migrations, models

# The reports of before are of one log without a key for each bundle.
FILL = """
INSERT INTO evaluation_bundlelog (bundle_id, key, received)
SELECT id, '', received FROM evaluation_bundle WHERE last_report_at IS NOT NULL
OR id IN (SELECT bundle_id FROM evaluation_bundleevent);
UPDATE evaluation_bundleevent AS event SET log_id = log.id
FROM evaluation_bundlelog AS log WHERE log.bundle_id = event.bundle_id;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("evaluation", "0038_answers_without_letter"),
    ]

    operations = [
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
            options={"ordering": ("bundle", "pk")},
        ),
        migrations.AddConstraint(
            model_name="bundlelog",
            constraint=models.UniqueConstraint(fields=("bundle", "key"), name="bundle_log_once"),
        ),
        migrations.AddField(
            model_name="bundleevent",
            name="log",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="evaluation.bundlelog",
            ),
        ),
        migrations.RunSQL(FILL, elidable=True),
        migrations.AlterField(
            model_name="bundleevent",
            name="log",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="evaluation.bundlelog",
            ),
        ),
        migrations.AlterModelOptions(
            name="bundleevent",
            options={"ordering": ("log", "number")},
        ),
        migrations.RemoveConstraint(model_name="bundleevent", name="bundle_event_once"),
        migrations.AddConstraint(
            model_name="bundleevent",
            constraint=models.UniqueConstraint(fields=("log", "number"), name="bundle_event_once"),
        ),
        migrations.RemoveField(model_name="bundleevent", name="bundle"),
        migrations.RemoveField(model_name="bundle", name="received"),
    ]
