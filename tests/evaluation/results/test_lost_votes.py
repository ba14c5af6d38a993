"""The column of the queue with the votes that an example lost."""

import pytest

from evaluation.results.actions import closing
from evaluation.results.lost_votes import votes_lost
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import EvaluationRun
from reviewapp.people.models import Role
from tests.factories.examples import make_approved_example, make_example
from tests.factories.people import make_member
from tests.factories.runs import make_run
from tests.factories.verdicts import vote_in_order
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db


def test_leads_see_the_votes_lost_in_a_closed_run_and_others_once_it_is_revealed() -> None:
    example = make_approved_example()
    project = example.project
    rows = [example, make_example(project)]
    run, (ann, _bob) = make_small_run(project=project, revision=example.approved_revision)
    lead = make_member(project, Role.LEAD)
    vote_in_order(run, ann, ["candidate", "baseline", "tie_bad", "tie_good"])
    assert votes_lost(rows, lead, project) == {}, "the run is open"
    closing.close_run(run_id=run.pk, actor=lead, reason="Enough.")
    assert votes_lost(rows, lead, project) == {example.pk: "2 of 4"}
    assert votes_lost(rows, ann, project) == {}
    closing.reveal_run(run_id=run.pk, actor=lead)
    assert votes_lost(rows, ann, project) == {example.pk: "2 of 4"}


def test_who_compares_one_of_the_models_blind_learns_nothing_of_their_last_run() -> None:
    example = make_approved_example()
    project = example.project
    run, (ann, bob) = make_small_run(project=project, revision=example.approved_revision)
    vote_in_order(run, ann, ["baseline"] * 4)
    closing.close_run(run_id=run.pk, actor=None, reason="Enough.")
    closing.reveal_run(run_id=run.pk, actor=None)
    draft = make_run(project, baseline=run.baseline, raters=[ann])
    EvaluationRun.objects.filter(pk=draft.pk).update(state=RunState.GENERATING)
    assert votes_lost([example], bob, project) == {example.pk: "4 of 4"}
    assert votes_lost([example], ann, project) == {}
