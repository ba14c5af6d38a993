"""A decision is a fact: stored with its example and time, taken back by an alarm only."""

from itertools import cycle

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from evaluation.gates import Decision, GateSettings, HygieneLimits
from evaluation.results.actions import gates, raters
from evaluation.results.models import RunDecision
from evaluation.runs.models import EvaluationRun, RemovalRule, RunEvent
from evaluation.stats.verdicts import Contender
from evaluation.voting.actions import claims, leases
from reviewapp.people.models import Role, User
from tests.factories.people import make_member, make_project
from tests.factories.runs import make_voting_run
from tests.factories.verdicts import held_leases, vote_in_order
from tests.factories.voting import make_reviewers

pytestmark = pytest.mark.django_db
World = tuple[EvaluationRun, list[User]]
VOTED = 14


@pytest.fixture
def promoted(monkeypatch: pytest.MonkeyPatch) -> World:
    """A run of 30 examples that may be promoted; its reviewers still hold eight examples each."""
    sides = cycle(Contender)
    monkeypatch.setattr(claims, "draw_left", lambda _draw: next(sides))
    project = make_project()
    people = make_reviewers(project, 2)
    limits = HygieneLimits(min_agreement=-1.0)
    run = make_voting_run(
        project,
        examples=30,
        raters=people,
        intents=("returns",),
        gates=GateSettings(hygiene=limits),
    )
    run.comparisons.update(votes_needed=2)
    for person in people:
        # Not all alike, so that agreement can be worked out.
        vote_in_order(run, person, ["candidate"] * (VOTED - 1) + ["tie_good"])
        assert len(held_leases(run, person, count=8)) == 8
    assert gates.measure_gates(run_id=run.pk).decision is Decision.PROMOTE
    return run, people


def skip_some(run: EvaluationRun, person: User, number: int) -> None:
    held = run.leases.filter(rater__user=person, state="leased")[:number]
    for comparison in list(held):
        leases.skip(actor=person, lease_id=comparison.public_id)


def test_the_decision_to_promote_is_stored_with_its_example_and_gates(promoted: World) -> None:
    run, _people = promoted
    stored = RunDecision.objects.get(run=run)
    assert (stored.decision, stored.reason, stored.counted) == ("promote", "all_passed", VOTED)
    assert {gate["state"] for gate in stored.gates} == {"passed"}
    event = RunEvent.objects.get(run=run, action="decision_changed")
    assert (event.before, event.after, event.detail) == (
        "keep_voting",
        "promote",
        {"counted": VOTED},
    )


def test_a_decision_is_stored_once_however_often_it_is_measured(promoted: World) -> None:
    run, (ann, _bob) = promoted
    skip_some(run, ann, 1)
    gates.measure_gates(run_id=run.pk)
    gates.measure_gates(run_id=run.pk)
    assert RunDecision.objects.filter(run=run).count() == 1


def test_a_hygiene_gate_that_slips_without_an_alarm_takes_nothing_back(promoted: World) -> None:
    run, (ann, _bob) = promoted
    skip_some(run, ann, 5)
    report = gates.measure_gates(run_id=run.pk)
    assert report.decision is Decision.PROMOTE
    (skips,) = (gate for gate in report.gates if gate.gate.value == "hygiene_skips")
    assert skips.state.value == "passed"
    assert (skips.reason.code, skips.reason.params["example"]) == (
        "gates.passed_with_decision",
        VOTED,
    )
    assert not held_leases(run, ann, count=9)[8:], "nothing more is served"


def test_an_alarm_takes_the_decision_back_and_all_is_served_again(promoted: World) -> None:
    run, (ann, bob) = promoted
    skip_some(run, ann, 8)
    skip_some(run, bob, 8)
    report = gates.measure_gates(run_id=run.pk)
    assert report.decision is Decision.INVALID
    assert [row.decision for row in RunDecision.objects.filter(run=run)] == ["promote", "invalid"]
    events = RunEvent.objects.filter(run=run, action="decision_changed").order_by("pk")
    assert [event.after for event in events] == ["promote", "invalid"]
    assert report.serves_all
    assert held_leases(run, ann, count=2)


def test_a_decision_that_rested_on_a_removed_rater_is_made_anew(promoted: World) -> None:
    run, (_ann, bob) = promoted
    raters.remove_rater(
        rater_id=run.raters.get(user=bob).pk,
        actor=None,
        rule=RemovalRule.OWN_REQUEST,
        reason="Asked.",
    )
    report = gates.measure_gates(run_id=run.pk)
    assert report.decision is Decision.KEEP_VOTING
    assert [row.decision for row in RunDecision.objects.filter(run=run)] == [
        "promote",
        "keep_voting",
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE evaluation_rundecision SET decision = 'reject'",
        "DELETE FROM evaluation_rundecision",
    ],
)
def test_nobody_can_rewrite_a_decision(promoted: World, statement: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert RunDecision.objects.get().decision == "promote"


def test_the_page_and_the_file_show_each_change_of_the_decision(promoted: World) -> None:
    run, (ann, bob) = promoted
    lead = make_member(run.project, Role.LEAD)
    client = Client()
    client.force_login(lead)
    address = f"/p/{run.project.slug}/runs/{run.pk}/"
    assert f"after example {VOTED}." in client.get(address).content.decode()
    skip_some(run, ann, 8)
    skip_some(run, bob, 8)
    gates.measure_pending()
    page = client.get(address).content.decode()
    assert "Decisions so far" in page
    assert page.index("Invalid voting") < page.index("All required gates passed at the same time")
    shown = client.get(f"{address}figures.json").json()
    assert [(decision["decision"], decision["example"]) for decision in shown["decisions"]] == [
        ("promote", VOTED),
        ("invalid", VOTED),
    ]
