"""Rows that the database keeps as they are: aliases, raters, names of closed runs."""

import pytest
from django.db import DatabaseError, connection, transaction

from evaluation.promotion import actions as promotion
from evaluation.promotion.models import Alias
from evaluation.results.actions.closing import close_run
from evaluation.results.actions.raters import remove_rater
from evaluation.runs.models import RemovalRule
from reviewapp.people.models import Role
from tests.factories.people import make_member
from tests.factories.runs import make_model_version
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db


def rejected(statement: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError:
        return True
    return False


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE evaluation_alias SET model_version_id = (SELECT max(id) FROM"
        " evaluation_modelversion)",
        "UPDATE evaluation_alias SET name = 'canary'",
        "UPDATE evaluation_alias SET since = since - interval '1 day'",
        "DELETE FROM evaluation_alias",
        "INSERT INTO evaluation_alias (project_id, name, promotion_id, model_version_id, since)"
        " SELECT project_id, 'shadow', promotion_id, model_version_id, since FROM evaluation_alias",
    ],
)
def test_an_alias_changes_only_with_a_promotion(statement: str, runtime_role: str) -> None:
    run, _reviewers = make_small_run(examples=1)
    lead = make_member(run.project, Role.LEAD)
    promotion.declare(
        project=run.project, alias="production", model_id=run.baseline_id, note="x", actor=lead
    )
    make_model_version(run.project)
    assert rejected(statement)
    assert Alias.objects.get().model_version == run.baseline


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE evaluation_rater SET name = 'other'",
        "UPDATE evaluation_rater SET user_id = NULL",
        "UPDATE evaluation_rater SET added_at = now()",
    ],
)
def test_a_rater_stays_the_same_person(statement: str, runtime_role: str) -> None:
    make_small_run(reviewers=1, examples=1)
    assert rejected(statement)


def test_a_removal_of_a_rater_is_final(runtime_role: str) -> None:
    run, reviewers = make_small_run(reviewers=2, examples=1)
    rater = run.raters.get(user=reviewers[0])
    remove_rater(
        rater_id=rater.pk,
        rule=RemovalRule.OWN_REQUEST,
        reason="Asked.",
        actor=make_member(run.project, Role.LEAD),
    )
    assert run.raters.filter(removed_at__isnull=False).count() == 1
    assert rejected("UPDATE evaluation_rater SET removal_reason = 'x' WHERE removed_at IS NOT NULL")
    assert rejected("UPDATE evaluation_rater SET removed_at = NULL WHERE removed_at IS NOT NULL")


def test_raters_and_names_of_a_closed_run_stay(runtime_role: str) -> None:
    run, _reviewers = make_small_run(reviewers=1, examples=1)
    close_run(run_id=run.pk, actor=make_member(run.project, Role.LEAD))
    assert rejected("UPDATE evaluation_evaluationrun SET name = 'other'")
    assert rejected("UPDATE evaluation_evaluationrun SET title = 'other'")
    assert rejected("UPDATE evaluation_evaluationrun SET gold_percent = 5")
    assert rejected("UPDATE evaluation_evaluationrun SET training_examples = 2")
    assert rejected("DELETE FROM evaluation_rater")
