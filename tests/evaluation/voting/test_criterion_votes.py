"""Answers on the criteria of a run: stored with the vote, undone with it, never after the close."""

from typing import Any

import pytest
from django.db import transaction
from django.db.utils import DatabaseError
from django.test import Client

from evaluation.results.actions import closing
from evaluation.runs.criteria import CriterionTerms
from evaluation.runs.models import EvaluationRun, RunCriterion
from evaluation.voting.actions import leases, undo, votes
from evaluation.voting.actions.claims import ServedComparison
from evaluation.voting.models import CriterionVote, Vote
from reviewapp.core.errors import InvalidInput, InvalidTransition
from reviewapp.people.models import User
from tests.factories.voting import CANDIDATE_BEGINS, make_small_run

pytestmark = pytest.mark.django_db
GATED = CriterionTerms("tone", gated=True)
BRIEF = CriterionTerms(name="Brevity", question="Which one is shorter?")


@pytest.fixture
def asked() -> tuple[EvaluationRun, User, ServedComparison]:
    run, (ann, _bob) = make_small_run(votes=2, criteria=[GATED, BRIEF])
    return run, ann, leases.lease_comparisons(run_id=run.pk, actor=ann)[0]


def cast(ann: User, served: ServedComparison, **given: Any) -> Vote:
    return votes.cast_and_lease(
        actor=ann, lease_id=served.public_id, choice="both_good", **given
    ).vote


def test_an_answer_is_stored_with_the_sides_of_its_vote(
    asked: tuple[EvaluationRun, User, ServedComparison],
) -> None:
    _run, ann, served = asked
    vote = cast(ann, served, on_criteria={1: "left", 2: "both_bad"})
    tone, brief = vote.on_criteria.order_by("criterion__position")
    won = "candidate" if served.left.startswith(CANDIDATE_BEGINS) else "baseline"
    assert (tone.choice, tone.left, tone.verdict) == ("left", vote.left, won)
    assert (brief.choice, brief.verdict) == ("both_bad", "tie_bad")
    assert str(brief.criterion) == "Brevity"


@pytest.mark.parametrize("given", [{}, {2: "left"}, {1: "middle"}, {1: "left", 3: "left"}])
def test_answers_that_do_not_fit_are_rejected_with_the_vote(
    asked: tuple[EvaluationRun, User, ServedComparison], given: dict[int, str]
) -> None:
    run, ann, served = asked
    with pytest.raises(InvalidInput):
        cast(ann, served, on_criteria=given)
    assert not run.votes.exists()


def test_a_run_without_criteria_takes_no_answers_on_them() -> None:
    run, (ann, _bob) = make_small_run()
    with pytest.raises(InvalidInput):
        cast(ann, leases.lease_comparisons(run_id=run.pk, actor=ann)[0], on_criteria={1: "left"})


def test_the_same_vote_twice_counts_once_and_another_answer_is_refused(
    asked: tuple[EvaluationRun, User, ServedComparison],
) -> None:
    _run, ann, served = asked
    for _time in range(2):
        cast(ann, served, on_criteria={1: "left"})
    cast(ann, served)
    with pytest.raises(InvalidTransition, match="differently"):
        cast(ann, served, on_criteria={1: "right"})
    assert CriterionVote.objects.count() == 1


def test_undoing_the_vote_undoes_its_answers_and_returns_them(
    asked: tuple[EvaluationRun, User, ServedComparison],
) -> None:
    _run, ann, served = asked
    cast(ann, served, on_criteria={1: "left"})
    undone = undo.undo(actor=ann, lease_id=served.public_id)
    assert undone.vote is not None
    assert undo.earlier_vote(undone.vote)["criteria"] == {1: "left"}
    assert not CriterionVote.objects.filter(vote__undone_at=None).exists()
    cast(ann, undone.served, on_criteria={1: "both_good"})
    assert CriterionVote.objects.get(vote__undone_at=None).choice == "both_good"


def test_an_answer_belongs_to_a_current_vote_of_an_open_run(
    asked: tuple[EvaluationRun, User, ServedComparison],
) -> None:
    run, ann, served = asked
    vote = cast(ann, served, on_criteria={1: "left"})
    tone, brief = RunCriterion.objects.filter(run=run)
    other, _people = make_small_run(criteria=[BRIEF])
    given: dict[str, Any] = {"vote": vote, "criterion": brief, "choice": "both_good"}
    given |= {"left": vote.left, "verdict": "tie_good"}

    def rejects(**changed: Any) -> None:
        with pytest.raises(DatabaseError), transaction.atomic():
            CriterionVote.objects.create(**given | changed)

    rejects(criterion=tone)
    rejects(criterion=other.criteria.get())
    rejects(left="baseline" if vote.left == "candidate" else "candidate")
    rejects(verdict="candidate")
    with pytest.raises(DatabaseError), transaction.atomic():
        CriterionVote.objects.update(verdict="tie_bad")
    undo.undo(actor=ann, lease_id=served.public_id)
    rejects()
    held = leases.lease_comparisons(run_id=run.pk, actor=ann)[0]
    late = cast(ann, held, on_criteria={1: "left"})
    closing.close_run(run_id=run.pk, actor=None)
    rejects(vote=late, left=late.left)


def test_the_page_asks_and_the_plain_form_answers(
    asked: tuple[EvaluationRun, User, ServedComparison], client: Client
) -> None:
    run, ann, served = asked
    client.force_login(ann)
    address = f"/p/{run.project.slug}/vote/{run.pk}/"
    page = client.get(address).content.decode()
    assert 'data-criterion="1"' in page and BRIEF.question in page
    assert '<select name="criterion_1" required>' in page
    fields = {"lease": served.public_id, "choice": "left", "criterion_1": "right"}
    assert client.post(f"{address}cast/", fields).status_code == 302
    assert CriterionVote.objects.get().choice == "right"
