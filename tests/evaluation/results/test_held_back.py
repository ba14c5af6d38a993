"""What holds back counting: the open example, why it is open, and what a lead may do about it."""

from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from evaluation.results.actions.raters import remove_rater
from evaluation.results.reports.blockers import HeldBack, held_back
from evaluation.results.reports.run_report import build_report
from evaluation.runs.actions import answer_import, run_setup
from evaluation.runs.actions.answer_plan import AnswerImport
from evaluation.runs.actions.withdrawal import withdraw_unread
from evaluation.runs.models import Comparison, EvaluationRun, RemovalRule, RunEvent
from evaluation.voting.actions import leases
from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.people.models import ReadingLanguages, Role, User
from tests.factories.people import make_member, make_project
from tests.factories.runs import make_answer_rows
from tests.factories.verdicts import held_leases, vote_in_order
from tests.factories.voting import make_reviewers, make_small_run

pytestmark = pytest.mark.django_db


def found_in(run: EvaluationRun) -> HeldBack | None:
    return held_back(run, left=build_report(run).overall.counted.left)


def skip_first(run: EvaluationRun, person: User) -> Comparison:
    (lease,) = held_leases(run, person)
    leases.skip(actor=person, lease_id=lease.public_id)
    return lease.comparison


def half_german() -> tuple[EvaluationRun, list[User]]:
    """A run of eight examples, every other one in German, which no reviewer reads."""
    project = make_project()
    people = make_reviewers(project, 2)
    rows = [
        replace(row, prompt=replace(row.prompt, language=("de", "en")[row.line % 2]))
        for row in make_answer_rows(8)
    ]
    plan = AnswerImport(run="two languages", baseline="a", candidate="b", votes_per_example=1)
    report = answer_import.import_answers(project=project, plan=plan, rows=lambda: rows)
    run = run_setup.set_raters(
        run_id=report.run.pk, rater_ids=[person.pk for person in people], actor=None
    )
    for person in people:
        ReadingLanguages.objects.create(project=project, user=person, languages=["en"])
    return run, people


def test_a_skipped_example_is_named_with_who_skipped_it_and_who_may_vote() -> None:
    run, (ann, bob) = make_small_run(examples=5)
    skipped = skip_first(run, ann)
    vote_in_order(run, ann, ["candidate"] * 3)
    found = found_in(run)
    assert found
    assert (found.waiting, found.is_stuck) == (3, True)
    (blocker,) = found.blockers
    assert (blocker.comparison, blocker.waiting) == (skipped, 3)
    assert blocker.reason.code == "results.holds.skipped"
    assert blocker.reason.params["people"] == [str(run.raters.get(user=ann))]
    assert blocker.people == tuple(sorted(run.raters.values_list("name", flat=True)))
    vote_in_order(run, bob, ["candidate"])
    assert found_in(run) is None


def test_an_example_on_a_page_holds_back_but_is_not_stuck() -> None:
    run, (ann, bob) = make_small_run(examples=4)
    held_leases(run, ann)
    vote_in_order(run, bob, ["candidate"] * 2)
    found = found_in(run)
    assert found
    assert [blocker.reason.code for blocker in found.blockers] == ["results.holds.on_page"]
    assert not found.is_stuck


def test_an_example_that_everyone_voted_on_needs_another_reviewer() -> None:
    run, (ann, _bob) = make_small_run(examples=3, votes=2)
    vote_in_order(run, ann, ["candidate"])
    remove_rater(
        rater_id=run.raters.exclude(user=ann).get().pk,
        actor=None,
        rule=RemovalRule.OWN_REQUEST,
        reason="Said so on Monday.",
    )
    run.comparisons.filter(position__gt=1).update(votes_needed=1)
    vote_in_order(run, ann, ["candidate"])
    found = found_in(run)
    assert found
    assert [blocker.reason.code for blocker in found.blockers] == ["results.holds.voted_by_all"]


def test_the_unread_examples_may_be_withdrawn_until_they_were_served(client: Client) -> None:
    run, (ann, _bob) = half_german()
    vote_in_order(run, ann, ["candidate"] * 4)
    found = found_in(run)
    assert found
    assert {blocker.reason.code for blocker in found.blockers} == {"results.holds.unread_by_all"}
    assert [(language.code, language.unserved) for language in found.languages] == [("de", 4)]
    served = run.comparisons.filter(reading_language="de").last()
    assert served
    Comparison.objects.filter(pk=served.pk).update(first_served_at="2026-05-12T09:00Z")
    client.force_login(make_member(run.project, Role.LEAD))
    address = reverse("evaluation:withdraw_unread", args=[run.project.slug, run.pk])
    rejected = client.post(address, {"language": "de", "reason": " "})
    assert rejected.status_code == 422
    assert "withdraw-error-de" in rejected.content.decode()
    client.post(address, {"language": "de", "reason": "Nobody reads German."})
    states = run.comparisons.filter(reading_language="de").values_list("state", flat=True)
    assert sorted(states) == ["open", "withdrawn", "withdrawn", "withdrawn"]
    event = RunEvent.objects.get(run=run, action="withdraw_comparison")
    assert (event.reason, len(event.detail["positions"])) == ("Nobody reads German.", 3)
    assert build_report(run).set_size == 5


def test_nothing_is_withdrawn_without_a_reason_a_lead_and_a_short_language() -> None:
    run, (ann, _bob) = half_german()
    with pytest.raises(PermissionDeniedError):
        withdraw_unread(run_id=run.pk, language="de", actor=ann, reason="No.")
    with pytest.raises(InvalidInput):
        withdraw_unread(run_id=run.pk, language="de", actor=None, reason=" ")
    with pytest.raises(InvalidTransition):
        withdraw_unread(run_id=run.pk, language="en", actor=None, reason="Too many.")
    assert not run.comparisons.filter(state=Comparison.State.WITHDRAWN).exists()


def test_the_run_page_links_what_holds_back_and_what_was_reported(client: Client) -> None:
    run, (ann, _bob) = make_small_run(examples=5)
    skipped = skip_first(run, ann)
    vote_in_order(run, ann, ["candidate"] * 2)
    run.comparisons.filter(position=5).update(state=Comparison.State.SET_ASIDE)
    client.force_login(make_member(run.project, Role.LEAD))
    slug = run.project.slug
    page = client.get(reverse("evaluation:run", args=[slug, run.pk])).content.decode()
    examples = reverse("evaluation:run_examples", args=[slug, run.pk])
    assert f'{examples}?verdict=open&amp;after={skipped.position - 1}"' in page
    assert f'{examples}?verdict=set_aside"' in page
    assert 'id="held-back" open' in page
    shown = client.get(f"{examples}?verdict=open").content.decode()
    assert f'id="example-{skipped.position}"' in shown
