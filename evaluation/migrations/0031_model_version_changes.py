from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0030_state_of_runs_once_a_statement")]

    operations = [
        migrations.AddField(
            model_name="modelversion",
            name="version_changes",
            field=models.JSONField(blank=True, default=dict),
        ),
    ]
