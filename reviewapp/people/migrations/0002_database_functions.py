"""The functions of the triggers that keep history, and the table of the shared cache."""

from django.db import migrations

# reviewapp/core/audit/history_triggers.py puts these two on the tables of events.
REJECT_CHANGE = """
CREATE FUNCTION touchstone_reject_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND public.touchstone_is_erasing(TG_RELID) THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'Rows of % are append-only: they cannot be changed or deleted.', TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
"""
# The erasing functions of `datasets` and `evaluation` turn the setting on while they run. Anybody can
# turn it on; only inside those functions is the current user the owner of the table.
IS_ERASING = """
CREATE FUNCTION touchstone_is_erasing(changed oid) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(current_setting('touchstone.erasing', true), '') = 'on' AND EXISTS (
        SELECT FROM pg_class c WHERE c.oid = changed AND pg_get_userbyid(c.relowner) = current_user)
$$;
CREATE FUNCTION touchstone_erased_messages(messages jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(jsonb_agg(
        jsonb_build_object('role', message -> 'role', 'content', '[erased]') ORDER BY number
    ), '[]') FROM jsonb_array_elements(messages) WITH ORDINALITY AS each(message, number)
$$;
"""
NOT_ERASING = """
DROP FUNCTION touchstone_erased_messages(jsonb);
DROP FUNCTION touchstone_is_erasing(oid);
"""
DATE_EVENT = """
CREATE FUNCTION touchstone_date_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.at := statement_timestamp();
    RETURN NEW;
END $$;
"""
# By a trigger, so that a deactivation by any way (shell, SQL) counts, and nothing takes it back.
COUNT_DEACTIVATIONS = """
CREATE FUNCTION touchstone_count_deactivation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.deactivations := OLD.deactivations + (OLD.is_active AND NOT NEW.is_active)::int;
    RETURN NEW;
END $$;
CREATE TRIGGER count_deactivation BEFORE UPDATE ON people_user
    FOR EACH ROW EXECUTE FUNCTION touchstone_count_deactivation();
"""
DO_NOT_COUNT = """
DROP TRIGGER count_deactivation ON people_user;
DROP FUNCTION touchstone_count_deactivation();
"""
# As `createcachetable` would make it; as a migration nobody has to remember that command.
CACHE_TABLE = """
CREATE UNLOGGED TABLE touchstone_cache (
    cache_key varchar(255) NOT NULL PRIMARY KEY,
    value text NOT NULL,
    expires timestamp with time zone NOT NULL
);
CREATE INDEX touchstone_cache_expires ON touchstone_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [
        migrations.RunSQL(IS_ERASING, NOT_ERASING),
        migrations.RunSQL(REJECT_CHANGE, "DROP FUNCTION touchstone_reject_change()"),
        migrations.RunSQL(DATE_EVENT, "DROP FUNCTION touchstone_date_event()"),
        migrations.RunSQL(COUNT_DEACTIVATIONS, DO_NOT_COUNT),
        migrations.RunSQL(CACHE_TABLE, "DROP TABLE touchstone_cache"),
    ]
