"""Let an import say what it changed in the rows it took."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("datasets", "0004_queue_indexes")]

    operations = [
        migrations.AddField(
            model_name="importbatch",
            name="notes",
            field=models.JSONField(default=dict),
        ),
    ]
