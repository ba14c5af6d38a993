"""Date events by the database; freeze answers once they are voted on, and decided promotions."""

from django.db import migrations

# reviewapp/guards.py puts it before each insert of an event.
DATE_EVENT = """
CREATE FUNCTION touchstone_date_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.at := statement_timestamp();
    RETURN NEW;
END $$;
"""
# What was compared stays as it was from the first vote on.
ANSWER_VOTED_ON = """
CREATE TRIGGER before_voting BEFORE UPDATE ON evaluation_answer
    FOR EACH ROW WHEN (OLD.status = 'done')
    EXECUTE FUNCTION touchstone_only_while('draft', 'generating');
"""
ANSWER_ADDED = """
CREATE TRIGGER before_close BEFORE INSERT ON evaluation_answer
    FOR EACH ROW EXECUTE FUNCTION touchstone_only_while('draft', 'generating', 'voting');
"""
PROMOTION = """
CREATE TRIGGER decided BEFORE UPDATE ON evaluation_promotion
    FOR EACH ROW WHEN ((OLD.effective_at IS NOT NULL OR OLD.declined_at IS NOT NULL)
                       AND OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION touchstone_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0019_studies_without_order")]

    operations = [
        migrations.RunSQL(DATE_EVENT, "DROP FUNCTION touchstone_date_event()"),
        migrations.RunSQL(ANSWER_VOTED_ON, "DROP TRIGGER before_voting ON evaluation_answer"),
        migrations.RunSQL(ANSWER_ADDED, "DROP TRIGGER before_close ON evaluation_answer"),
        migrations.RunSQL(PROMOTION, "DROP TRIGGER decided ON evaluation_promotion"),
    ]
