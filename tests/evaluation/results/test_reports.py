"""What counts, in which order, and that the report is that of the votes."""

from fractions import Fraction
from unittest.mock import patch

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluation.gates import Decision, Gate, GateSettings, State
from evaluation.results.actions import gates
from evaluation.results.models import RunTally
from evaluation.results.reports import build_report, report_as_json, sums, walk
from evaluation.results.reports.sums import QueueSums, ScoreOrder
from evaluation.runs.models import Comparison, EvaluationRun
from evaluation.stats.fixed_set import look_at_set
from evaluation.stats.tally import VerdictCounts
from evaluation.voting.actions import leases, undo
from evaluation.voting.actions.broken import report_broken
from reviewapp.people.models import User
from tests.evaluation.gates.evidence import codes
from tests.factories.runs import make_run, make_voting_run
from tests.factories.verdicts import cast_verdict, held_leases, vote_in_order
from tests.factories.voting import make_small_run
from tests.walks import assert_same_walk

pytestmark = pytest.mark.django_db
World = tuple[EvaluationRun, list[User]]


@pytest.fixture
def eight() -> World:
    """Eight examples of one intent, one vote each, two reviewers."""
    return make_small_run(examples=8)


def counted(run: EvaluationRun) -> int:
    """How many examples count, in the main queue and in all intents together."""
    report = build_report(run)
    assert sum(row.tally.n for row in report.intents) >= report.overall.tally.n
    return report.overall.tally.n


def test_nothing_counted_is_a_dash_and_the_whole_interval(eight: World) -> None:
    found = report_as_json(build_report(eight[0]))
    assert found["overall"] | {"estimate": None, "lower": 0, "upper": 1} == found["overall"]
    assert (found["counted"], found["votes"], found["raters"]) == (0, 0, 0)
    assert found["decision"] == "keep_voting"
    assert found["agreement"]["alpha_interval"] is None
    assert found["agreement"]["reason"]
    assert found["position"] == {"left_share": None, "lower": 0, "upper": 1, "n": 0}


def test_a_run_that_is_being_set_up_has_a_report_too() -> None:
    report = build_report(make_run())
    assert report.decision is Decision.KEEP_VOTING
    assert report.overall.tally.n == 0


def test_an_open_example_holds_back_what_closed_behind_it(eight: World) -> None:
    run, (ann, bob) = eight
    first, second = held_leases(run, ann, count=2)
    vote_in_order(run, bob, ["candidate"] * 3)
    assert counted(run) == 0
    cast_verdict(ann, second, "baseline")
    assert counted(run) == 0
    cast_verdict(ann, first, "tie_good")
    report = build_report(run)
    assert report.overall.tally.n == 5
    assert (report.overall.figures.wins, report.overall.figures.losses) == (3, 1)
    assert report.overall.figures.ties_good == 1


def test_a_lease_that_ran_out_gives_its_example_back_at_its_place(eight: World) -> None:
    run, (ann, bob) = eight
    held_leases(run, ann)
    vote_in_order(run, bob, ["candidate"] * 2)
    leases.release_leases(run_id=run.pk, actor=ann)
    assert counted(run) == 0
    vote_in_order(run, bob, ["baseline"])
    assert counted(run) == 3


def test_each_intent_counts_by_its_own_prefix() -> None:
    run = make_voting_run(examples=12, intents=("returns", "refunds"))
    ann, bob = (seat.user for seat in run.raters.select_related("user"))
    assert ann and bob
    blocked = held_leases(run, ann)[0]
    vote_in_order(run, bob, ["candidate"] * 11)
    report = build_report(run)
    assert report.overall.tally.n == 0
    free = [row for row in report.intents if row.intent_id != blocked.comparison.intent_id]
    assert [row.tally.n for row in free] == [6]


def test_what_is_set_aside_is_passed_over_and_counts_as_a_skip(eight: World) -> None:
    run, (ann, bob) = eight
    vote_in_order(run, bob, ["candidate"])
    broken = held_leases(run, ann)[0]
    vote_in_order(run, bob, ["candidate"] * 2)
    assert counted(run) == 1
    report_broken(actor=ann, lease_id=broken.public_id, note="No question in it")
    report = build_report(run)
    assert (report.overall.tally.n, report.overall.counted.left) == (3, 4)
    assert (report.skips, report.set_aside) == (1, 1)


