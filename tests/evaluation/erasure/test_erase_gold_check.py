"""Erasing the texts of a gold check, while runs use it and after they are closed."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from evaluation.erasure.actions import erase_comparison, erase_gold_check
from evaluation.erasure.parts import Part
from evaluation.results.actions import closing
from evaluation.runs.actions import gold_checks
from evaluation.runs.models import Comparison, GoldCheck, GoldCheckEvent, Rater
from evaluation.voting.actions.training import answer_training, lease_training
from evaluation.voting.models import GoldLease
from reviewapp.core.errors import InvalidInput, PermissionDeniedError
from reviewapp.people.actions import members as people_actions
from reviewapp.people.models import Role, User
from tests.factories.gold import make_gold_checks, make_gold_run
from tests.factories.people import make_member, make_project
from tests.factories.verdicts import vote_in_order
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db
REASON = "Ticket 118."


def trained_run() -> tuple[GoldLease, User]:
    """Return an answered gold check of the training round of an open run, and a lead."""
    run, people = make_gold_run(training=1, checks=1)
    held = lease_training(Rater.objects.get(run=run, user=people[0]))
    assert held is not None
    answer_training(actor=people[0], lease_id=held.public_id, choice="left")
    GoldLease.objects.filter(pk=held.pk).update(rationale="He says Anna.", note="Anna again")
    return GoldLease.objects.get(pk=held.pk), make_member(run.project, Role.LEAD)


def test_texts_are_erased_after_the_run_is_closed_and_results_stay(runtime_role: str) -> None:
    voted, lead = trained_run()
    closing.close_run(run_id=voted.run_id, actor=lead)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL touchstone.erasing = 'on'")
        GoldCheck.objects.update(first="")
    erase_gold_check(gold_check_id=voted.gold_check_id, reason=REASON, actor=lead)
    check = GoldCheck.objects.get(pk=voted.gold_check_id)
    assert check.is_erased
    assert {check.first, check.second, check.explanation} == {"[erased]"}
    assert check.prompt == [{"role": "user", "content": "[erased]"}]
    assert (check.expected, check.retired_at is None) == ("first", False)
    after = GoldLease.objects.get(pk=voted.pk)
    assert (after.rationale, after.note) == ("", "[erased]")
    assert (after.choice, after.is_right) == (voted.choice, voted.is_right)
    event = GoldCheckEvent.objects.get(action="erase_gold_check")
    assert (event.gold_check, event.actor, event.reason) == (check, lead, REASON)


def test_an_erased_check_that_a_reviewer_holds_is_given_back() -> None:
    run, people = make_gold_run(training=1, checks=1)
    rater = Rater.objects.get(run=run, user=people[0])
    held = lease_training(rater)
    assert held is not None
    erase_gold_check(gold_check_id=held.gold_check_id, reason=REASON, actor=None)
    held.refresh_from_db()
    assert held.state == GoldLease.State.EXPIRED
    assert lease_training(rater) is None


def test_erasing_a_comparison_erases_the_gold_check_taken_from_it() -> None:
    run, people = make_small_run(reviewers=1, examples=1)
    lead = make_member(run.project, Role.LEAD)
    vote_in_order(run, people[0], ["candidate"])
    closing.close_run(run_id=run.pk, actor=lead)
    comparison = Comparison.objects.get(run=run)
    check = gold_checks.add_compared(
        comparison_id=comparison.pk, expected="first", explanation="Anna is wrong.", actor=lead
    )
    for _ in range(2):
        erase_comparison(
            comparison_id=comparison.pk, parts=[Part.PROMPT], reason=REASON, actor=lead
        )
    check.refresh_from_db()
    assert (check.explanation, check.first) == ("[erased]", "")
    assert GoldCheckEvent.objects.filter(action="erase_gold_check").count() == 1


def test_only_a_lead_who_does_not_vote_on_gold_checks_erases_one_with_a_reason() -> None:
    run, people = make_gold_run(training=1, checks=1)
    check = GoldCheck.objects.get(project=run.project)
    voting_lead = people[0]
    people_actions.add_member(project=run.project, email=voting_lead.email, role=Role.LEAD)
    for actor in (voting_lead, make_member(run.project, Role.ANNOTATOR)):
        with pytest.raises(PermissionDeniedError):
            erase_gold_check(gold_check_id=check.pk, reason=REASON, actor=actor)
    with pytest.raises(InvalidInput):
        erase_gold_check(gold_check_id=check.pk, reason=" ", actor=None)


def test_the_page_erases_a_gold_check_and_offers_it_no_more() -> None:
    project = make_project()
    first, second = make_gold_checks(project, 2)
    client = Client()
    client.force_login(make_member(project, Role.LEAD))
    gold = reverse("evaluation:gold", args=[project.slug])
    address = reverse("evaluation:erase_gold", args=[project.slug, first.pk])
    assert address in client.get(gold).content.decode()
    assert client.post(address, {"reason": REASON}).status_code == 422
    assert client.post(address, {"reason": REASON, "confirmed": "on"})["Location"] == gold
    shown = client.get(gold).content.decode()
    assert "[erased]" in shown
    assert address not in shown
    assert client.get(address)["Location"] == gold
    call_command("erase", "gold-check", str(second.pk), reason=REASON, yes=True)
    second.refresh_from_db()
    assert second.is_erased
