"""Raters, aliases and names of closed runs that no database role can change."""

from django.db import migrations

# A rater is removed once, while the run is open; who they are stays. Raters are replaced, so
# deleted, until the first comparison is served; afterwards their leases keep the rows.
RATER = """
CREATE TRIGGER fixed_columns BEFORE UPDATE ON evaluation_rater FOR EACH ROW
    WHEN ((OLD.run_id, OLD.user_id, OLD.name, OLD.added_at)
        IS DISTINCT FROM (NEW.run_id, NEW.user_id, NEW.name, NEW.added_at)
        OR (OLD.removed_at IS NOT NULL
            AND (OLD.removed_at, OLD.removal_rule, OLD.removal_reason)
            IS DISTINCT FROM (NEW.removed_at, NEW.removal_rule, NEW.removal_reason)))
    EXECUTE FUNCTION touchstone_reject_change();
CREATE TRIGGER before_close BEFORE INSERT OR UPDATE OR DELETE ON evaluation_rater
    FOR EACH ROW EXECUTE FUNCTION touchstone_only_while('draft', 'generating', 'voting');
"""
NO_RATER = """
DROP TRIGGER before_close ON evaluation_rater;
DROP TRIGGER fixed_columns ON evaluation_rater;
"""
# An alias points to what its latest promotion in effect says; after a withdrawal it has no row.
ALIAS = """
CREATE FUNCTION touchstone_check_alias() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_temp AS $$
DECLARE
    changed evaluation_alias;
    latest evaluation_promotion;
BEGIN
    IF TG_OP = 'DELETE' THEN changed := OLD; ELSE changed := NEW; END IF;
    IF TG_OP = 'UPDATE' AND (OLD.project_id, OLD.name) IS DISTINCT FROM (NEW.project_id, NEW.name)
    THEN
        RAISE EXCEPTION 'An alias keeps its project and name.'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT * INTO latest FROM evaluation_promotion p
        WHERE p.project_id = changed.project_id AND p.alias = changed.name
            AND p.effective_at IS NOT NULL
        ORDER BY p.effective_at DESC, p.id DESC LIMIT 1;
    IF TG_OP = 'DELETE' THEN
        IF latest.kind = 'withdrawal' THEN RETURN OLD; END IF;
    ELSIF latest.kind <> 'withdrawal' AND latest.id = NEW.promotion_id
        AND latest.model_version_id = NEW.model_version_id AND latest.effective_at = NEW.since
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'An alias follows its latest promotion in effect.'
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER follows_promotion BEFORE INSERT OR UPDATE OR DELETE ON evaluation_alias
    FOR EACH ROW EXECUTE FUNCTION touchstone_check_alias();
"""
NO_ALIAS = """
DROP TRIGGER follows_promotion ON evaluation_alias;
DROP FUNCTION touchstone_check_alias();
"""
RUN = """
CREATE TRIGGER named_for_good BEFORE UPDATE ON evaluation_evaluationrun FOR EACH ROW
    WHEN (OLD.state = 'closed'
        AND (OLD.project_id, OLD.name, OLD.title, OLD.order_from_file, OLD.unordered_votes,
             OLD.created_by_id, OLD.created_at, OLD.is_demo)
        IS DISTINCT FROM (NEW.project_id, NEW.name, NEW.title, NEW.order_from_file,
             NEW.unordered_votes, NEW.created_by_id, NEW.created_at, NEW.is_demo))
    EXECUTE FUNCTION touchstone_closed_for_good();
"""


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0007_judge")]

    operations = [
        migrations.RunSQL(RATER, NO_RATER),
        migrations.RunSQL(ALIAS, NO_ALIAS),
        migrations.RunSQL(RUN, "DROP TRIGGER named_for_good ON evaluation_evaluationrun"),
    ]
