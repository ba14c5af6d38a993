"""Examples reported as broken: a lead sees them with note and curation, puts back or keeps out."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from evaluation.results.actions import closing, gates, set_aside
from evaluation.runs.models import Comparison, EvaluationRun, Rater
from evaluation.voting.actions.broken import report_broken
from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.people.models import Role
from tests.factories.examples import make_approved_example
from tests.factories.people import make_member
from tests.factories.verdicts import held_leases, vote_in_order
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken() -> Comparison:
    """The second example, reported as broken while the others were voted on."""
    run, (ann, bob) = make_small_run(examples=4)
    vote_in_order(run, ann, ["candidate"])
    held = held_leases(run, bob)[0]
    report_broken(actor=bob, lease_id=held.public_id, note="Cut off in the middle")
    vote_in_order(run, ann, ["candidate", "baseline"])
    return Comparison.objects.select_related("run__project").get(pk=held.comparison_id)


def counted(run: EvaluationRun) -> int:
    return gates.measure_gates(run_id=run.pk).overall.tally.n


def test_what_is_put_back_is_served_again_and_counts_in_served_order(broken: Comparison) -> None:
    run = broken.run
    assert counted(run) == 3
    set_aside.restore_comparison(comparison_id=broken.pk, actor=None, reason="It is complete.")
    assert counted(run) == 1
    person = run.raters.order_by("pk")[1].user
    assert person
    assert held_leases(run, person)[0].comparison_id == broken.pk
    vote_in_order(run, person, ["candidate"])
    assert counted(run) == 4


def test_both_decisions_are_events_with_who_and_why(broken: Comparison) -> None:
    lead = make_member(broken.run.project, Role.LEAD)
    set_aside.exclude_comparison(comparison_id=broken.pk, actor=lead, reason="It is cut off.")
    set_aside.restore_comparison(comparison_id=broken.pk, actor=lead, reason="Looked again.")
    events = broken.run.events.filter(action__in=["keep_out", "put_back"]).order_by("pk")
    assert [(event.action, event.actor, event.reason) for event in events] == [
        ("keep_out", lead, "It is cut off."),
        ("put_back", lead, "Looked again."),
    ]
    assert events[0].detail == {"comparison": broken.pk, "position": broken.position}


@pytest.mark.parametrize("decide", [set_aside.restore_comparison, set_aside.exclude_comparison])
def test_only_a_lead_who_does_not_vote_decides_and_only_with_a_reason(
    broken: Comparison, decide: Callable[..., Comparison]
) -> None:
    project = broken.run.project
    reviewer, voting_lead = make_member(project, Role.REVIEWER), make_member(project, Role.LEAD)
    Rater.objects.create(run=broken.run, user=voting_lead, name="the lead")
    for actor in (reviewer, voting_lead):
        with pytest.raises(PermissionDeniedError):
            decide(comparison_id=broken.pk, actor=actor, reason="It is complete.")
    with pytest.raises(InvalidInput, match="reason"):
        decide(comparison_id=broken.pk, actor=None, reason=" ")


def test_nothing_is_put_back_twice_or_after_the_close(broken: Comparison) -> None:
    set_aside.restore_comparison(comparison_id=broken.pk, actor=None, reason="It is complete.")
    with pytest.raises(InvalidTransition, match="not set aside"):
        set_aside.restore_comparison(comparison_id=broken.pk, actor=None, reason="Again.")
    closing.close_run(run_id=broken.run_id, actor=None)
    with pytest.raises(InvalidTransition, match="not open for votes"):
        set_aside.exclude_comparison(comparison_id=broken.pk, actor=None, reason="Late.")


def test_a_lead_decides_on_the_page_that_shows_note_and_curation(
    client: Client, broken: Comparison
) -> None:
    run = broken.run
    slug = run.project.slug
    client.force_login(make_member(run.project, Role.LEAD))
    listing = reverse("evaluation:run_examples", args=[slug, run.pk]) + "?verdict=set_aside"
    page = client.get(listing).content.decode()
    assert "Cut off in the middle" in page
    assert "curation has no example of it" in page
    address = reverse("evaluation:decide_broken", args=[slug, run.pk, broken.position])
    long = "x" * 401
    refused = client.post(address, {"decision": "keep_out", "reason": long})
    assert refused.status_code == 422
    assert long in refused.content.decode()
    assert "Give a reason" in refused.content.decode()
    empty = client.post(address, {"decision": "put_back", "reason": " "}).content.decode()
    assert f'aria-describedby="rejected-{broken.position}"' in empty
    home = reverse("project_home", args=[slug])
    link = f'href="{listing}"'
    assert link in client.get(home).content.decode()
    kept = client.post(address, {"decision": "keep_out", "reason": "Cut off."}, follow=True)
    assert "kept it out" in kept.content.decode()
    assert link not in client.get(home).content.decode()
    client.post(address, {"decision": "put_back", "reason": "Complete."})
    broken.refresh_from_db()
    assert broken.state == Comparison.State.OPEN


def test_a_comparison_is_named_by_its_position_with_a_link_to_its_golden_example(
    client: Client,
) -> None:
    golden = make_approved_example()
    run, (ann, *_others) = make_small_run(
        project=golden.project, revision=golden.latest_revision, examples=1
    )
    report_broken(actor=ann, lease_id=held_leases(run, ann)[0].public_id, note="Cut off.")
    client.force_login(make_member(run.project, Role.LEAD))
    listing = reverse("evaluation:run_examples", args=[run.project.slug, run.pk])
    page = client.get(f"{listing}?verdict=set_aside").content.decode()
    assert ">Comparison 1</h2>" in page
    assert f">Golden example {golden.pk}</a>" in page
