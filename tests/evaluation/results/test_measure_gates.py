"""Gates follow the votes: crossings are stored once, changes are recorded, serving is told."""

from collections.abc import Callable
from datetime import timedelta
from itertools import cycle

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from evaluation.gates import GateSettings, HygieneLimits
from evaluation.results.actions import gates
from evaluation.results.models import GateCheck, RunTally
from evaluation.results.reports.demand import voting_demand
from evaluation.results.tasks import measure_open_runs
from evaluation.runs.models import EvaluationRun, Rater, RunEvent
from evaluation.stats.verdicts import Contender
from evaluation.voting.actions import broken, claims, leases
from evaluation.voting.actions import undo as undoing
from evaluation.voting.models import Vote
from evaluation.voting.progress import remaining_for
from reviewapp.people.models import User
from tests.factories.people import make_project
from tests.factories.runs import make_run, make_voting_run
from tests.factories.verdicts import held_leases, vote_in_order
from tests.factories.voting import make_reviewers, make_small_run

pytestmark = pytest.mark.django_db
World = tuple[EvaluationRun, list[User]]


@pytest.fixture
def forty() -> World:
    """Forty examples of one intent, one vote each, two reviewers."""
    return make_small_run(examples=40)


def check_of(run: EvaluationRun, gate: str, subject: str = "") -> GateCheck:
    return GateCheck.objects.get(run=run, gate=gate, subject=subject)


def test_ten_wins_in_a_row_pass_one_half_and_seven_pass_forty_percent(forty: World) -> None:
    run, (ann, _bob) = forty
    vote_in_order(run, ann, ["candidate"] * 12)
    gates.measure_gates(run_id=run.pk)
    overall = check_of(run, "overall_superiority")
    assert (overall.state, overall.passed_at_example) == ("passed", 10)
    assert overall.passed_at == run.comparisons.get(position=10).closed_at
    assert check_of(run, "no_intent_regresses", "returns").passed_at_example == 7


def test_a_crossing_stays_where_it_was_however_the_votes_go_on(forty: World) -> None:
    run, (ann, _bob) = forty
    vote_in_order(run, ann, ["candidate"] * 10)
    gates.measure_gates(run_id=run.pk)
    first = check_of(run, "overall_superiority").passed_at
    vote_in_order(run, ann, ["baseline"] * 8)
    report = gates.measure_gates(run_id=run.pk)
    assert report.overall.figures.lower < 0.5
    overall = check_of(run, "overall_superiority")
    assert (overall.state, overall.passed_at, overall.passed_at_example) == ("passed", first, 10)
    assert report.gates[0].reason.code == "gates.passed_before_day"
    assert report.gates[0].reason.params["example"] == 10


def test_a_crossing_is_found_between_two_measurements(forty: World) -> None:
    run, (ann, _bob) = forty
    vote_in_order(run, ann, ["candidate"] * 10 + ["baseline"] * 8)
    gates.measure_gates(run_id=run.pk)
    assert check_of(run, "overall_superiority").passed_at_example == 10


def test_a_change_of_state_is_recorded_once(forty: World) -> None:
    run, (ann, _bob) = forty
    vote_in_order(run, ann, ["candidate"] * 10)
    for _ in range(3):
        gates.measure_gates(run_id=run.pk)
    changes = RunEvent.objects.filter(run=run, action="gate_changed")
    crossed = changes.filter(detail__gate="overall_superiority")
    assert [(change.before, change.after) for change in crossed] == [("insufficient", "passed")]
    assert crossed[0].actor is None
    assert crossed[0].detail["passed_at_example"] == 10


def test_nothing_is_written_when_nothing_is_new(forty: World) -> None:
    run, (ann, _bob) = forty
    vote_in_order(run, ann, ["candidate"] * 3)
    gates.measure_gates(run_id=run.pk)
    before = list(GateCheck.objects.filter(run=run).values("pk", "checked_at"))
    gates.measure_gates(run_id=run.pk)
    assert list(GateCheck.objects.filter(run=run).values("pk", "checked_at")) == before


def test_a_run_that_is_being_set_up_is_not_measured() -> None:
    run = make_run()
    gates.measure_gates(run_id=run.pk)
    assert not GateCheck.objects.exists()
    assert not RunTally.objects.exists()


def easy_settings() -> GateSettings:
    """No agreement is asked for, and one rater is enough."""
    return GateSettings(
        hygiene=HygieneLimits(min_raters=1, max_rater_share=1.0, min_agreement=-1.0)
    )


def test_a_decided_intent_is_marked_at_once_and_the_run_once_all_is_decided() -> None:
    project = make_project()
    ann, bob, cy = make_reviewers(project, 3)
    run = make_voting_run(
        project, examples=80, raters=[ann, bob, cy], gates=easy_settings(), votes_per_example=3
    )
    for person in (ann, bob, cy):
        vote_in_order(run, person, ["candidate"] * 10)
    gates.measure_gates(run_id=run.pk)
    run.refresh_from_db()
    report = gates.measure_gates(run_id=run.pk)
    decided = {row.name for row in report.intents if row.counted.crossing}
    marked = set(run.intents.filter(decided_at__isnull=False).values_list("name", flat=True))
    assert marked == decided
    assert (run.overall_decided_at is None) == report.serves_all


@pytest.fixture
def narrowed(monkeypatch: pytest.MonkeyPatch) -> World:
    """A run in which all gates hold but that of refunds, which asks for 80 %."""
    return make_decided(monkeypatch, min_agreement=-1.0)


