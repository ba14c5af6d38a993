"""Indexes for the queue: by author, and by intent and due date, which get columns for it."""

import datetime

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models
from django.db.models.functions import Coalesce

# Whatever is written to the two columns, they repeat what the intent and the assignment say.
RULES = """
CREATE FUNCTION touchstone_repeats_queue_columns() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.intent_name = coalesce(
        (SELECT i.name FROM public.datasets_intent i WHERE i.id = NEW.intent_id), '');
    IF TG_OP = 'INSERT' THEN
        NEW.due_on = NULL;
    ELSE
        NEW.due_on = (
            SELECT a.due_on FROM public.datasets_assignment a WHERE a.example_id = NEW.id);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER repeats_queue_columns
    BEFORE INSERT OR UPDATE OF intent_id, intent_name, due_on ON datasets_goldenexample
    FOR EACH ROW EXECUTE FUNCTION touchstone_repeats_queue_columns();

CREATE FUNCTION touchstone_tells_due_date() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE public.datasets_goldenexample e SET due_on = NULL
        WHERE e.id = coalesce(NEW.example_id, OLD.example_id);
    RETURN NULL;
END $$;
CREATE TRIGGER tells_first_due_date AFTER INSERT ON datasets_assignment
    FOR EACH ROW WHEN (NEW.due_on IS NOT NULL) EXECUTE FUNCTION touchstone_tells_due_date();
CREATE TRIGGER tells_due_date AFTER UPDATE OF due_on ON datasets_assignment
    FOR EACH ROW WHEN (NEW.due_on IS DISTINCT FROM OLD.due_on)
    EXECUTE FUNCTION touchstone_tells_due_date();
CREATE TRIGGER tells_no_due_date AFTER DELETE ON datasets_assignment
    FOR EACH ROW WHEN (OLD.due_on IS NOT NULL) EXECUTE FUNCTION touchstone_tells_due_date();

CREATE FUNCTION touchstone_tells_intent_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE public.datasets_goldenexample e SET intent_name = NEW.name WHERE e.intent_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER tells_intent_name AFTER UPDATE OF name ON datasets_intent
    FOR EACH ROW WHEN (NEW.name <> OLD.name) EXECUTE FUNCTION touchstone_tells_intent_name();

UPDATE datasets_goldenexample e SET intent_name = '', due_on = NULL
    WHERE intent_id IS NOT NULL
        OR EXISTS (SELECT FROM datasets_assignment a WHERE a.example_id = e.id);
"""
UNDO_RULES = """
DROP TRIGGER repeats_queue_columns ON datasets_goldenexample;
DROP TRIGGER tells_first_due_date ON datasets_assignment;
DROP TRIGGER tells_due_date ON datasets_assignment;
DROP TRIGGER tells_no_due_date ON datasets_assignment;
DROP TRIGGER tells_intent_name ON datasets_intent;
DROP FUNCTION touchstone_repeats_queue_columns;
DROP FUNCTION touchstone_tells_due_date;
DROP FUNCTION touchstone_tells_intent_name;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("datasets", "0021_import_shapes"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="goldenexample",
            name="example_intent",
        ),
        migrations.AddField(
            model_name="goldenexample",
            name="due_on",
            field=models.DateField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="goldenexample",
            name="intent_name",
            field=models.CharField(blank=True, db_default="", editable=False, max_length=100),
        ),
        migrations.RunSQL(RULES, UNDO_RULES),
        migrations.AddIndex(
            model_name="goldenexample",
            index=models.Index(
                condition=models.Q(("deleted_at", None)),
                fields=["project", "intent_name", "id"],
                name="example_intent_name",
            ),
        ),
        migrations.AddIndex(
            model_name="goldenexample",
            index=models.Index(
                models.F("project"),
                Coalesce("due_on", models.Value(datetime.date(9999, 12, 31))),
                models.F("id"),
                condition=models.Q(("deleted_at", None)),
                name="example_due",
            ),
        ),
        migrations.AddIndex(
            model_name="goldenexample",
            index=GinIndex(fields=["authors"], name="example_authors"),
        ),
    ]
