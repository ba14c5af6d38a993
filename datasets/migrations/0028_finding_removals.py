"""The jobs that took suggested names away take away other findings, too."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

STATES = ["waiting", "running", "done", "failed"]
STATE_KNOWN = Q(state__in=STATES)
RUNNING_IS_CLAIMED = ~Q(state="running") | Q(claim__isnull=False, heartbeat_at__isnull=False)


def check(name: str, condition: Q) -> models.CheckConstraint:
    return models.CheckConstraint(name=name, condition=condition)


class Migration(migrations.Migration):
    dependencies = [
        ("datasets", "0027_finding_removes"),
        ("people", "0010_name_search"),
    ]

    operations = [
        migrations.RemoveConstraint("NameRemoval", "nameremoval_state_known"),
        migrations.RemoveConstraint("NameRemoval", "nameremoval_running_is_claimed"),
        migrations.RenameModel("NameRemoval", "FindingRemoval"),
        migrations.AlterField(
            model_name="findingremoval",
            name="project",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="finding_removals",
                to="people.project",
            ),
        ),
        migrations.AddField(
            model_name="findingremoval",
            name="subject",
            field=models.CharField(
                choices=[("names", "Names"), ("missing_system", "Missing System")],
                default="names",
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            "FindingRemoval",
            check("findingremoval_state_known", STATE_KNOWN),
        ),
        migrations.AddConstraint(
            "FindingRemoval",
            check("findingremoval_running_is_claimed", RUNNING_IS_CLAIMED),
        ),
        migrations.AddConstraint(
            "FindingRemoval",
            check("finding_removal_subject_known", Q(subject__in=["names", "missing_system"])),
        ),
    ]
