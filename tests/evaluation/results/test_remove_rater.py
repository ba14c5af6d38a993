"""Removing a rater: by a rule that is blind to the models, with everything worked out again."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from evaluation.results.actions import closing, gates, raters
from evaluation.results.models import GateCheck
from evaluation.results.reports import build_report, report_as_json
from evaluation.runs.models import EvaluationRun, Rater, RemovalRule, RunEvent
from evaluation.voting.actions import votes
from evaluation.voting.models import Lease
from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.people.models import Role, User
from tests.factories.people import make_member
from tests.factories.runs import make_voting_run
from tests.factories.verdicts import held_leases, vote_in_order
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db
World = tuple[EvaluationRun, list[User]]


@pytest.fixture
def twelve() -> World:
    """Twelve examples, one vote each, two reviewers; the first ten are won, by both in turn."""
    run, (ann, bob) = make_small_run(examples=12)
    for turn in range(10):
        vote_in_order(run, (ann, bob)[turn % 2], ["candidate"])
    return run, [ann, bob]


def seat(run: EvaluationRun, person: User) -> Rater:
    return run.raters.get(user=person)


def remove(run: EvaluationRun, person: User) -> Rater:
    return raters.remove_rater(
        rater_id=seat(run, person).pk,
        actor=None,
        rule=RemovalRule.TOO_FAST,
        reason="Two seconds for each example.",
    )


def test_examples_without_their_votes_are_open_again_at_their_place(twelve: World) -> None:
    run, (ann, bob) = twelve
    assert build_report(run).overall.tally.n == 10
    remove(run, bob)
    report = build_report(run)
    assert (report.overall.tally.n, report.votes) == (1, 5)
    assert list(run.comparisons.filter(state="open").values_list("position", flat=True)) == [
        *(2, 4, 6, 8, 10),
        *(11, 12),
    ]
    assert held_leases(run, ann)[0].comparison.position == 2
    vote_in_order(run, ann, ["baseline"])
    assert build_report(run).overall.tally.n == 3


def test_a_crossing_that_rested_on_the_votes_is_forgotten(twelve: World) -> None:
    run, (_ann, bob) = twelve
    gates.measure_gates(run_id=run.pk)
    assert GateCheck.objects.get(run=run, gate="overall_superiority").passed_at_example == 10
    remove(run, bob)
    check = GateCheck.objects.get(run=run, gate="overall_superiority")
    assert (check.state, check.passed_at, check.passed_at_example) == ("insufficient", None, None)
    run.refresh_from_db()
    assert run.overall_decided_at is None
    assert not run.intents.filter(decided_at__isnull=False).exists()


def test_it_is_recorded_with_rule_and_reason(twelve: World) -> None:
    run, (_ann, bob) = twelve
    lead = make_member(run.project, Role.LEAD)
    rater = raters.remove_rater(
        rater_id=seat(run, bob).pk,
        actor=lead,
        rule=RemovalRule.OWN_REQUEST,
        reason="Said so on Monday.",
    )
    assert rater.removed_at
    assert (rater.removal_rule, rater.removal_reason) == ("own_request", "Said so on Monday.")
    event = RunEvent.objects.get(run=run, action="remove_rater")
    assert (event.actor, event.reason, event.detail["rule"], event.detail["rater"]) == (
        lead,
        rater.removal_reason,
        "own_request",
        rater.name,
    )
    removed = report_as_json(build_report(run))["rater_lines"]
    assert [line["removed"] for line in removed if line["removed"]] == [
        "Asked to be taken out: Said so on Monday."
    ]


def test_a_removed_rater_cannot_vote_with_what_they_hold(twelve: World) -> None:
    run, (_ann, bob) = twelve
    held = held_leases(run, bob)[0]
    remove(run, bob)
    with pytest.raises(PermissionDeniedError):
        votes.cast_and_lease(actor=bob, lease_id=held.public_id, choice="left")
    with pytest.raises(PermissionDeniedError):
        held_leases(run, bob)
    assert not Lease.objects.filter(rater__user=bob, state="leased").exists()


def test_later_votes_of_others_take_the_places_that_are_free(tmp_path: Path) -> None:
    run = make_voting_run(examples=1, votes_per_example=1, raters=[])
    rows = [("r1", "candidate"), ("r2", "baseline"), ("r3", "candidate")]
    # In a set without a served order all votes count, whatever their order in the file.
    EvaluationRun.objects.filter(pk=run.pk).update(order_from_file=True)
    file = tmp_path / "votes.jsonl"
    lines = [json.dumps({"id": "p0000", "rater": name, "verdict": word}) for name, word in rows]
    file.write_text("\n".join(lines), encoding="utf-8")
    call_command("import_votes", file, run=run.name, stdout=StringIO())
    raters.remove_rater(
        rater_id=run.raters.get(name="r1").pk,
        actor=None,
        rule=RemovalRule.NOT_A_REVIEWER,
        reason="A test.",
    )
    report = build_report(run)
    assert (report.overall.figures.losses, report.votes) == (1, 2)
    out = StringIO()
    call_command("import_votes", file, "--json", run=run.name, stdout=out)
    errors = json.loads(out.getvalue())["errors"]
    assert [(error["line"], error["code"]) for error in errors] == [(1, "rater_removed")]


def test_in_an_imported_run_the_other_votes_close_the_example(tmp_path: Path) -> None:
    run = make_voting_run(examples=2, votes_per_example=None)
    file = tmp_path / "votes.jsonl"
    rows = [("p0000", "r1", "candidate"), ("p0000", "r2", "tie_bad"), ("p0001", "r1", "baseline")]
    lines = [json.dumps({"id": key, "rater": n, "verdict": word}) for key, n, word in rows]
    file.write_text("\n".join(lines), encoding="utf-8")
    call_command("import_votes", file, run=run.name, stdout=StringIO())
    assert build_report(run).overall.tally.n == 2
    raters.remove_rater(
        rater_id=run.raters.get(name="r1").pk,
        actor=None,
        rule=RemovalRule.NOT_A_REVIEWER,
        reason="A test.",
    )
    report = build_report(run)
    assert (report.overall.tally.n, report.overall.figures.ties_bad) == (1, 1)


def test_removing_twice_is_the_same_as_once(twelve: World) -> None:
    run, (_ann, bob) = twelve
    first = remove(run, bob)
    assert remove(run, bob).removed_at == first.removed_at
    assert RunEvent.objects.filter(run=run, action="remove_rater").count() == 1


@pytest.mark.parametrize(
    ("rule", "reason"), [("prefers_the_baseline", "x"), (RemovalRule.TOO_FAST, " ")]
)
def test_it_asks_for_a_rule_it_knows_and_a_reason(twelve: World, rule: str, reason: str) -> None:
    run, (ann, _bob) = twelve
    with pytest.raises(InvalidInput):
        raters.remove_rater(rater_id=seat(run, ann).pk, actor=None, rule=rule, reason=reason)


def test_only_a_lead_who_does_not_vote_may(twelve: World) -> None:
    run, (ann, bob) = twelve
    voting_lead = make_member(run.project, Role.LEAD, Role.REVIEWER)
    Rater.objects.create(run=run, user=voting_lead, name="lead")
    for actor in (ann, voting_lead, make_member(run.project, Role.ANNOTATOR)):
        with pytest.raises(PermissionDeniedError):
            raters.remove_rater(
                rater_id=seat(run, bob).pk, actor=actor, rule=RemovalRule.TOO_FAST, reason="x"
            )


def test_what_is_closed_stays_as_it_was_decided(twelve: World) -> None:
    run, (ann, _bob) = twelve
    closing.close_run(run_id=run.pk, actor=None)
    with pytest.raises(InvalidTransition):
        remove(run, ann)


def test_the_runtime_role_may_do_it(twelve: World, runtime_role: str) -> None:
    run, (_ann, bob) = twelve
    assert runtime_role
    remove(run, bob)
    assert build_report(run).votes == 5
