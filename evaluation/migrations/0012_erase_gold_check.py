"""Erase the texts of a gold check, and what reviewers wrote about it (docs/erasure.md)."""

from django.db import migrations

# The runs are locked first, as by closing, so that both never wait for each other. A check that a
# reviewer holds is given back: with the marker in place of its texts it would be recognised.
ERASE_GOLD_CHECK = """
CREATE FUNCTION touchstone_erase_gold_check(erased_id bigint, by_id bigint, why text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    marker CONSTANT text := '[erased]';
    erased evaluation_goldcheck;
BEGIN
    IF coalesce(why, '') = '' THEN
        RAISE EXCEPTION 'An erasure needs a reason.' USING ERRCODE = 'check_violation';
    END IF;
    PERFORM 1 FROM evaluation_evaluationrun WHERE id IN (
        SELECT run_id FROM evaluation_goldlease WHERE gold_check_id = erased_id)
        ORDER BY id FOR KEY SHARE;
    SELECT * INTO STRICT erased FROM evaluation_goldcheck WHERE id = erased_id FOR UPDATE;
    PERFORM set_config('touchstone.erasing', 'on', true);
    UPDATE evaluation_goldcheck g SET
        prompt = touchstone_erased_messages(g.prompt),
        first = CASE WHEN g.first = '' THEN '' ELSE marker END,
        second = CASE WHEN g.second = '' THEN '' ELSE marker END,
        explanation = marker,
        retired_at = coalesce(g.retired_at, now())
        WHERE g.id = erased_id;
    UPDATE evaluation_goldlease l SET
        rationale = '', note = CASE WHEN l.note = '' THEN '' ELSE marker END
        WHERE l.gold_check_id = erased_id AND (l.rationale <> '' OR l.note <> '');
    UPDATE evaluation_goldlease l SET state = 'expired', ended_at = now()
        WHERE l.gold_check_id = erased_id AND l.state = 'leased';
    INSERT INTO evaluation_goldcheckevent
        (project_id, gold_check_id, actor_id, action, before, after, reason, detail, at)
        VALUES (erased.project_id, erased.id, by_id, 'erase_gold_check', '', '', why, '{}', now());
    PERFORM set_config('touchstone.erasing', 'off', true);
END $$;
REVOKE ALL ON FUNCTION touchstone_erase_gold_check(bigint, bigint, text) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0011_closed_gold_terms")]

    operations = [
        migrations.RunSQL(
            ERASE_GOLD_CHECK, "DROP FUNCTION touchstone_erase_gold_check(bigint, bigint, text)"
        ),
    ]
