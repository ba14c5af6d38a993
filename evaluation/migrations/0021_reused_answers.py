"""Answers that a later run reuses: found by the hash of their request, until they are erased."""

import django.db.models.deletion
from django.db import migrations, models

# Neither an erased answer nor one to an erased prompt is found any more.
ERASE_COMPARISON = """
CREATE OR REPLACE FUNCTION touchstone_erase_comparison(
    erased_id bigint, parts text[], by_id bigint, why text
) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    marker CONSTANT text := '[erased]';
    compared evaluation_comparison;
    run evaluation_evaluationrun;
BEGIN
    SELECT * INTO STRICT compared FROM evaluation_comparison WHERE id = erased_id;
    SELECT * INTO STRICT run FROM evaluation_evaluationrun WHERE id = compared.run_id FOR UPDATE;
    IF coalesce(why, '') = '' OR parts = '{}' THEN
        RAISE EXCEPTION 'An erasure needs a reason and a part.' USING ERRCODE = 'check_violation';
    END IF;
    PERFORM set_config('touchstone.erasing', 'on', true);
    UPDATE evaluation_comparison c SET
        prompt = CASE WHEN 'prompt' = ANY (parts)
            THEN touchstone_erased_messages(c.prompt) ELSE c.prompt END,
        external_id = CASE WHEN 'prompt' = ANY (parts) THEN '' ELSE c.external_id END,
        state = CASE WHEN c.state = 'open' AND c.first_served_at IS NULL
            THEN 'withdrawn' ELSE c.state END,
        erased_at = now()
        WHERE c.id = erased_id;
    UPDATE evaluation_answer a SET
        text = CASE WHEN a.text = '' THEN '' ELSE rpad(marker, greatest(length(a.text), 8)) END,
        original_text = '', marks = '{}', request_id = '', error = NULL
        WHERE a.comparison_id = erased_id AND (
            ('candidate' = ANY (parts) AND a.model_version_id = run.candidate_id)
            OR ('baseline' = ANY (parts) AND a.model_version_id = run.baseline_id));
    UPDATE evaluation_answer SET request_hash = ''
        WHERE comparison_id = erased_id AND request_hash <> '';
    IF 'rationales' = ANY (parts) THEN
        UPDATE evaluation_vote SET rationale = '' WHERE comparison_id = erased_id;
        UPDATE evaluation_lease SET note = marker WHERE comparison_id = erased_id AND note <> '';
        UPDATE evaluation_voteevent e SET reason = '', detail = '{}' FROM evaluation_vote v
            WHERE e.vote_id = v.id AND v.comparison_id = erased_id;
        UPDATE evaluation_runevent SET reason = marker
            WHERE run_id = run.id AND reason <> '' AND detail @> jsonb_build_object(
                'comparison', erased_id);
    END IF;
    INSERT INTO evaluation_runevent
        (project_id, run_id, actor_id, action, before, after, reason, detail, at)
        VALUES (run.project_id, run.id, by_id, 'erase_example', '', '', why, jsonb_build_object(
            'comparison', erased_id, 'position', compared.position, 'parts', parts), now());
    PERFORM set_config('touchstone.erasing', 'off', true);
END $$;
"""
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
OLD_COMPARISON = """
CREATE OR REPLACE FUNCTION touchstone_erase_comparison(
    erased_id bigint, parts text[], by_id bigint, why text
) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    marker CONSTANT text := '[erased]';
    compared evaluation_comparison;
    run evaluation_evaluationrun;
BEGIN
    SELECT * INTO STRICT compared FROM evaluation_comparison WHERE id = erased_id;
    SELECT * INTO STRICT run FROM evaluation_evaluationrun WHERE id = compared.run_id FOR UPDATE;
    IF coalesce(why, '') = '' OR parts = '{}' THEN
        RAISE EXCEPTION 'An erasure needs a reason and a part.' USING ERRCODE = 'check_violation';
    END IF;
    PERFORM set_config('touchstone.erasing', 'on', true);
    UPDATE evaluation_comparison c SET
        prompt = CASE WHEN 'prompt' = ANY (parts)
            THEN touchstone_erased_messages(c.prompt) ELSE c.prompt END,
        external_id = CASE WHEN 'prompt' = ANY (parts) THEN '' ELSE c.external_id END,
        state = CASE WHEN c.state = 'open' AND c.first_served_at IS NULL
            THEN 'withdrawn' ELSE c.state END,
        erased_at = now()
        WHERE c.id = erased_id;
    UPDATE evaluation_answer a SET
        text = CASE WHEN a.text = '' THEN '' ELSE rpad(marker, greatest(length(a.text), 8)) END,
        original_text = '', marks = '{}', request_id = '', error = NULL
        WHERE a.comparison_id = erased_id AND (
            ('candidate' = ANY (parts) AND a.model_version_id = run.candidate_id)
            OR ('baseline' = ANY (parts) AND a.model_version_id = run.baseline_id));
    IF 'rationales' = ANY (parts) THEN
        UPDATE evaluation_vote SET rationale = '' WHERE comparison_id = erased_id;
        UPDATE evaluation_lease SET note = marker WHERE comparison_id = erased_id AND note <> '';
        UPDATE evaluation_voteevent e SET reason = '', detail = '{}' FROM evaluation_vote v
            WHERE e.vote_id = v.id AND v.comparison_id = erased_id;
        UPDATE evaluation_runevent SET reason = marker
            WHERE run_id = run.id AND reason <> '' AND detail @> jsonb_build_object(
                'comparison', erased_id);
    END IF;
    INSERT INTO evaluation_runevent
        (project_id, run_id, actor_id, action, before, after, reason, detail, at)
        VALUES (run.project_id, run.id, by_id, 'erase_example', '', '', why, jsonb_build_object(
            'comparison', erased_id, 'position', compared.position, 'parts', parts), now());
    PERFORM set_config('touchstone.erasing', 'off', true);
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
