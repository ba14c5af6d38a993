"""The top card of a run's page and its set-up: no sentence contradicts another."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from evaluation.gates import (
    DecisionReason,
    Gate,
    GateResult,
    GateSettings,
    State,
)
from evaluation.gates.planning import intent_size
from evaluation.results.actions import closing, gates
from evaluation.results.models import RunTally
from evaluation.results.reports import build_report
from evaluation.results.reports.wording import decision_sentence
from evaluation.runs.models import EvaluationRun
from evaluation.runs.planning_summary import USUAL
from evaluation.voting.actions import votes
from reviewapp.core.messages import message
from reviewapp.people.models import Role
from tests.factories.people import make_member
from tests.factories.runs import make_run
from tests.factories.verdicts import cast_choice, held_leases, vote_in_order
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db
NO_BREAK = "\N{NO-BREAK SPACE}"


def page_of(client: Client, run: EvaluationRun, name: str = "run", query: str = "") -> str:
    client.force_login(make_member(run.project, Role.LEAD))
    address = reverse(f"evaluation:{name}", args=[run.project.slug, run.pk])
    return client.get(f"{address}{query}").content.decode().replace(NO_BREAK, " ")


def test_a_run_that_was_given_up_says_so_and_asks_for_nothing(client: Client) -> None:
    run = make_run()
    closing.close_run(run_id=run.pk, actor=None)
    page = page_of(client, run)
    assert "Given up" in page
    assert "shows nothing about either model" in page
    for wrong in ("Keep voting", "Reveal the models", "Undecided"):
        assert wrong not in page


def test_a_run_that_was_closed_before_anything_counted_says_so(client: Client) -> None:
    run, _people = make_small_run(examples=4)
    closing.close_run(run_id=run.pk, actor=None)
    page = page_of(client, run)
    assert "Closed without counted examples" in page
    for wrong in ("Keep voting", "Reveal the models"):
        assert wrong not in page


def test_votes_that_favour_a_side_are_said_of_the_voting_not_the_candidate(client: Client) -> None:
    run, people = make_small_run(examples=60)
    for number in range(60):
        person = people[number % 2]
        held = held_leases(run, person)[0]
        choice = "left" if held.left == "candidate" else "both_good"
        votes.cast_and_lease(actor=person, lease_id=held.public_id, choice=choice)
    page = page_of(client, run)
    assert "Invalid voting" in page
    assert "one side was favoured" in page
    assert "This says nothing about the candidate." in page
    assert ">Reject" not in page


def test_a_candidate_that_is_not_shown_hides_no_failed_voting() -> None:
    report = build_report(make_small_run()[0])
    # The gates are a cached property, so a value set here is what the report reads.
    vars(report)["gates"] = (
        GateResult(Gate.NO_INTENT_REGRESSES, "returns", State.FAILED, message("gates.all_counted")),
        GateResult(Gate.HYGIENE_POSITION, "", State.FAILED, message("gates.all_counted")),
    )
    vars(report)["decision_reason"] = DecisionReason.CANNOT_BE_SHOWN
    assert "The voting failed its checks too: No side is favoured." in decision_sentence(report)


def test_the_win_rate_stands_beside_the_shares(client: Client) -> None:
    run, (ann, _bob) = make_small_run(examples=20)
    vote_in_order(run, ann, ["candidate", "tie_bad", "tie_bad", "baseline"])
    page = page_of(client, run)
    assert "Candidate wins" not in page
    assert "half): baseline better 25 %, both bad 50 %, candidate better 25 %." in page


def test_no_line_of_the_verdict_begins_with_the_sign_of_a_percentage() -> None:
    run, (ann, _bob) = make_small_run(examples=20)
    vote_in_order(run, ann, ["candidate", "tie_bad", "tie_bad", "baseline"])
    client = Client()
    client.force_login(make_member(run.project, Role.LEAD))
    address = reverse("evaluation:run", args=[run.project.slug, run.pk])
    page = client.get(address).content.decode()
    verdict = page[page.index("verdict-sentence") : page.index('id="rates-title"')]
    assert f"{NO_BREAK}%" in verdict
    assert not re.search(r"[0-9] %", verdict[: verdict.index("<details")])


def test_examples_that_wait_for_one_served_earlier_are_explained(client: Client) -> None:
    run, (ann, bob) = make_small_run(examples=6)
    held_leases(run, ann)
    vote_in_order(run, bob, ["candidate", "candidate"])
    page = page_of(client, run)
    assert "6 examples of the set are not counted yet. 2 have all votes and wait" in page
    assert "intents can add up to more" in page


def test_a_set_that_only_watches_its_intents_calls_none_gated_or_large_enough(
    client: Client,
) -> None:
    run = make_run(examples=60, terms={"gates": GateSettings.of_preset("watch_only")})
    page = page_of(client, run, "run_setup")
    assert "not gated" in page
    assert ">yes<" not in page
    assert "Watched, or gated by its own threshold" in page


def test_large_enough_is_said_at_what_is_assumed(client: Client) -> None:
    needed = intent_size(USUAL, 0.4, gated=2, alpha=0.05)
    assert needed
    hardly = make_run(examples=2 * (needed - 1))
    assert f"about {needed}" in page_of(client, hardly, "run_setup")
    tiny = make_run(examples=4)
    assert f"at least 7, about {needed} to pass" in page_of(client, tiny, "run_setup")
    enough = make_run(examples=2 * needed)
    assert ">large enough<" in page_of(client, enough, "run_setup")
    weaker = page_of(client, enough, "run_setup", "?assumed_rate=55&assumed_ties=50")
    assert ">large enough<" not in weaker


def test_the_set_up_warns_of_a_run_that_would_end_undecided(client: Client) -> None:
    small, large = make_run(examples=40), make_run(examples=1000)
    page = page_of(client, small, "run_setup")
    assert "would probably end undecided" in page
    assert re.search(r"<strong>\d of 100</strong>", page)
    assert 'data-confirm="This run would probably end undecided' in page
    fine = page_of(client, large, "run_setup", "?assumed_rate=70&assumed_ties=30")
    assert "<strong>100 of 100</strong>" in fine
    assert "would probably end undecided" not in fine


def test_the_plan_follows_what_is_assumed(client: Client) -> None:
    run = make_run(examples=60)
    page = page_of(client, run, "run_plan", "?assumed_rate=70&assumed_ties=20")
    assert "true win rate of 70" in page
    wrong = page_of(client, run, "run_plan", "?assumed_rate=90&assumed_ties=50")
    assert "So many ties leave no room for this win rate." in wrong
    assert "true win rate of 60" in wrong


def test_many_small_intents_are_one_sentence(client: Client) -> None:
    names = [f"intent-{number}" for number in range(8)]
    page = page_of(client, make_run(examples=16, intents_of=names), "run_setup")
    assert page.count("Merge them into a named group") == 1
    assert "8 intents have fewer than the 7 examples" in page


def test_the_audit_trail_names_the_gate_that_changed(client: Client) -> None:
    run, (ann, _bob) = make_small_run(examples=12)
    vote_in_order(run, ann, ["candidate"] * 10)
    gates.measure_gates(run_id=run.pk)
    client.force_login(make_member(run.project, Role.LEAD))
    audit = client.get(reverse("audit", args=[run.project.slug])).content.decode()
    assert "Gate changed: returns above 40 %" in audit


def test_reviewers_who_differ_by_more_than_chance_are_remarked(client: Client) -> None:
    run, (ann, bob) = make_small_run(examples=60)
    for _ in range(30):
        vote_in_order(run, ann, ["candidate"])
        vote_in_order(run, bob, ["baseline"])
    page = page_of(client, run)
    assert "Reviewers differ by more than chance" in page
    assert "The win rate drifts" not in page


def test_a_reviewer_who_always_votes_for_one_side_is_named(client: Client) -> None:
    run, (ann, bob) = make_small_run(examples=60)
    for number in range(30):
        (lease,) = held_leases(run, ann)
        cast_choice(ann, lease.public_id, "left")
        (lease,) = held_leases(run, bob)
        cast_choice(bob, lease.public_id, ("left", "right")[number % 2])
    page = page_of(client, run)
    named = [rater.name for rater in run.raters.all() if f"{rater.name} favours a side" in page]
    assert named == [run.raters.get(user=ann).name]
    assert "favours a side: left won 100 % of their decisive votes" in page


def test_a_run_that_drifts_is_remarked_with_its_intent(client: Client) -> None:
    run, (ann, _bob) = make_small_run(examples=60)
    vote_in_order(run, ann, ["candidate"] * 30 + ["baseline"] * 30)
    page = page_of(client, run)
    assert "The win rate drifts: 100" in page
    assert "Within the run returns changed" in page
    # The same from stored orders, and where they are missing.
    gates.measure_gates(run_id=run.pk)
    assert "Within the run returns changed" in page_of(client, run)
    for tally in RunTally.objects.filter(run=run, intent__isnull=False):
        assert len(tally.sums.pop("order")[1]) > 0
        tally.save()
    assert "Within the run returns changed" in page_of(client, run)