def make_decided(monkeypatch: pytest.MonkeyPatch, *, min_agreement: float) -> World:
    # Sides that take turns: drawn ones favour a side by chance once in a while.
    sides = cycle(Contender)
    monkeypatch.setattr(claims, "draw_left", lambda _draw: next(sides))
    project = make_project()
    ann, bob = make_reviewers(project, 2)
    settings = GateSettings(
        hygiene=HygieneLimits(min_raters=1, max_rater_share=1.0, min_agreement=min_agreement),
        intent_thresholds={"refunds": 0.8},
    )
    run = make_voting_run(project, examples=120, raters=[ann, bob], gates=settings)
    run.comparisons.update(votes_needed=2)
    # Not all alike, so that agreement can be worked out.
    verdicts = ["candidate"] * 30 + ["tie_good"] * 2 + ["candidate"] * 8
    vote_in_order(run, ann, verdicts)
    vote_in_order(run, bob, verdicts[::-1])
    return run, [ann, bob]


def served_to(run: EvaluationRun, person: User, *, count: int = 20) -> set[str]:
    """Intents of what this reviewer is given."""
    return {lease.comparison.intent.name for lease in held_leases(run, person, count=count)}


def test_only_undecided_intents_are_served_once_the_run_is_decided(narrowed: World) -> None:
    run, (ann, _bob) = narrowed
    report = gates.measure_gates(run_id=run.pk)
    run.refresh_from_db()
    states = {(gate.gate.value, gate.subject): gate.state.value for gate in report.gates}
    assert states["no_intent_regresses", "returns"] == "passed"
    assert states["no_intent_regresses", "refunds"] == "insufficient"
    assert run.overall_decided_at, states
    assert served_to(run, ann) == {"refunds"}


def test_shared_examples_are_served_first_while_only_agreement_is_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run, (ann, bob) = make_decided(monkeypatch, min_agreement=0.999)
    shared = [60, 70, 80]
    run.comparisons.filter(position__gt=40).exclude(position__in=shared).update(votes_needed=1)
    report = gates.measure_gates(run_id=run.pk)
    states = {gate.gate.value: gate.state.value for gate in report.gates if not gate.subject}
    assert {name for name, state in states.items() if state != "passed"} == {"hygiene_agreement"}
    for person, expected in ((ann, [41, *shared]), (bob, [42, *shared])):
        places = [lease.comparison.position for lease in held_leases(run, person, count=4)]
        assert places == expected
    assert voting_demand(report).shared_first
    gates.reset_tallies(run=run)
    run.refresh_from_db()
    assert not run.shared_first


def test_all_intents_are_served_again_when_a_hygiene_gate_slips(narrowed: World) -> None:
    run, (ann, bob) = narrowed
    gates.measure_gates(run_id=run.pk)
    left_when_narrow = remaining_for(Rater.objects.get(run=run, user=bob))
    for _ in range(10):
        leases.skip(actor=ann, lease_id=held_leases(run, ann)[0].public_id)
    report = gates.measure_gates(run_id=run.pk)
    assert report.serves_all
    assert served_to(run, bob) == {"returns", "refunds"}
    assert remaining_for(Rater.objects.get(run=run, user=bob)) > left_when_narrow


def vote(run: EvaluationRun, person: User) -> None:
    vote_in_order(run, person, ["candidate"])


def undo(run: EvaluationRun, person: User) -> None:
    cast = Vote.objects.filter(rater__user=person, undone_at=None).latest("pk")
    assert cast.lease
    undoing.undo(actor=person, lease_id=cast.lease.public_id)


def skip(run: EvaluationRun, person: User) -> None:
    leases.skip(actor=person, lease_id=held_leases(run, person)[0].public_id)


def report(run: EvaluationRun, person: User) -> None:
    broken.report_broken(
        actor=person, lease_id=held_leases(run, person)[0].public_id, note="Cut off."
    )


@pytest.mark.parametrize("change", [vote, undo, skip, report])
def test_the_beat_measures_a_run_after_each_kind_of_change(
    change: Callable[[EvaluationRun, User], None],
) -> None:
    run, (ann, _bob) = make_small_run(examples=6, votes=2)
    vote(run, ann)
    gates.measure_pending()
    change(run, ann)
    assert gates.measure_pending() == 1


def test_a_run_in_which_nothing_changed_costs_the_beat_two_queries(
    forty: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    run, (ann, _bob) = forty
    vote_in_order(run, ann, ["candidate"] * 10)
    measure_open_runs()
    assert check_of(run, "overall_superiority").state == "passed"
    with django_assert_num_queries(2):
        measure_open_runs()


def test_a_vote_that_commits_while_a_run_is_measured_is_measured_next(
    forty: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, (ann, _bob) = forty
    measure = gates.measure_gates

    def measure_and_vote(*, run_id: int) -> None:
        measure(run_id=run_id)
        vote(run, ann)

    vote(run, ann)
    monkeypatch.setattr(gates, "measure_gates", measure_and_vote)
    assert gates.measure_pending() == 1
    assert gates.measure_pending() == 1


def test_the_time_of_a_crossing_is_that_of_its_example(forty: World) -> None:
    run, (ann, _bob) = forty
    vote_in_order(run, ann, ["candidate"] * 12)
    long_ago = timezone.now() - timedelta(days=30)
    run.comparisons.filter(position=10).update(closed_at=long_ago)
    gates.measure_gates(run_id=run.pk)
    assert check_of(run, "overall_superiority").passed_at == long_ago
