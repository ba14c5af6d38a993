"""Add the criteria of runs and the answers on them, fixed by triggers as votes are."""

import django.db.models.deletion
from django.db import migrations, models

# The terms of a run are fixed when it opens.
FIXED = """
CREATE TRIGGER before_opening BEFORE INSERT OR UPDATE OR DELETE ON evaluation_runcriterion
    FOR EACH ROW EXECUTE FUNCTION touchstone_only_while('draft', 'generating');
CREATE FUNCTION touchstone_criteria_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The criteria of an open run cannot change.'
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER criteria_fixed BEFORE UPDATE ON evaluation_evaluationrun FOR EACH ROW
    WHEN (OLD.state NOT IN ('draft', 'generating')
        AND OLD.criteria_count IS DISTINCT FROM NEW.criteria_count)
    EXECUTE FUNCTION touchstone_criteria_fixed();
"""
NOT_FIXED = """
DROP TRIGGER criteria_fixed ON evaluation_evaluationrun;
DROP FUNCTION touchstone_criteria_fixed();
DROP TRIGGER before_opening ON evaluation_runcriterion;
"""
# An answer belongs to a vote that counts in an open run, on a criterion of that run, with the sides
# of that vote. The schema is named so that no temporary table can stand in for the vote.
FITS = """
CREATE FUNCTION touchstone_criterion_vote_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    run_state text;
BEGIN
    SELECT run.state INTO run_state
    FROM public.evaluation_vote v
    JOIN public.evaluation_runcriterion c ON c.id = NEW.criterion_id AND c.run_id = v.run_id
    JOIN public.evaluation_evaluationrun run ON run.id = v.run_id
    WHERE v.id = NEW.vote_id AND v.undone_at IS NULL AND v."left" IS NOT DISTINCT FROM NEW."left"
    FOR KEY SHARE OF run;
    IF run_state = 'voting' THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'This is no answer on a criterion of a vote in an open run.'
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER fits_its_vote BEFORE INSERT ON evaluation_criterionvote
    FOR EACH ROW EXECUTE FUNCTION touchstone_criterion_vote_fits();
"""
NEED_NOT_FIT = """
DROP TRIGGER fits_its_vote ON evaluation_criterionvote;
DROP FUNCTION touchstone_criterion_vote_fits();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("evaluation", "0013_adjudication"),
    ]

    operations = [
        migrations.AddField(
            model_name="evaluationrun",
            name="criteria_count",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="goldlease",
            name="on_criteria",
            field=models.JSONField(blank=True, db_default={}, default=dict),
        ),
        migrations.CreateModel(
            name="RunCriterion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("code", models.CharField(blank=True, max_length=40)),
                ("name", models.CharField(blank=True, max_length=60)),
                ("question", models.CharField(blank=True, max_length=200)),
                ("gated", models.BooleanField(default=False)),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="criteria",
                        to="evaluation.evaluationrun",
                    ),
                ),
            ],
            options={
                "ordering": ("run", "position"),
            },
        ),
        migrations.CreateModel(
            name="CriterionVote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("choice", models.CharField(max_length=10, null=True)),
                ("left", models.CharField(max_length=10, null=True)),
                ("verdict", models.CharField(max_length=10)),
                (
                    "vote",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="on_criteria",
                        to="evaluation.vote",
                    ),
                ),
                (
                    "criterion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="votes",
                        to="evaluation.runcriterion",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="runcriterion",
            constraint=models.UniqueConstraint(
                fields=("run", "position"), name="run_criterion_position"
            ),
        ),
        migrations.AddConstraint(
            model_name="runcriterion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("code", ""), _negated=True),
                fields=("run", "code"),
                name="run_criterion_code_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="runcriterion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("name", ""), _negated=True),
                fields=("run", "name"),
                name="run_criterion_name_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="runcriterion",
            constraint=models.CheckConstraint(
                condition=models.Q(("position__gte", 1), ("position__lte", 4)),
                name="run_criterion_position_in_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="runcriterion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "code__in",
                        [
                            "",
                            "refusal_accuracy",
                            "citation_faithfulness",
                            "multilingual_clarity",
                            "tone",
                        ],
                    )
                ),
                name="run_criterion_code_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="runcriterion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("code", ""),
                        models.Q(("name", ""), _negated=True),
                        models.Q(("question", ""), _negated=True),
                    ),
                    models.Q(models.Q(("code", ""), _negated=True), ("name", ""), ("question", "")),
                    _connector="OR",
                ),
                name="run_criterion_standard_or_own",
            ),
        ),
        migrations.AddConstraint(
            model_name="criterionvote",
            constraint=models.UniqueConstraint(
                fields=("vote", "criterion"), name="criterion_vote_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="criterionvote",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("verdict__in", ["candidate", "baseline", "tie_good", "tie_bad"]),
                    models.Q(
                        ("left__isnull", True),
                        ("left__in", ["candidate", "baseline"]),
                        _connector="OR",
                    ),
                    models.Q(
                        ("choice__isnull", True),
                        ("choice__in", ["left", "right", "both_good", "both_bad"]),
                        _connector="OR",
                    ),
                ),
                name="criterion_vote_values_valid",
            ),
        ),
        migrations.AddConstraint(
            model_name="criterionvote",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("choice__isnull", True),
                    models.Q(("choice", "both_good"), ("verdict", "tie_good")),
                    models.Q(("choice", "both_bad"), ("verdict", "tie_bad")),
                    models.Q(("choice", "left"), ("left", "candidate"), ("verdict", "candidate")),
                    models.Q(("choice", "left"), ("left", "baseline"), ("verdict", "baseline")),
                    models.Q(("choice", "right"), ("left", "candidate"), ("verdict", "baseline")),
                    models.Q(("choice", "right"), ("left", "baseline"), ("verdict", "candidate")),
                    _connector="OR",
                ),
                name="criterion_vote_verdict_is_its_choice",
            ),
        ),
        migrations.RunSQL(FIXED, NOT_FIXED),
        migrations.RunSQL(FITS, NEED_NOT_FIT),
    ]
