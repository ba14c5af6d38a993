"""The rules of votes, closed runs and promotions that hold for every database role, as triggers."""

from django.db import migrations

# The states in which a change is allowed are the trigger's arguments. The lock on the run makes the
# check hold until the transaction ends, however the run is closed meanwhile. The schema is named
# so that no temporary table can stand in for the run.
ONLY_WHILE = """
CREATE FUNCTION touchstone_only_while() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed record;
    run_state text;
BEGIN
    IF TG_OP = 'DELETE' THEN changed := OLD; ELSE changed := NEW; END IF;
    SELECT run.state INTO run_state FROM public.evaluation_evaluationrun run
        WHERE run.id = changed.run_id FOR KEY SHARE;
    IF run_state = ANY (TG_ARGV) THEN RETURN changed; END IF;
    IF TG_OP = 'UPDATE' AND public.touchstone_is_erasing(TG_RELID) THEN RETURN changed; END IF;
    RAISE EXCEPTION 'Rows of % cannot change in a run that is %.', TG_TABLE_NAME, run_state
        USING ERRCODE = 'insufficient_privilege';
END $$;
"""
BEFORE_CLOSE = "'draft', 'generating', 'voting'"
# (table, name, events and condition, states)
STATE_TRIGGERS = [
    ("evaluation_vote", "before_close", "INSERT OR UPDATE OR DELETE", "'voting'"),
    ("evaluation_lease", "before_close", "INSERT OR DELETE", "'voting'"),
    (
        "evaluation_lease",
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
CLOSED_FOR_GOOD = """
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


# Triggers, because votes are written by several statements and by bulk imports; one row for each
# statement that inserts votes. Reasons given after a vote change no figure of the gates.
MEASURE = """
CREATE FUNCTION touchstone_votes_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO evaluation_pendingmeasurement (run_id) SELECT DISTINCT run_id FROM added;
    RETURN NULL;
END $$;
CREATE FUNCTION touchstone_run_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO evaluation_pendingmeasurement (run_id) VALUES (NEW.run_id);
    RETURN NULL;
END $$;
CREATE TRIGGER measure_added AFTER INSERT ON evaluation_vote
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION touchstone_votes_added();
CREATE TRIGGER measure_changed AFTER UPDATE OF undone_at, counted ON evaluation_vote
    FOR EACH ROW
    WHEN (OLD.undone_at IS DISTINCT FROM NEW.undone_at OR OLD.counted <> NEW.counted)
    EXECUTE FUNCTION touchstone_run_changed();
CREATE TRIGGER measure_skipped AFTER UPDATE OF state ON evaluation_lease
    FOR EACH ROW WHEN (OLD.state <> NEW.state AND NEW.state = 'skipped')
    EXECUTE FUNCTION touchstone_run_changed();
CREATE TRIGGER measure_set_aside AFTER UPDATE OF state ON evaluation_comparison
    FOR EACH ROW
    WHEN (
        (OLD.state IN ('set_aside', 'withdrawn')) <> (NEW.state IN ('set_aside', 'withdrawn'))
    )
    EXECUTE FUNCTION touchstone_run_changed();
"""
DO_NOT_MEASURE = """
DROP TRIGGER measure_set_aside ON evaluation_comparison;
DROP TRIGGER measure_skipped ON evaluation_lease;
DROP TRIGGER measure_changed ON evaluation_vote;
DROP TRIGGER measure_added ON evaluation_vote;
DROP FUNCTION touchstone_run_changed();
DROP FUNCTION touchstone_votes_added();
"""
# A decision is added only while the run is open, and never changed.
DECISION = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON evaluation_rundecision
    FOR EACH ROW EXECUTE FUNCTION touchstone_reject_change();
CREATE TRIGGER before_close BEFORE INSERT ON evaluation_rundecision
    FOR EACH ROW EXECUTE FUNCTION touchstone_only_while('voting');
"""
NO_DECISION = """
DROP TRIGGER before_close ON evaluation_rundecision;
DROP TRIGGER append_only ON evaluation_rundecision;
"""
# What was compared stays as it was from the first vote on.
ANSWER_VOTED_ON = """
CREATE TRIGGER before_voting BEFORE UPDATE ON evaluation_answer
    FOR EACH ROW WHEN (OLD.state = 'done')
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
    EXECUTE FUNCTION touchstone_reject_change();
"""
# The rule of evaluation/promotion/service_history.py, for writes that do not go through the action. No
# temporary table of the session can stand in for the history that it reads.
ROLLBACK = """
CREATE FUNCTION touchstone_check_rollback_target() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_temp AS $$
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
    RAISE EXCEPTION 'A rollback goes only to a model that was promoted or declared and was not undone since.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'rollback_target_eligible';
END $$;
CREATE TRIGGER rollback_target_eligible BEFORE INSERT OR UPDATE ON evaluation_promotion
    FOR EACH ROW WHEN (NEW.kind = 'rollback')
    EXECUTE FUNCTION touchstone_check_rollback_target();
"""
NO_ROLLBACK = """
DROP TRIGGER rollback_target_eligible ON evaluation_promotion;
DROP FUNCTION touchstone_check_rollback_target();
"""


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0001_initial"), ("people", "0002_database_functions")]

    operations = [
        migrations.RunSQL(ONLY_WHILE, "DROP FUNCTION touchstone_only_while()"),
        *(
            migrations.RunSQL(
                _create(table, name, events, states), f"DROP TRIGGER {name} ON {table}"
            )
            for table, name, events, states in STATE_TRIGGERS
        ),
        migrations.RunSQL(CLOSED_FOR_GOOD, "DROP FUNCTION touchstone_closed_for_good()"),
        migrations.RunSQL(
            _run_trigger(), "DROP TRIGGER closed_for_good ON evaluation_evaluationrun"
        ),
        migrations.RunSQL(MEASURE, DO_NOT_MEASURE),
        migrations.RunSQL(DECISION, NO_DECISION),
        migrations.RunSQL(ANSWER_VOTED_ON, "DROP TRIGGER before_voting ON evaluation_answer"),
        migrations.RunSQL(ANSWER_ADDED, "DROP TRIGGER before_close ON evaluation_answer"),
        migrations.RunSQL(PROMOTION, "DROP TRIGGER decided ON evaluation_promotion"),
        migrations.RunSQL(ROLLBACK, NO_ROLLBACK),
    ]
