"""Nothing of a closed run changes: its actions refuse, and so does the database for every role."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test import Client

from evaluation.results.actions import closing
from evaluation.results.models import GateCheck
from evaluation.runs.models import EvaluationRun
from evaluation.voting.actions import leases, undo, votes
from evaluation.voting.actions.broken import report_broken
from evaluation.voting.actions.claims import ServedComparison
from evaluation.voting.feedback import VoteFeedback
from evaluation.voting.models import Lease, Vote, VoteEvent
from reviewapp.core.errors import InvalidTransition
from reviewapp.people.models import Role, User
from tests.factories.people import make_member
from tests.factories.runs import make_model_version
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db
OTHER_WORDS = VoteFeedback({"left": ["wrong"]}, "I know the models now", recognised=True)


class Closed:
    """A closed run in which a reviewer has voted on one open example and holds another."""

    def __init__(self) -> None:
        self.run, (self.ann, _bob) = make_small_run(votes=2)
        self.voted, self.held = leases.lease_comparisons(run_id=self.run.pk, actor=self.ann)
        votes.cast_and_lease(actor=self.ann, lease_id=self.voted.public_id, choice="left")
        closing.close_run(run_id=self.run.pk, actor=None)
        self.run.refresh_from_db()

    def rows(self) -> list[object]:
        """Everything that the figures of the run are worked out from."""
        return [
            list(rows.order_by("pk").values_list())
            for rows in (self.run.votes, self.run.leases, self.run.comparisons)
        ]


@pytest.fixture
def closed() -> Closed:
    return Closed()


def lease(run: EvaluationRun, actor: User) -> ServedComparison:
    return leases.lease_comparisons(run_id=run.pk, actor=actor)[0]


LATE: dict[str, Callable[[Closed], object]] = {
    "undo": lambda it: undo.undo(actor=it.ann, lease_id=it.voted.public_id),
    "reasons": lambda it: votes.set_feedback(
        actor=it.ann, lease_id=it.voted.public_id, feedback=OTHER_WORDS
    ),
    "vote again with reasons": lambda it: votes.cast_and_lease(
        actor=it.ann, lease_id=it.voted.public_id, choice="left", feedback=OTHER_WORDS
    ),
    "vote": lambda it: votes.cast_and_lease(
        actor=it.ann, lease_id=it.held.public_id, choice="left"
    ),
    "broken": lambda it: report_broken(actor=it.ann, lease_id=it.held.public_id, note="cut off"),
    "skip": lambda it: leases.skip(actor=it.ann, lease_id=it.held.public_id),
}


@pytest.mark.parametrize("late", LATE.values(), ids=LATE.keys())
def test_an_action_on_a_closed_run_is_refused_and_changes_nothing(
    closed: Closed, late: Callable[[Closed], object]
) -> None:
    before = closed.rows()
    with pytest.raises(InvalidTransition, match="has ended"):
        late(closed)
    assert closed.rows() == before
    assert not VoteEvent.objects.exists()


def test_the_same_vote_sent_again_after_the_close_gets_its_answer(closed: Closed) -> None:
    again = votes.cast_and_lease(actor=closed.ann, lease_id=closed.voted.public_id, choice="left")
    assert (again.vote, again.served) == (Vote.objects.get(), [])


def test_a_closed_run_takes_no_imported_votes(closed: Closed, tmp_path: Path) -> None:
    file = tmp_path / "votes.jsonl"
    file.write_text('{"id": "p0001", "rater": "r1", "verdict": "candidate"}\n')
    with pytest.raises(CommandError, match="not open for votes"):
        call_command("import_votes", str(file), run=closed.run.name)


STATEMENTS = [
    "UPDATE evaluation_vote SET rationale = 'other'",
    "UPDATE evaluation_vote SET undone_at = now(), counted = false",
    "DELETE FROM evaluation_vote",
    "INSERT INTO evaluation_vote (run_id, comparison_id, rater_id, verdict, counted, source,"
    " reasons, rationale, recognised, at) SELECT run_id, comparison_id, rater_id, verdict, counted,"
    " 'imported', '{}', '', false, at FROM evaluation_vote",
    "UPDATE evaluation_lease SET state = 'skipped' WHERE state = 'leased'",
    "UPDATE evaluation_lease SET state = 'broken', note = 'x' WHERE state = 'leased'",
    "UPDATE evaluation_comparison SET all_candidate = all_candidate + 1",
    "UPDATE evaluation_comparison SET state = 'set_aside'",
    "UPDATE evaluation_gatecheck SET state = 'passed'",
    "DELETE FROM evaluation_gatecheck",
    "UPDATE evaluation_evaluationrun SET state = 'voting', closed_at = NULL",
    "UPDATE evaluation_evaluationrun SET gate_settings = '{}'",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_database_refuses_to_change_a_closed_run(closed: Closed, statement: str) -> None:
    assert GateCheck.objects.filter(run=closed.run).exists()
    with (
        pytest.raises(DatabaseError, match=r"cannot change|append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_a_closed_run_takes_no_more_examples_and_answers(closed: Closed) -> None:
    example, answer = closed.run.comparisons.latest("pk"), closed.run.answers.latest("pk")
    example.public_id, example.position, example.external_id = uuid4(), 99, ""
    answer.model_version = make_model_version(closed.run.project)
    for row in (example, answer):
        row.pk = None
        with pytest.raises(DatabaseError, match="cannot change"), transaction.atomic():
            row.save(force_insert=True)


def test_a_lease_of_a_closed_run_can_still_be_given_back(closed: Closed) -> None:
    assert leases.release_leases(run_id=closed.run.pk, actor=closed.ann) == 2
    assert Lease.objects.get(public_id=closed.held.public_id).state == "expired"


def test_an_undo_leaves_an_event() -> None:
    run, (ann, _bob) = make_small_run(votes=2)
    served = lease(run, ann)
    vote = votes.cast_and_lease(actor=ann, lease_id=served.public_id, choice="left").vote
    undo.undo(actor=ann, lease_id=served.public_id)
    event = VoteEvent.objects.get()
    assert (event.action, event.actor, event.vote, event.run) == ("undo_vote", ann, vote, run)
    assert event.before == "left"


def test_every_change_of_reasons_leaves_an_event_and_repeating_them_none() -> None:
    run, (ann, _bob) = make_small_run(votes=2)
    served = lease(run, ann)
    first, second = VoteFeedback({"left": ["correct"]}, "clear"), VoteFeedback({}, "not so clear")
    cast = votes.cast_and_lease(actor=ann, lease_id=served.public_id, choice="left", feedback=first)
    assert Vote.objects.get().rationale == "clear"
    assert not VoteEvent.objects.exists()
    for feedback in (first, second, second):
        votes.set_feedback(actor=ann, lease_id=served.public_id, feedback=feedback)
    event = VoteEvent.objects.get()
    assert (event.action, event.vote) == ("change_reasons", cast.vote)
    assert [event.detail[when]["rationale"] for when in ("before", "after")] == [
        "clear",
        "not so clear",
    ]


@pytest.fixture
def voting_lead() -> tuple[User, EvaluationRun]:
    run, (ann, _bob) = make_small_run(votes=2)
    make_member(run.project, Role.LEAD)
    ann.memberships.create(project=run.project, role=Role.LEAD)
    served = lease(run, ann)
    votes.cast_and_lease(actor=ann, lease_id=served.public_id, choice="left")
    votes.set_feedback(
        actor=ann, lease_id=served.public_id, feedback=VoteFeedback({}, "telltale words")
    )
    return ann, run


def test_who_votes_in_a_run_reads_no_change_of_its_votes_in_the_audit_trail(
    voting_lead: tuple[User, EvaluationRun], client: Client
) -> None:
    lead, run = voting_lead
    client.force_login(lead)
    address = f"/p/{run.project.slug}/audit/"
    assert "Give reasons" not in client.get(address).content.decode()
    closing.close_run(run_id=run.pk, actor=None)
    assert "Give reasons" in client.get(address).content.decode()
