"""First steps of a new project: read from its data, gone with the first vote or by one click."""

import pytest
from django.test import Client
from django.urls import reverse

from evaluation.voting.actions import leases, votes
from reviewapp.people.models import Project, Role
from reviewapp.people.permissions import permissions_of
from reviewapp.web.first_steps import Step, first_steps_of
from tests.factories.examples import make_approved_example
from tests.factories.people import make_member, make_project
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db


def steps(project: Project, *roles: Role) -> list[Step]:
    user = make_member(project, *roles)
    return first_steps_of(user, project, permissions_of(user, project))


def test_a_new_project_has_everything_to_do() -> None:
    found = steps(make_project(), Role.LEAD)
    assert [step.is_done for step in found] == [False] * 7
    assert len({step.url for step in found}) == 7


def test_each_step_is_read_from_the_data() -> None:
    example = make_approved_example()
    make_member(example.project, Role.REVIEWER)
    found = steps(example.project, Role.LEAD)
    assert [step.is_done for step in found] == [True, True, True, False, False, False, False]


def test_a_lead_is_not_one_of_the_two_reviewers() -> None:
    project = make_project()
    make_member(project, Role.REVIEWER)
    assert not steps(project, Role.LEAD, Role.REVIEWER)[0].is_done
    make_member(project, Role.REVIEWER)
    assert steps(project, Role.LEAD)[0].is_done


def test_the_first_vote_links_a_lead_who_does_not_vote_to_the_run() -> None:
    run, _reviewers = make_small_run()
    page = reverse("evaluation:run", args=[run.project.slug, run.pk])
    assert steps(run.project, Role.LEAD)[-1].url.startswith(page)


def test_others_than_leads_see_no_steps() -> None:
    assert steps(make_project(), Role.REVIEWER, Role.ANNOTATOR) == []


def test_the_list_is_hidden_for_one_person_in_one_project(client: Client) -> None:
    project, other = make_project(), make_project()
    lead = make_member(project, Role.LEAD)
    other.memberships.create(user=lead, role=Role.LEAD)
    client.force_login(lead)
    assert client.get(reverse("project_home", args=[project.slug])).context["steps"]
    for _ in range(2):
        client.post(reverse("dismiss_first_steps", args=[project.slug]))
    assert not client.get(reverse("project_home", args=[project.slug])).context["steps"]
    assert client.get(reverse("project_home", args=[other.slug])).context["steps"]
    assert steps(project, Role.LEAD)


def test_a_run_of_uploaded_answers_needs_no_examples_and_the_first_vote_ends_the_list() -> None:
    run, (reviewer, _) = make_small_run()
    found = steps(run.project, Role.LEAD)
    assert [step.is_done for step in found] == [True, False, False, False, True, True, False]
    assert [step.is_needed for step in found] == [True, False, False, False, True, True, True]
    (held,) = leases.lease_comparisons(run_id=run.pk, actor=reviewer, count=1)
    votes.cast_and_lease(actor=reviewer, lease_id=held.public_id, choice="left")
    assert steps(run.project, Role.LEAD) == []
