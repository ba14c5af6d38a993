"""The only way in which the text of revisions and events can be replaced (docs/erasure.md)."""

from django.db import migrations

# It writes its own event, so that the role that may call it cannot erase without one. The roles of
# messages stay, and hashes: the same file imported again does not bring the text back.
ERASE_EXAMPLE = """
CREATE FUNCTION touchstone_erase_example(erased_id bigint, by_id bigint, why text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    marker CONSTANT text := '[erased]';
    old datasets_goldenexample;
BEGIN
    SELECT * INTO STRICT old FROM datasets_goldenexample WHERE id = erased_id FOR UPDATE;
    IF old.erased_at IS NOT NULL THEN RETURN; END IF;
    IF coalesce(why, '') = '' THEN
        RAISE EXCEPTION 'An erasure needs a reason.' USING ERRCODE = 'check_violation';
    END IF;
    PERFORM set_config('touchstone.erasing', 'on', true);
    DELETE FROM datasets_finding f USING datasets_revision r
        WHERE f.revision_id = r.id AND r.example_id = erased_id;
    DELETE FROM datasets_editdraft WHERE example_id = erased_id;
    DELETE FROM datasets_importdifference WHERE example_id = erased_id;
    UPDATE datasets_review v SET comment = marker FROM datasets_revision r
        WHERE v.revision_id = r.id AND r.example_id = erased_id AND v.comment <> '';
    UPDATE datasets_revision r SET
        messages = touchstone_erased_messages(r.messages),
        tools = NULL,
        note = CASE WHEN r.note = '' THEN '' ELSE marker END
        WHERE r.example_id = erased_id;
    UPDATE datasets_exampleevent SET reason = marker
        WHERE example_id = erased_id AND reason <> '';
    UPDATE datasets_goldenexample SET
        preview = marker, external_id = '', metadata = '{}', state = 'retired',
        approved_revision_id = NULL, open_findings = 0, blocking_findings = 0, erased_at = now(),
        updated_at = now()
        WHERE id = erased_id;
    INSERT INTO datasets_exampleevent
        (project_id, example_id, actor_id, action, before, after, reason, detail, at, revision_number)
        VALUES (old.project_id, erased_id, by_id, 'erase', old.state, 'retired', why, '{}', now(),
                old.latest_number);
    PERFORM set_config('touchstone.erasing', 'off', true);
END $$;
REVOKE ALL ON FUNCTION touchstone_erase_example(bigint, bigint, text) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("datasets", "0001_initial"), ("people", "0002_database_functions")]

    operations = [
        migrations.RunSQL(
            ERASE_EXAMPLE, "DROP FUNCTION touchstone_erase_example(bigint, bigint, text)"
        ),
    ]
