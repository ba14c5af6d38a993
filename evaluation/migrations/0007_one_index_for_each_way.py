"""Leave each table one index for each way to its rows: fewer to write, fewer to choose wrongly."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("evaluation", "0006_indexes_of_reports"),
    ]

    operations = [
        migrations.AlterField(
            model_name="answer",
            name="comparison",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="answers",
                to="evaluation.comparison",
            ),
        ),
        migrations.AlterField(
            model_name="answer",
            name="model_version",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="answers",
                to="evaluation.modelversion",
            ),
        ),
        migrations.AlterField(
            model_name="comparison",
            name="run",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="comparisons",
                to="evaluation.evaluationrun",
            ),
        ),
        migrations.AlterField(
            model_name="vote",
            name="comparison",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="votes",
                to="evaluation.comparison",
            ),
        ),
        migrations.AlterField(
            model_name="vote",
            name="run",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="votes",
                to="evaluation.evaluationrun",
            ),
        ),
    ]
