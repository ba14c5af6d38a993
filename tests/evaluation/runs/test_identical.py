"""Identical answers are ties by rule: counted in their place and served to nobody."""

import pytest
from django.test import Client
from django.urls import reverse

from evaluation.results.actions import gates, vote_import
from evaluation.results.reports.as_json import report_as_json
from evaluation.results.vote_rows import VoteRow
from evaluation.runs.actions.identical import close_identical, count_identical
from evaluation.runs.models import Answer, EvaluationRun
from evaluation.stats.tally import Tally, VerdictCounts
from evaluation.stats.verdicts import Verdict
from evaluation.voting.actions import leases, votes
from reviewapp.people.models import Role
from tests.factories.people import make_member
from tests.factories.voting import make_small_run, positions

pytestmark = pytest.mark.django_db


def make_identical(run: EvaluationRun, *places: int) -> None:
    """Give comparisons of an open run answers that differ in white space only."""
    runs = EvaluationRun.objects.filter(pk=run.pk)
    runs.update(state="generating")
    for position in places:
        first, second = Answer.objects.filter(run=run, comparison__position=position)
        first.text, second.text = "Thirty days.", " Thirty\n\t\r\v\fdays. "
        first.save(update_fields=["text"])
        second.save(update_fields=["text"])
    runs.update(state="voting")
    assert close_identical(run) == len(places)


def test_identical_answers_count_as_ties_in_their_place_and_are_not_served() -> None:
    run, (ann, _bob) = make_small_run(examples=4, votes=2)
    make_identical(run, 1, 3)
    assert count_identical(run) == 2
    assert positions(leases.lease_comparisons(run_id=run.pk, actor=ann)) == [2, 4]
    report = gates.measure_gates(run_id=run.pk)
    assert report.overall.tally == Tally.of([((0, 0, 0, 0, 2), 1)])  # The third waits.
    assert (report.votes, report.raters[0].held) == (0, 0.0)
    figures = report_as_json(report)["overall"]
    assert (figures["estimate"], figures["ties_good"], figures["ties_identical"]) == (0.5, 1, 1)
    assert figures["shares"] == {"win": 0, "tie_good": 0, "tie_bad": 0, "loss": 0, "identical": 1}


def test_votes_beside_identical_answers_decide_the_rest() -> None:
    run, (ann, _bob) = make_small_run(examples=2)
    make_identical(run, 1)
    (served,) = leases.lease_comparisons(run_id=run.pk, actor=ann, count=1)
    votes.cast_and_lease(actor=ann, lease_id=served.public_id, choice="both_bad")
    report = gates.measure_gates(run_id=run.pk)
    assert (report.overall.tally.n, report.overall.tally.ties_bad) == (2, 1)
    assert report.overall.tally.shares is not None
    assert report.overall.tally.shares.tie_bad * 2 == report.overall.tally.shares.identical * 2 == 1
    assert report.raters[0].held + report.raters[1].held == 0.5


def test_imported_votes_replace_the_rule() -> None:
    run, _people = make_small_run(examples=2)
    make_identical(run, 1)
    gates.measure_gates(run_id=run.pk)
    key = run.comparisons.get(position=1).external_id
    rows = [VoteRow(1, key, "outside", Verdict.CANDIDATE)]
    vote_import.import_votes(run_id=run.pk, rows=rows)
    run.refresh_from_db()
    assert count_identical(run) == 0
    report = gates.measure_gates(run_id=run.pk)
    assert report.overall.tally == Tally.of([(VerdictCounts(candidate=1), 1)])


def test_the_lead_finds_the_examples(client: Client) -> None:
    run, _people = make_small_run(examples=3)
    make_identical(run, 2)
    client.force_login(make_member(run.project, Role.LEAD))
    address = reverse("evaluation:run_examples", args=[run.project.slug, run.pk])
    assert b"example-2" not in client.get(f"{address}?verdict=identical").content
    make_identical(run, 1)
    page = client.get(f"{address}?verdict=identical").content
    assert (b"example-1" in page, b"example-2" in page) == (True, True)
    assert b"example-1" not in client.get(f"{address}?verdict=candidate").content
