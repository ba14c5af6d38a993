"""Tokens expire and have scopes; sessions end with a deactivation; addresses are normalised."""

import datetime

import django.contrib.postgres.fields
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.db import migrations, models
from django.db.models.expressions import CombinedExpression, Value

import datasets.models.people

SCOPES = [
    ("examples", "Examples: read and import"),
    ("versions", "Versions: read and download"),
    ("voting", "Voting"),
    ("runs", "Runs: win rates and gates"),
    ("serving", "Serving: which model an alias names"),
]
# By a trigger, so that a deactivation by any way (shell, SQL) counts, and nothing takes it back.
COUNT_DEACTIVATIONS = """
CREATE FUNCTION touchstone_count_deactivation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.deactivations := OLD.deactivations + (OLD.is_active AND NOT NEW.is_active)::int;
    RETURN NEW;
END $$;
CREATE TRIGGER count_deactivation BEFORE UPDATE ON datasets_user
    FOR EACH ROW EXECUTE FUNCTION touchstone_count_deactivation();
"""
DO_NOT_COUNT = """
DROP TRIGGER count_deactivation ON datasets_user;
DROP FUNCTION touchstone_count_deactivation();
"""


class Migration(migrations.Migration):
    dependencies = [("datasets", "0008_fill_example_authors")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="deactivations",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name="apitoken",
            name="expires_at",
            field=models.DateTimeField(
                db_default=CombinedExpression(
                    django.db.models.functions.datetime.Now(),
                    "+",
                    Value(datetime.timedelta(days=90)),
                )
            ),
        ),
        migrations.AddField(
            model_name="apitoken",
            name="scopes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(choices=SCOPES, max_length=20),
                default=datasets.models.people.all_scopes,
                size=None,
            ),
        ),
        migrations.AddConstraint(
            model_name="apitoken",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("scopes__contained_by", [value for value, _ in SCOPES]),
                    ("scopes__len__gt", 0),
                ),
                name="apitoken_scopes_known",
            ),
        ),
        migrations.RunSQL(COUNT_DEACTIVATIONS, DO_NOT_COUNT),
        migrations.RunSQL(
            "UPDATE datasets_user SET email = lower(btrim(email))", migrations.RunSQL.noop
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "email",
                        django.db.models.functions.text.Lower(
                            django.db.models.functions.text.Trim("email")
                        ),
                    )
                ),
                name="user_email_normalized",
            ),
        ),
    ]
