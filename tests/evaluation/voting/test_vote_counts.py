"""However votes come and go, the counts of a comparison are those of its votes."""

from random import Random
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from evaluation.results.actions import raters, vote_import
from evaluation.results.vote_rows import VoteRow
from evaluation.runs.models import Comparison, EvaluationRun, RemovalRule
from evaluation.runs.models.counts import ALL_COLUMNS
from evaluation.stats.verdicts import Choice, Verdict
from evaluation.voting.actions import leases, votes
from evaluation.voting.actions import undo as undoing
from evaluation.voting.actions.counts import recount
from evaluation.voting.models import Lease
from reviewapp.core.errors import InvalidTransition
from reviewapp.people.models import User
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db


def counted_by_hand(comparison: Comparison) -> tuple[list[int], list[int], bool]:
    """The closing and all counts that the standing votes come to, and whether it is full."""
    standing = list(comparison.votes.filter(undone_at=None).order_by("pk"))
    closing = standing[: comparison.votes_needed]
    assert [vote for vote in standing if vote.counted] == closing
    return (
        [sum(vote.verdict == verdict for vote in closing) for verdict in Verdict],
        [sum(vote.verdict == verdict for vote in standing) for verdict in Verdict],
        len(standing) >= comparison.votes_needed,
    )


def stored(comparison: Comparison) -> tuple[list[int], list[int], bool]:
    return (
        [getattr(comparison, f"closing_{verdict}") for verdict in Verdict],
        [getattr(comparison, name) for name in ALL_COLUMNS],
        comparison.full_at is not None,
    )


def cast(run: EvaluationRun, people: list[User], rng: Random) -> None:
    person = rng.choice(people)
    for served in leases.lease_comparisons(run_id=run.pk, actor=person, count=1):
        choice = rng.choice(list(Choice))
        try:
            votes.cast_and_lease(actor=person, lease_id=served.public_id, choice=choice)
        except InvalidTransition:
            # Imported votes have closed it meanwhile.
            leases.skip(actor=person, lease_id=served.public_id)


def undo(run: EvaluationRun, people: list[User], rng: Random) -> None:
    voted = Lease.objects.filter(run=run, state=Lease.State.VOTED, rater__user__in=people)
    lease = rng.choice([None, *voted.select_related("rater", "comparison")])
    if lease is not None:
        person = next(person for person in people if person.pk == lease.rater.user_id)
        try:
            undoing.undo(actor=person, lease_id=lease.public_id)
        except InvalidTransition:
            assert lease.comparison.state == Comparison.State.CLOSED


def import_some(run: EvaluationRun, people: list[User], rng: Random) -> None:
    keys = run.comparisons.values_list("external_id", flat=True)
    rows = [
        VoteRow(line, key, f"outside-{rng.randrange(3)}", rng.choice(list(Verdict)))
        for line, key in enumerate(rng.sample(list(keys), 3), start=1)
    ]
    vote_import.import_votes(run_id=run.pk, rows=rows)


def remove(run: EvaluationRun, people: list[User], rng: Random) -> None:
    rater = rng.choice(list(run.raters.filter(removed_at=None)))
    if people == [rater.user]:
        return
    people[:] = [person for person in people if person != rater.user]
    raters.remove_rater(rater_id=rater.pk, actor=None, rule=RemovalRule.TOO_FAST, reason="Hurried.")


STEPS = [*[cast] * 12, *[undo] * 4, *[import_some] * 2, remove]


@pytest.mark.parametrize(("seed", "undo_seconds"), [(0, 0), (1, 60), (2, 60)])
def test_casting_undoing_importing_and_removing_count_as_the_votes_do(
    seed: int, undo_seconds: int, settings: Any
) -> None:
    settings.VOTE_UNDO_SECONDS = undo_seconds
    rng = Random(seed)  # noqa: S311 a test
    run, people = make_small_run(reviewers=4, examples=6, votes=2)
    # The order of the file is the served order, so that imported votes wait for their place.
    EvaluationRun.objects.filter(pk=run.pk).update(order_from_file=True)
    for step in [*rng.choices(STEPS, k=28), import_some, remove]:
        step(run, people, rng)
        comparisons = list(run.comparisons.all())
        for comparison in comparisons:
            assert stored(comparison) == counted_by_hand(comparison), step
    recount(run=run, comparison_ids=[comparison.pk for comparison in comparisons])
    assert list(map(stored, run.comparisons.all())) == list(map(stored, comparisons))


@pytest.mark.parametrize(
    "change",
    [
        {"state": "open", "full_at": None},
        {"closing_tie_bad": 0},
        {"closed_at": None},
        {"votes_needed": 2},
    ],
)
def test_the_database_refuses_a_state_that_the_votes_do_not_come_to(
    change: dict[str, object],
) -> None:
    run, (ann, _bob) = make_small_run()
    (served,) = leases.lease_comparisons(run_id=run.pk, actor=ann, count=1)
    votes.cast_and_lease(actor=ann, lease_id=served.public_id, choice="both_bad")
    with pytest.raises(IntegrityError, match="comparison_closed_when_full"), transaction.atomic():
        run.comparisons.filter(position=1).update(**change)


def test_a_recount_joins_each_vote_once_whatever_the_planner_knows_of_the_table() -> None:
    run, (ann,) = make_small_run(reviewers=1)
    served = leases.lease_comparisons(run_id=run.pk, actor=ann)[0]
    votes.cast_and_lease(actor=ann, lease_id=served.public_id, choice=Choice.LEFT)
    plans: list[str] = []

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's signature
        if sql.lstrip().startswith("UPDATE"):
            execute(f"EXPLAIN {sql}", params, many, context)
            plans.extend(row[0] for row in context["cursor"].fetchall())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        recount(run=run, comparison_ids=run.comparisons.values_list("pk", flat=True))
    assert any("Join" in line for line in plans)
    assert not [line for line in plans if "Nested Loop" in line]
