"""Remember who still has the one-time password that they were given."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("datasets", "0002_append_only_and_cache")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="must_change_password",
            field=models.BooleanField(default=False),
        ),
    ]
