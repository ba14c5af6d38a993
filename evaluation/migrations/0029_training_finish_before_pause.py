from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0028_scheduled_mini_batches")]

    operations = [
        migrations.AddField(
            model_name="trainingrun",
            name="finish_before_pause",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