def test_a_comparison_skipped_twice_by_one_person_is_one_skip(eight: World) -> None:
    run, (ann, _bob) = eight
    for _ in range(9):
        leases.skip(actor=ann, lease_id=held_leases(run, ann)[0].public_id)
    assert build_report(run).skips == 8


def test_a_skip_that_is_voted_on_later_is_no_skip(eight: World) -> None:
    run, (ann, _bob) = eight
    held = held_leases(run, ann)[0]
    leases.skip(actor=ann, lease_id=held.public_id)
    assert build_report(run).skips == 1
    vote_in_order(run, ann, ["candidate"] * 8)
    assert run.leases.filter(state="skipped").exists()
    assert build_report(run).skips == 0


def test_broken_examples_count_as_losses_in_their_intent(eight: World) -> None:
    run, (ann, bob) = eight
    broken = held_leases(run, ann)[0]
    vote_in_order(run, bob, ["candidate"] * 7)
    report_broken(actor=ann, lease_id=broken.public_id, note="No question in it")
    report = build_report(run)
    assert report.intents[0].counted.crossing
    gate = next(gate for gate in report.gates if gate.gate is Gate.NO_INTENT_REGRESSES)
    assert gate.state is State.FAILED
    assert codes(gate)[0] == "gates.fails_with_broken"


def test_what_was_withdrawn_is_no_part_of_the_set(eight: World) -> None:
    run, (_ann, bob) = eight
    run.comparisons.filter(position=1).update(state=Comparison.State.WITHDRAWN)
    vote_in_order(run, bob, ["candidate"] * 7)
    report = build_report(run)
    assert (report.overall.tally.n, report.overall.counted.left, report.skips) == (7, 0, 0)


def test_a_vote_that_was_taken_back_counts_nowhere() -> None:
    run, (ann, bob) = make_small_run(examples=2, votes=2)
    vote = vote_in_order(run, ann, ["candidate"])[0]
    assert vote.lease
    undo.undo(actor=ann, lease_id=vote.lease.public_id)
    vote_in_order(run, bob, ["baseline"])
    report = build_report(run)
    assert (report.votes, report.overall.tally.n) == (1, 0)
    assert report.raters[0].voting.votes + report.raters[1].voting.votes == 1


def test_an_example_scores_the_mean_of_its_votes() -> None:
    run, people = make_small_run(examples=1, votes=3, reviewers=3)
    for person, verdict in zip(people, ["candidate", "candidate", "tie_bad"], strict=True):
        vote_in_order(run, person, [verdict])
    report = build_report(run)
    assert report.overall.tally.groups == ((VerdictCounts(2, 0, 0, 1), 1),)
    assert report.overall.figures.score_sum == pytest.approx(5 / 6)
    assert [line.held for line in report.raters] == pytest.approx([1 / 3] * 3)


def test_sides_are_those_of_each_lease(eight: World) -> None:
    run, (ann, _bob) = eight
    cast = vote_in_order(run, ann, ["candidate", "baseline", "tie_good", "candidate"])
    left = sum(vote.left == vote.verdict for vote in cast)
    assert build_report(run).position.n == 3
    assert build_report(run).position.share == pytest.approx(left / 3)


def test_what_is_stored_and_what_is_new_add_up_to_all_at_once(eight: World) -> None:
    run, (ann, bob) = eight
    for person, verdict in (
        (ann, "candidate"),
        (bob, "tie_bad"),
        (ann, "baseline"),
        (bob, "tie_good"),
    ):
        vote_in_order(run, person, [verdict])
        gates.measure_gates(run_id=run.pk)
    step_by_step = build_report(run)
    assert RunTally.objects.filter(run=run).count() == 2
    RunTally.objects.filter(run=run).delete()
    at_once = build_report(run)
    assert_same_walk(at_once.walk.main, step_by_step.walk.main)
    for pk, row in at_once.walk.intents.items():
        assert_same_walk(row, step_by_step.walk.intents[pk])
    assert at_once.walk.queue.raters == step_by_step.walk.queue.raters
    assert at_once.walk.queue.languages == step_by_step.walk.queue.languages
    assert at_once.walk.queue.length.as_json() == pytest.approx(
        step_by_step.walk.queue.length.as_json()
    )
    assert at_once.walk.queue.order == step_by_step.walk.queue.order
    assert at_once.this_set == step_by_step.this_set


