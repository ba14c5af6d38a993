"""Erasing parts of what was compared, while the run is open and after it is closed."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from evaluation.erasure.actions import erase_comparison
from evaluation.erasure.parts import Part
from evaluation.results.actions.closing import close_run
from evaluation.runs.models import Answer, Comparison, RunEvent
from evaluation.voting.actions import leases, votes
from reviewapp.core.errors import InvalidInput, PermissionDeniedError
from reviewapp.people.models import Role
from tests.factories.people import make_member
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db
REASON = "Ticket 118."


def texts_of(comparison: Comparison) -> dict[str, str]:
    run = comparison.run
    found = dict(comparison.answers.values_list("model_version_id", "text"))
    return {"candidate": found[run.candidate_id], "baseline": found[run.baseline_id]}


def test_a_chosen_part_is_erased_in_a_closed_run_by_the_runtime_role(runtime_role: str) -> None:
    run, (reviewer, *_) = make_small_run(reviewers=1, examples=1)
    lead = make_member(run.project, Role.LEAD)
    (held,) = leases.lease_comparisons(run_id=run.pk, actor=reviewer, count=1)
    votes.cast_and_lease(actor=reviewer, lease_id=held.public_id, choice="left")
    close_run(run_id=run.pk, actor=lead)
    comparison = Comparison.objects.select_related("run").get(run=run)
    before = texts_of(comparison)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL touchstone.erasing = 'on'")
        Answer.objects.filter(run=run).update(text="")
    erase_comparison(comparison_id=comparison.pk, parts=[Part.CANDIDATE], reason=REASON, actor=lead)
    after = texts_of(comparison)
    assert after["candidate"].strip() == "[erased]"
    assert len(after["candidate"]) == len(before["candidate"]), "figures of length stay"
    assert after["baseline"] == before["baseline"]
    comparison.refresh_from_db()
    assert comparison.state == "closed"
    assert comparison.prompt != []
    assert "[erased]" not in str(comparison.prompt)
    event = RunEvent.objects.get(run=run, action="erase_example")
    assert (event.actor, event.reason) == (lead, REASON)
    assert event.detail == {
        "comparison": comparison.pk,
        "position": comparison.position,
        "parts": ["candidate"],
    }


def test_what_nobody_has_seen_is_not_served_after_its_erasure() -> None:
    run, (reviewer, *_) = make_small_run(reviewers=1, examples=2)
    first = Comparison.objects.filter(run=run).earliest("position")
    erase_comparison(comparison_id=first.pk, parts=Part.values, reason=REASON, actor=None)
    first.refresh_from_db()
    assert first.state == "withdrawn"
    (held,) = leases.lease_comparisons(run_id=run.pk, actor=reviewer, count=2)
    assert Comparison.objects.get(leases__public_id=held.public_id) != first


def test_only_a_lead_erases_and_names_what() -> None:
    run, (reviewer, *_) = make_small_run(examples=1)
    comparison = Comparison.objects.get(run=run)
    with pytest.raises(PermissionDeniedError):
        erase_comparison(
            comparison_id=comparison.pk, parts=Part.values, reason=REASON, actor=reviewer
        )
    for parts in ([], ["votes"]):
        with pytest.raises(InvalidInput):
            erase_comparison(comparison_id=comparison.pk, parts=parts, reason=REASON, actor=None)


def test_the_page_erases_what_is_chosen_and_leads_back() -> None:
    run, (reviewer, *_) = make_small_run(reviewers=1, examples=1)
    client, lead = Client(), make_member(run.project, Role.LEAD)
    client.force_login(lead)
    (held,) = leases.lease_comparisons(run_id=run.pk, actor=reviewer, count=1)
    votes.cast_and_lease(actor=reviewer, lease_id=held.public_id, choice="left")
    close_run(run_id=run.pk, actor=lead)
    comparison = Comparison.objects.get(run=run)
    slug = run.project.slug
    address = reverse("evaluation:erase_run_example", args=[slug, run.pk, comparison.position])
    examples = reverse("evaluation:run_examples", args=[slug, run.pk])
    assert address in client.get(examples).content.decode()
    refused = client.post(address, {"parts": ["prompt"], "reason": REASON})
    assert refused.status_code == 422
    answer = client.post(address, {"parts": ["prompt"], "reason": REASON, "confirmed": "on"})
    assert answer["Location"].startswith(examples)
    shown = client.get(answer["Location"]).content.decode()
    assert "[erased]" in shown
    assert "Text erased" in shown
    assert set(client.get(address).context["form"].fields["parts"].choices) == {
        (part.value, part.label) for part in (Part.BASELINE, Part.CANDIDATE)
    }
    erase_comparison(comparison_id=comparison.pk, parts=Part.values, reason=REASON, actor=lead)
    assert client.get(address)["Location"].startswith(examples)
