"""The only ways in which what was compared can be replaced afterwards (docs/erasure.md)."""

from django.db import migrations

# An erased answer keeps its length, which the figures read; a comparison that nobody has seen is
# not served any more, and one that was voted on stays counted.
ERASE_COMPARISON = """
CREATE FUNCTION touchstone_erase_comparison(
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
REVOKE ALL ON FUNCTION touchstone_erase_comparison(bigint, text[], bigint, text) FROM PUBLIC;
"""
# Called by the hourly task for a project with a limit; the task writes one event with the count.
ERASE_PROVIDER_DATA = """
CREATE FUNCTION touchstone_erase_provider_data(owner_id bigint, before_time timestamptz)
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
REVOKE ALL ON FUNCTION touchstone_erase_provider_data(bigint, timestamptz) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0002_triggers")]

    operations = [
        migrations.RunSQL(
            ERASE_COMPARISON,
            "DROP FUNCTION touchstone_erase_comparison(bigint, text[], bigint, text)",
        ),
        migrations.RunSQL(
            ERASE_PROVIDER_DATA,
            "DROP FUNCTION touchstone_erase_provider_data(bigint, timestamptz)",
        ),
    ]
