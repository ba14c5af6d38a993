"""Tell runs whose rows came with their served order from those whose votes have none."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0018_decisions")]

    operations = [
        migrations.AddField(
            model_name="evaluationrun",
            name="order_from_file",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="evaluationrun",
            name="unordered_votes",
            field=models.BooleanField(default=False),
        ),
        migrations.AddConstraint(
            model_name="evaluationrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("order_from_file", False),
                    models.Q(("all_votes", False), ("unordered_votes", False)),
                    _connector="OR",
                ),
                name="run_order_known_or_not",
            ),
        ),
    ]
