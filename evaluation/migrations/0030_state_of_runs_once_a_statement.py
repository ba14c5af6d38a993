"""Whether a run still takes comparisons and answers is looked up once for each statement."""

from django.db import migrations

# An import inserts a hundred thousand rows by statements of a thousand. The lock makes the check hold
# until the transaction ends, as that of `touchstone_only_while` does.
ONLY_WHILE = """
CREATE FUNCTION touchstone_added_only_while() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    run_state text;
BEGIN
    FOR run_state IN
        SELECT run.state FROM public.evaluation_evaluationrun run
        WHERE run.id IN (SELECT added.run_id FROM added) FOR KEY SHARE OF run
    LOOP
        IF run_state <> ALL (TG_ARGV) THEN
            RAISE EXCEPTION 'Rows of % cannot change in a run that is %.', TG_TABLE_NAME, run_state
                USING ERRCODE = 'insufficient_privilege';
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
"""
STATES = "'draft', 'generating', 'voting'"


def _added(table: str) -> str:
    return (
        f"CREATE TRIGGER added_before_close AFTER INSERT ON {table} "
        "REFERENCING NEW TABLE AS added "
        f"FOR EACH STATEMENT EXECUTE FUNCTION touchstone_added_only_while({STATES});"
    )


def _each(table: str, events: str) -> str:
    return (
        f"CREATE TRIGGER before_close BEFORE {events} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION touchstone_only_while({STATES});"
    )


ANSWER, COMPARISON = "evaluation_answer", "evaluation_comparison"
ONCE = "\n".join(
    [
        ONLY_WHILE,
        f"DROP TRIGGER before_close ON {ANSWER};",
        _added(ANSWER),
        f"DROP TRIGGER before_close ON {COMPARISON};",
        _each(COMPARISON, "UPDATE OR DELETE"),
        _added(COMPARISON),
    ]
)
FOR_EACH = "\n".join(
    [
        f"DROP TRIGGER added_before_close ON {COMPARISON};",
        f"DROP TRIGGER before_close ON {COMPARISON};",
        _each(COMPARISON, "INSERT OR UPDATE OR DELETE"),
        f"DROP TRIGGER added_before_close ON {ANSWER};",
        _each(ANSWER, "INSERT"),
        "DROP FUNCTION touchstone_added_only_while();",
    ]
)


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0029_training_finish_before_pause")]

    operations = [migrations.RunSQL(ONCE, FOR_EACH)]
