"""Answers that a later run reuses: found by the hash of their request, until they are erased."""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

# The function of the earlier migrations, with one more statement: neither an erased answer nor one
# to an erased prompt is found any more.
OLD_COMPARISON = import_module("evaluation.migrations.0013_adjudication").ERASE_COMPARISON
RATIONALES = "IF 'rationales' = ANY (parts) THEN"
FORGET_REQUEST = """UPDATE evaluation_answer SET request_hash = ''
        WHERE comparison_id = erased_id AND request_hash <> '';
    """
ERASE_COMPARISON = OLD_COMPARISON.replace(RATIONALES, FORGET_REQUEST + RATIONALES)
# After the days for which provider data is kept an answer is not reused.
ERASE_PROVIDER_DATA = """
CREATE OR REPLACE FUNCTION touchstone_erase_provider_data(owner_id bigint, before_time timestamptz)
    RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    changed bigint;
BEGIN
    PERFORM set_config('touchstone.erasing', 'on', true);
    UPDATE evaluation_answer a SET original_text = '', request_id = '', request_hash = ''
        FROM evaluation_evaluationrun run
        WHERE a.run_id = run.id AND run.project_id = owner_id AND a.finished_at < before_time
            AND (a.original_text <> '' OR a.request_id <> '' OR a.request_hash <> '');
    GET DIAGNOSTICS changed = ROW_COUNT;
    PERFORM set_config('touchstone.erasing', 'off', true);
    RETURN changed;
END $$;
"""
OLD_PROVIDER_DATA = """
CREATE OR REPLACE FUNCTION touchstone_erase_provider_data(owner_id bigint, before_time timestamptz)
    RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    changed bigint;
BEGIN
    PERFORM set_config('touchstone.erasing', 'on', true);
    UPDATE evaluation_answer a SET original_text = '', request_id = ''
        FROM evaluation_evaluationrun run
        WHERE a.run_id = run.id AND run.project_id = owner_id AND a.finished_at < before_time
            AND (a.original_text <> '' OR a.request_id <> '');
    GET DIAGNOSTICS changed = ROW_COUNT;
    PERFORM set_config('touchstone.erasing', 'off', true);
    RETURN changed;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0020_training_schedules")]

    operations = [
        migrations.AddField(
            model_name="answer",
            name="request_hash",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
        migrations.AddField(
            model_name="answer",
            name="reused_from",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reused_by",
                to="evaluation.answer",
            ),
        ),
        migrations.AddIndex(
            model_name="answer",
            index=models.Index(
                condition=models.Q(("request_hash", ""), _negated=True),
                fields=["model_version", "request_hash"],
                name="answer_to_reuse",
            ),
        ),
        migrations.RunSQL(ERASE_COMPARISON, OLD_COMPARISON),
        migrations.RunSQL(ERASE_PROVIDER_DATA, OLD_PROVIDER_DATA),
    ]
