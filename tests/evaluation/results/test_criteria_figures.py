"""The figures of criteria: what counts, what is missing, the gate, and where they are given."""

import csv
import json
from collections.abc import Sequence
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from evaluation.results.actions import gates, raters
from evaluation.results.models import GateCheck, RunTally
from evaluation.results.reports import RunReport
from evaluation.runs.criteria import CriterionTerms
from evaluation.runs.models import EvaluationRun
from evaluation.stats.intervals import interval
from evaluation.voting.actions import votes
from evaluation.voting.blinding import choice_of
from reviewapp.people.models import Role, User
from tests.factories.people import make_member
from tests.factories.verdicts import held_leases
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db
TONE = CriterionTerms("tone")
BRIEF = CriterionTerms(name="Brevity", question="Which one is shorter?")


def vote(run: EvaluationRun, person: User, overall: str, answers: dict[int, str]) -> None:
    """Vote on the next comparison with these verdicts, overall and by criterion."""
    (lease,) = held_leases(run, person)
    votes.cast_and_lease(
        actor=person,
        lease_id=lease.public_id,
        choice=choice_of(overall, left=lease.left),
        count=0,
        on_criteria={
            position: choice_of(verdict, left=lease.left) for position, verdict in answers.items()
        },
    )


def votes_on_tone(run: EvaluationRun, person: User, verdicts: Sequence[str]) -> None:
    for verdict in verdicts:
        vote(run, person, "tie_good", {1: verdict} if verdict else {})


def measured(run: EvaluationRun) -> RunReport:
    return gates.measure_gates(run_id=run.pk)


def test_an_example_without_an_answer_is_missing_and_the_others_count_alone() -> None:
    run, (ann, bob) = make_small_run(examples=6, votes=2, criteria=[TONE, BRIEF])
    for person in (ann, bob):
        vote(run, person, "baseline", {1: "candidate"})
    vote(run, ann, "baseline", {1: "candidate"})
    vote(run, bob, "baseline", {})
    for person in (ann, bob):
        vote(run, person, "tie_bad", {2: "baseline"})
    vote(run, ann, "baseline", {1: "baseline"})  # Not closed: it needs Bob's vote.
    tone, brief = measured(run).criteria
    assert (tone.row.tally.n, tone.missing, float(tone.row.tally.score_sum)) == (2, 1, 2.0)
    assert (brief.row.tally.n, brief.missing, brief.row.tally.losses) == (1, 2, 1)
    assert brief.missing_by_intent == {"returns": 2}
    assert [(intent.name, intent.figures.n) for intent in tone.intents] == [("returns", 2)]


def test_the_interval_is_that_of_the_overall_code_and_is_kept_as_it_was_summed() -> None:
    run, (ann, _bob) = make_small_run(examples=20, intents=("returns", "refunds"), criteria=[TONE])
    votes_on_tone(run, ann, ["candidate"] * 5 + ["", "tie_good"])
    measured(run)
    votes_on_tone(run, ann, ["candidate", "", "baseline"])
    (by_steps,) = measured(run).criteria
    RunTally.objects.all().delete()
    (at_once,) = measured(run).criteria
    assert by_steps == at_once
    shown, scores = by_steps.row.figures, by_steps.row.tally.score_counts
    assert (shown.wins, shown.ties_good, shown.losses, by_steps.missing) == (6, 1, 1, 2)
    assert shown.interval == interval(scores)
    assert sum(intent.figures.n for intent in by_steps.intents) == 8


def test_the_answers_of_a_removed_rater_count_no_more() -> None:
    run, (ann, bob) = make_small_run(examples=6, votes=1, criteria=[TONE])
    votes_on_tone(run, ann, ["candidate"] * 2)
    votes_on_tone(run, bob, ["baseline"])
    rater = run.raters.get(user=ann)
    raters.remove_rater(rater_id=rater.pk, rule="own_request", reason="asked", actor=None)
    (tone,) = measured(run).criteria
    assert tone.row.tally.wins == 0


def gated_run(examples: int = 20) -> tuple[EvaluationRun, User]:
    criteria = [CriterionTerms("tone", gated=True), BRIEF]
    run, (ann, _bob) = make_small_run(examples=examples, criteria=criteria)
    return run, ann


def test_a_gate_on_a_criterion_passes_at_its_line_and_keeps_the_crossing() -> None:
    run, ann = gated_run()
    votes_on_tone(run, ann, ["candidate"] * 8)
    measured(run)
    check = GateCheck.objects.get(run=run, gate="no_criterion_regresses")
    assert (check.subject, check.state, check.passed_at_example) == ("tone", "passed", 7)
    assert not GateCheck.objects.filter(run=run, subject="Brevity").exists()


def test_a_run_is_served_on_while_a_gate_of_a_criterion_is_open_and_needs_it() -> None:
    run, ann = gated_run(examples=40)
    for _ in range(12):
        vote(run, ann, "candidate", {1: "tie_good"})
    report = measured(run)
    states = {gate.gate.value: gate.state.value for gate in report.gates}
    assert states["overall_superiority"] == "passed"
    assert states["no_criterion_regresses"] == "insufficient"
    assert report.serves_all
    assert ("no_criterion_regresses", "tone") in {
        (gate.value, subject) for gate, subject in report._required
    }


def test_the_next_step_names_a_criterion_that_cannot_pass() -> None:
    run, ann = gated_run()
    for _ in range(20):
        vote(run, ann, "candidate", {1: "baseline"})
    report = measured(run)
    assert report.decision_reason.value == "cannot_be_shown"
    assert "tone" in json.dumps(report.next_step.message.as_json())


def test_page_command_tables_and_api_give_the_criteria(client: Client) -> None:
    run, (ann, _bob) = make_small_run(
        examples=8, intents=("returns", "refunds"), criteria=[TONE, BRIEF]
    )
    votes_on_tone(run, ann, ["candidate", "tie_bad", "", "candidate"])
    out = StringIO()
    call_command("win_rates", run.name, "--json", stdout=out)
    tone, brief = json.loads(out.getvalue())["criteria"]
    assert (tone["criterion"], tone["n"], tone["wins"], tone["missing"]) == ("tone", 3, 2, 1)
    assert (brief["criterion"], brief["estimate"], brief["missing"]) == ("Brevity", None, 4)
    assert sum(intent["n"] for intent in tone["intents"]) == 3
    text = StringIO()
    call_command("win_rates", run.name, stdout=text)
    assert "[Brevity]" in text.getvalue()
    client.force_login(make_member(run.project, Role.LEAD))
    page = client.get(reverse("evaluation:run", args=[run.project.slug, run.pk]))
    drawn, _other = page.context["criteria"]
    assert (drawn.row.n, drawn.row.name) == (3, "Tone")
    assert BRIEF.name in page.content.decode()
    address = reverse("evaluation:run_figures_csv", args=[run.project.slug, run.pk])
    answer: Any = client.get(address)
    rows = csv.DictReader(StringIO(b"".join(answer.streaming_content).decode()))
    found: list[dict[str, Any]] = [row for row in rows if row["row"] == "criterion"]
    assert [(row["criterion"], row["n"], row["missing"]) for row in found] == [
        ("tone", "3", "1"),
        ("Brevity", "0", "4"),
    ]
