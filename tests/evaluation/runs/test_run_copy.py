"""The same answers set up again: other intents and terms, a new order, no vote of the first run."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from evaluation.gates import GateSettings, NextStep, Remedy, Step
from evaluation.results.actions import closing
from evaluation.results.remedies import remedy_links
from evaluation.results.reports import build_report
from evaluation.results.reports.overlap import overlap_for_agreement
from evaluation.runs.actions import run_setup, runs
from evaluation.runs.actions.run_copy import copy_run
from evaluation.runs.models import Comparison, EvaluationRun, RunEvent
from reviewapp.core.errors import InvalidTransition, PermissionDeniedError
from reviewapp.core.messages import message
from reviewapp.people.models import Role
from tests.factories.people import make_member
from tests.factories.runs import make_run
from tests.factories.verdicts import vote_in_order
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db


def texts(run: EvaluationRun) -> dict[str, set[tuple[str, str]]]:
    """Return the answers of each example by name of the model."""
    found: dict[str, set[tuple[str, str]]] = {}
    rows = run.answers.values_list("comparison__external_id", "model_version__name", "text")
    for key, model, text in rows:
        found.setdefault(key, set()).add((model, text))
    return found


def test_a_copy_has_the_answers_and_terms_in_a_new_order_and_no_vote() -> None:
    run, (ann, bob) = make_small_run(examples=31, intents=("returns", "refunds"))
    vote_in_order(run, ann, ["candidate", "baseline"])
    Comparison.objects.filter(run=run, position=31).update(state=Comparison.State.WITHDRAWN)
    lead = make_member(run.project, Role.LEAD)
    copy = copy_run(run_id=run.pk, actor=lead)
    assert (copy.state, copy.opened_at, copy.name) == ("draft", None, f"{run.name} (2)")
    assert copy.comparisons.count() == 30
    assert not copy.votes.exists()
    assert texts(copy).items() <= texts(run).items()
    assert {rater.user for rater in copy.raters.all()} == {ann, bob}
    assert copy.order_seed != run.order_seed
    before, after = run_setup.current_terms(run), run_setup.current_terms(copy)
    assert [row.name for row in after.intents] == [row.name for row in before.intents]
    assert after.gates.alpha == 0.05
    assert RunEvent.objects.get(run=copy, action="copy_run").actor == lead
    opened = runs.open_voting(run_id=copy.pk, actor=lead)
    # The second run of this pair on these prompts.
    assert GateSettings.from_json(opened.gate_settings).alpha == pytest.approx(0.05 / 4)


def test_only_a_lead_copies_a_run_that_was_opened() -> None:
    run, (ann, _bob) = make_small_run(examples=8)
    with pytest.raises(PermissionDeniedError):
        copy_run(run_id=run.pk, actor=ann)
    with pytest.raises(InvalidTransition):
        copy_run(run_id=make_run().pk, actor=None)


def test_merging_intents_of_uploaded_answers_leads_to_a_set_up_with_its_prompts(
    client: Client,
) -> None:
    run, (ann, _bob) = make_small_run(examples=8, intents=("returns", "refunds"))
    vote_in_order(run, ann, ["candidate"])
    closing.close_run(run_id=run.pk, actor=None)
    step = NextStep(Step.CANNOT_BE_SHOWN, message("x"), remedies=(Remedy.MERGE_INTENTS,))
    (link,) = remedy_links(run, step)
    assert link.act
    client.force_login(make_member(run.project, Role.LEAD))
    moved = client.post(link.url, {"act": link.act})
    page = client.get(moved["Location"])
    assert page.status_code == 200
    assert [row.examples for row, *_fields in page.context["arrangement"].lines()] == [4, 4]


def test_a_next_run_proposes_an_overlap_that_shows_agreement_and_the_terms_of_this_one(
    client: Client,
) -> None:
    run = make_run(terms={"overlap_percent": 1, "overlap_votes": 2})
    client.force_login(make_member(run.project, Role.LEAD))
    form = reverse("evaluation:new_run", args=[run.project.slug])
    shown = client.get(form, {"like": str(run.pk), "overlap_percent": "40"}).context["form"]
    assert shown["overlap_percent"].value() == "40"
    assert shown["overlap_votes"].value() == 2
    strange = client.get(form, {"like": "x"}).context["form"]
    assert strange["overlap_percent"].value() == 20
    small, (ann, _bob) = make_small_run(examples=40, votes=1)
    vote_in_order(small, ann, ["candidate", "baseline"])
    # Nobody shares an example with another, so 30 of 40 with a reserve are proposed.
    assert overlap_for_agreement(build_report(small)) == 90
