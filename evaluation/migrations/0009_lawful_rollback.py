"""Refuse a rollback to a model that did not serve lawfully, or was rolled back or taken out since.

The rule is that of evaluation/service_history.py, for writes that do not go through the action.
"""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION touchstone_refuse_unlawful_rollback() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    arrived_at timestamptz;
    arrived_id bigint;
BEGIN
    SELECT arrival.effective_at, arrival.id INTO arrived_at, arrived_id
    FROM evaluation_promotion arrival
    WHERE arrival.project_id = NEW.project_id AND arrival.alias = NEW.alias
        AND arrival.model_version_id = NEW.model_version_id
        AND arrival.kind IN ('promotion', 'declaration')
        AND (arrival.effective_at, arrival.id) < (NEW.effective_at, NEW.id)
    ORDER BY arrival.effective_at DESC, arrival.id DESC
    LIMIT 1;
    IF FOUND AND NOT EXISTS (
        SELECT FROM evaluation_promotion undo
        WHERE undo.project_id = NEW.project_id AND undo.alias = NEW.alias
            AND (undo.effective_at, undo.id) > (arrived_at, arrived_id)
            AND (undo.effective_at, undo.id) < (NEW.effective_at, NEW.id)
            AND (
                (undo.kind = 'withdrawal' AND undo.model_version_id = NEW.model_version_id)
                OR (undo.kind = 'rollback' AND undo.previous_id = NEW.model_version_id)
                OR (
                    -- A rollback to a model that arrived earlier.
                    undo.kind = 'rollback' AND undo.model_version_id <> NEW.model_version_id
                    AND NOT EXISTS (
                        SELECT FROM evaluation_promotion target
                        WHERE target.project_id = NEW.project_id AND target.alias = NEW.alias
                            AND target.model_version_id = undo.model_version_id
                            AND target.kind IN ('promotion', 'declaration')
                            AND (target.effective_at, target.id) > (arrived_at, arrived_id)
                            AND (target.effective_at, target.id) < (undo.effective_at, undo.id)
                    )
                )
            )
    ) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'A rollback goes only to a model that served lawfully and was not undone since.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'promotion_rollback_is_lawful';
END $$;
"""
TRIGGER = """
CREATE TRIGGER rollback_is_lawful BEFORE INSERT OR UPDATE ON evaluation_promotion
    FOR EACH ROW WHEN (NEW.kind = 'rollback')
    EXECUTE FUNCTION touchstone_refuse_unlawful_rollback();
"""


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0008_promotion_withdrawal")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION touchstone_refuse_unlawful_rollback()"),
        migrations.RunSQL(TRIGGER, "DROP TRIGGER rollback_is_lawful ON evaluation_promotion"),
    ]