def test_the_interval_of_the_set_is_stored_to_go_on_from() -> None:
    run, (ann, _bob) = make_small_run(examples=40)
    vote_in_order(run, ann, ["candidate", "baseline", "tie_good", "candidate"] * 3)
    gates.measure_gates(run_id=run.pk)
    queue = QueueSums.from_json(RunTally.objects.get(run=run, intent=None).sums["queue"])
    assert queue.set_look == look_at_set(queue.order.floats(), 40)


def test_the_interval_of_the_set_goes_on_from_the_last_look() -> None:
    queue = QueueSums()
    queue.order.add([Fraction(1), Fraction(0), Fraction(1, 2)] * 60)
    queue.look_at_set(400, alpha=0.05)
    queue.order.add([Fraction(1)] * 5)
    full = look_at_set(queue.order.floats(), 400).interval
    with patch.object(sums, "look_at_set", side_effect=AssertionError("reads all again")):
        found = queue.look_at_set(400, alpha=0.05).interval
    assert (found.lower, found.upper) == pytest.approx((full.lower, full.upper), abs=1e-8)


def test_the_interval_of_the_set_is_new_when_the_set_became_smaller() -> None:
    run, (ann, bob) = make_small_run(examples=40)
    vote_in_order(run, ann, ["candidate", "baseline", "tie_good", "candidate"] * 3)
    gates.measure_gates(run_id=run.pk)
    report_broken(actor=bob, lease_id=held_leases(run, bob)[0].public_id, note="cut")
    found = build_report(run)
    assert found.set_size == 39
    full = look_at_set(found.walk.queue.order.floats(), 39).interval
    assert found.this_set == full


def test_scores_stored_as_a_list_of_texts_are_still_read() -> None:
    order = ScoreOrder.from_json(["1", "1/2", "1", "0"])
    assert order.floats() == [1.0, 0.5, 1.0, 0.0]
    assert ScoreOrder.from_json(order.as_json()) == order


def test_counted_examples_are_found_by_the_index_of_open_ones(eight: World) -> None:
    run, (ann, _bob) = eight
    vote_in_order(run, ann, ["candidate"] * 3)
    # What remains is the way by an index that has the order already. Left to the cost of eight
    # rows, the planner sorts what another index finds, depending on the statistics of the moment.
    with connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan", "sort", "incremental_sort"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
    assert "comparison_servable" in walk._main_rows(run, 0).explain(costs=False)


def test_a_report_writes_nothing(eight: World) -> None:
    run, (ann, _bob) = eight
    vote_in_order(run, ann, ["candidate"])
    build_report(run)
    assert not RunTally.objects.exists()
    assert not run.gate_checks.exists()


def test_a_longer_answer_that_wins_is_counted_as_such(eight: World) -> None:
    run, (ann, _bob) = eight
    vote_in_order(run, ann, ["candidate", "baseline", "candidate", "tie_good"])
    report = build_report(run)
    texts = run.answers.filter(comparison__position=1)
    candidate = texts.get(model_version=run.candidate_id).text
    baseline = texts.get(model_version=run.baseline_id).text
    longer = 2 if len(candidate) > len(baseline) else 1
    assert report.longer.n == 3
    assert report.longer.share == pytest.approx(longer / 3)


def test_the_number_of_queries_does_not_grow_with_votes_or_examples() -> None:
    numbers = set()
    for examples in (4, 30):
        run, (ann, bob) = make_small_run(examples=examples)
        vote_in_order(run, ann, ["candidate"] * (examples // 2))
        vote_in_order(run, bob, ["baseline"] * (examples // 4))
        gates.measure_gates(run_id=run.pk)
        with CaptureQueriesContext(connection) as queries:
            report = gates.measure_gates(run_id=run.pk)
            report_as_json(report)
        numbers.add(len(queries))
    assert numbers == {max(numbers)}
    assert max(numbers) <= 20


def test_watched_intents_are_labelled_and_have_no_forecast() -> None:
    run = make_voting_run(examples=14, gates=GateSettings.of_preset("watch_only"))
    found = report_as_json(build_report(run))
    assert {row["gated"] for row in found["intents"]} == {False}
    assert set(found["forecast"]) == {"overall"}
