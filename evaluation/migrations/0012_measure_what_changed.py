"""Mark the runs whose figures a change of votes, skips or examples makes out of date."""

import django.db.models.deletion
from django.db import migrations, models

# Triggers, because votes are written by several statements and by bulk imports; one row for each
# statement that inserts votes. Reasons given after a vote change no figure of the gates.
TRIGGERS = """
CREATE FUNCTION touchstone_votes_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO evaluation_pendingmeasurement (run_id) SELECT DISTINCT run_id FROM added;
    RETURN NULL;
END $$;
CREATE FUNCTION touchstone_run_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO evaluation_pendingmeasurement (run_id) VALUES (NEW.run_id);
    RETURN NULL;
END $$;
CREATE TRIGGER measure_added AFTER INSERT ON evaluation_vote
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION touchstone_votes_added();
CREATE TRIGGER measure_changed AFTER UPDATE OF undone_at, counted ON evaluation_vote
    FOR EACH ROW
    WHEN (OLD.undone_at IS DISTINCT FROM NEW.undone_at OR OLD.counted <> NEW.counted)
    EXECUTE FUNCTION touchstone_run_changed();
CREATE TRIGGER measure_skipped AFTER UPDATE OF state ON evaluation_assignment
    FOR EACH ROW WHEN (OLD.state <> NEW.state AND NEW.state = 'skipped')
    EXECUTE FUNCTION touchstone_run_changed();
CREATE TRIGGER measure_set_aside AFTER UPDATE OF state ON evaluation_comparison
    FOR EACH ROW
    WHEN (
        (OLD.state IN ('set_aside', 'withdrawn')) <> (NEW.state IN ('set_aside', 'withdrawn'))
    )
    EXECUTE FUNCTION touchstone_run_changed();
INSERT INTO evaluation_pendingmeasurement (run_id)
    SELECT id FROM evaluation_evaluationrun WHERE state = 'voting';
"""
NO_TRIGGERS = """
DROP TRIGGER measure_set_aside ON evaluation_comparison;
DROP TRIGGER measure_skipped ON evaluation_assignment;
DROP TRIGGER measure_changed ON evaluation_vote;
DROP TRIGGER measure_added ON evaluation_vote;
DROP FUNCTION touchstone_run_changed();
DROP FUNCTION touchstone_votes_added();
"""


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0011_nothing_changes_after_close")]

    operations = [
        migrations.CreateModel(
            name="PendingMeasurement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="evaluation.evaluationrun",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
    ]
