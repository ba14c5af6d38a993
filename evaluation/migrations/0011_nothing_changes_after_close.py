"""Refuse every change of a closed run's votes, assignments, comparisons and gates."""

from django.db import migrations

# The states in which a change is allowed are the trigger's arguments. The lock on the run makes the
# check hold until the transaction ends, however the run is closed meanwhile. The schema is named
# so that no temporary table can stand in for the run.
FUNCTION = """
CREATE FUNCTION touchstone_only_while() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed record;
    run_state text;
BEGIN
    IF TG_OP = 'DELETE' THEN changed := OLD; ELSE changed := NEW; END IF;
    SELECT run.state INTO run_state FROM public.evaluation_evaluationrun run
        WHERE run.id = changed.run_id FOR KEY SHARE;
    IF run_state = ANY (TG_ARGV) THEN RETURN changed; END IF;
    RAISE EXCEPTION 'Rows of % cannot change in a run that is %.', TG_TABLE_NAME, run_state
        USING ERRCODE = 'insufficient_privilege';
END $$;
"""
BEFORE_CLOSE = "'draft', 'generating', 'voting'"
# (table, name, events and condition, states)
TRIGGERS = [
    ("evaluation_vote", "before_close", "INSERT OR UPDATE OR DELETE", "'voting'"),
    ("evaluation_assignment", "before_close", "INSERT OR DELETE", "'voting'"),
    (
        "evaluation_assignment",
        "before_close_change",
        # A lease may still be given back: it is no evidence.
        "UPDATE|WHEN (NOT (OLD.state = 'leased' AND NEW.state = 'expired'))",
        "'voting'",
    ),
    ("evaluation_comparison", "before_close", "INSERT OR UPDATE OR DELETE", BEFORE_CLOSE),
    ("evaluation_gatecheck", "before_close", "INSERT OR UPDATE OR DELETE", BEFORE_CLOSE),
]


def _create(table: str, name: str, events: str, states: str) -> str:
    events, _, condition = events.partition("|")
    return (
        f"CREATE TRIGGER {name} BEFORE {events} ON {table} "
        f"FOR EACH ROW {condition} EXECUTE FUNCTION touchstone_only_while({states});"
    )


# The run itself: closed for good, and what it was decided by stays. Only the reveal comes later.
FIXED = """
    state, paused, opened_at, closed_at, candidate_id, baseline_id, origin, dataset_version_id, split,
    prompt_file, prompts_digest, sampling, gate_settings, votes_per_example, overlap_percent,
    overlap_votes, all_votes, order_seed
"""
RUN = """
CREATE FUNCTION touchstone_closed_for_good() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A closed run cannot change.' USING ERRCODE = 'insufficient_privilege';
END $$;
"""


def _run_trigger() -> str:
    names = [name.strip() for name in FIXED.split(",")]
    old, new = (", ".join(f"{row}.{name}" for name in names) for row in ("OLD", "NEW"))
    return (
        "CREATE TRIGGER closed_for_good BEFORE UPDATE ON evaluation_evaluationrun FOR EACH ROW "
        f"WHEN (OLD.state = 'closed' AND (({old}) IS DISTINCT FROM ({new}) "
        "OR (OLD.revealed_at IS NOT NULL AND OLD.revealed_at IS DISTINCT FROM NEW.revealed_at))) "
        "EXECUTE FUNCTION touchstone_closed_for_good();"
    )


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0010_vote_events")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION touchstone_only_while()"),
        *(
            migrations.RunSQL(
                _create(table, name, events, states), f"DROP TRIGGER {name} ON {table}"
            )
            for table, name, events, states in TRIGGERS
        ),
        migrations.RunSQL(RUN, "DROP FUNCTION touchstone_closed_for_good()"),
        migrations.RunSQL(
            _run_trigger(), "DROP TRIGGER closed_for_good ON evaluation_evaluationrun"
        ),
        migrations.RunSQL(
            """
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON evaluation_voteevent
                FOR EACH ROW EXECUTE FUNCTION touchstone_refuse_change();
            """,
            "DROP TRIGGER append_only ON evaluation_voteevent",
        ),
    ]
