"""Assignments: who may give an example to whom, many at once, what becomes of them."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from datasets.assignments import actions
from datasets.assignments.display import workload_of
from datasets.assignments.models import Assignment
from datasets.bulk.forms import AssignForm
from datasets.bulk.models import BulkKind
from datasets.bulk.summary import summary_of
from datasets.curation.actions import reviews
from datasets.curation.filters import ExampleFilter
from datasets.curation.models import GoldenExample
from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.people.actions import members
from reviewapp.people.actions.reading import set_reading_languages
from reviewapp.people.models import Project, Role, User
from tests.datasets.bulk.test_bulk_actions import preview, run, undo
from tests.datasets.curation.pages import page_text, signed_in, url_of
from tests.factories.examples import make_content, make_example
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db
TODAY = timezone.now().date()
PAST = TODAY - timedelta(days=2)


@pytest.fixture
def project() -> Project:
    cache.clear()
    return make_project()


@pytest.fixture
def lead(project: Project) -> User:
    return make_member(project, Role.LEAD, name="Lena")


@pytest.fixture
def giulia(project: Project) -> User:
    return make_member(project, Role.ANNOTATOR, name="Giulia")


def assign(example: GoldenExample, assignee: User | None, actor: User, **more: Any) -> None:
    actions.assign(example_id=example.pk, assignee=assignee, actor=actor, **more)


def assignees() -> dict[int, int]:
    return dict(Assignment.objects.values_list("example", "assignee"))


def overdue(example: GoldenExample) -> None:
    Assignment.objects.filter(example=example).update(due_on=PAST)


def test_a_lead_assigns_to_editors_and_takes_back(
    project: Project, lead: User, giulia: User
) -> None:
    example, reviewer = make_example(project), make_member(project, Role.REVIEWER)
    assign(example, giulia, lead, due_on=TODAY)
    with pytest.raises(InvalidInput):
        assign(example, giulia, lead, due_on=TODAY)
    with pytest.raises(InvalidInput):
        assign(example, reviewer, lead)
    with pytest.raises(InvalidInput):
        assign(example, lead, lead, due_on=PAST)
    with pytest.raises(PermissionDeniedError):
        assign(example, None, reviewer)
    assign(example, None, lead)
    changes = [event.detail for event in example.events.filter(action="assign").order_by("pk")]
    assert changes[0]["to"] == {"assignee": giulia.pk, "due_on": TODAY.isoformat()}
    assert changes[1]["from"] == changes[0]["to"]
    assert assignees() == {}


def test_an_annotator_takes_what_is_free_and_hands_on_what_is_theirs(
    project: Project, lead: User, giulia: User
) -> None:
    example, other = make_example(project), make_member(project, Role.ANNOTATOR)
    with pytest.raises(PermissionDeniedError):
        assign(example, other, giulia)
    assign(example, giulia, giulia)
    with pytest.raises(PermissionDeniedError):
        assign(example, other, other)
    assign(example, other, giulia)
    assert assignees() == {example.pk: other.pk}


def test_retired_examples_are_not_assigned(project: Project, lead: User) -> None:
    example = make_example(project)
    GoldenExample.objects.filter(pk=example.pk).update(state="retired")
    with pytest.raises(InvalidTransition):
        assign(example, lead, lead)


def test_who_may_no_longer_edit_loses_their_examples(
    project: Project, lead: User, giulia: User
) -> None:
    members.add_member(project=project, email=giulia.email, role="reviewer", actor=lead)
    example = make_example(project)
    assign(example, giulia, lead)
    reason: dict[str, Any] = {"project": project, "user": giulia, "actor": lead, "reason": ""}
    members.remove_member(**reason, role="reviewer")
    assert assignees() == {example.pk: giulia.pk}
    members.remove_member(**reason, role="annotator")
    assert assignees() == {}
    assert example.events.get(action="assign", detail__left=True).detail["to"]["assignee"] is None


def test_many_are_dealt_in_turn_and_the_act_is_undone(
    project: Project, lead: User, giulia: User
) -> None:
    chosen = [make_example(project) for _ in range(5)]
    assign(chosen[0], lead, lead)
    params = {"assignees": [lead.pk, giulia.pk], "rule": "even", "skips_assigned": True}
    action = preview(BulkKind.ASSIGN, chosen, lead, **params)
    assert summary_of(action).assignees == [("Giulia", 2), ("Lena", 2)]
    assert summary_of(action).rejected == 1
    run(action)
    assert sorted(assignees().values()) == sorted([lead.pk] * 3 + [giulia.pk] * 2)
    undo(action)
    assert assignees() == {chosen[0].pk: lead.pk}


def test_all_are_taken_back_at_once(project: Project, lead: User, giulia: User) -> None:
    chosen = [make_example(project), make_example(project)]
    assign(chosen[0], giulia, lead)
    action = run(preview(BulkKind.ASSIGN, chosen, lead, assignees=[], unassign=True))
    assert (assignees(), summary_of(action).rejected) == ({}, 1)


def test_rules_follow_languages_and_intents(project: Project, lead: User, giulia: User) -> None:
    set_reading_languages(project=project, user=giulia, languages=["it"], actor=lead)
    italian = [make_example(project, content=make_content(language="it-CH")) for _ in range(2)]
    english = make_example(project, content=make_content(intent="returns"))
    params = {"assignees": [giulia.pk], "rule": "language"}
    action = preview(BulkKind.ASSIGN, [*italian, english], lead, **params)
    assert (summary_of(action).ready, summary_of(action).rejected) == (2, 1)
    params = {"assignees": [giulia.pk, lead.pk], "rule": "intent"}
    run(preview(BulkKind.ASSIGN, [*italian, english], lead, **params))
    found = assignees()
    assert found[italian[0].pk] == found[italian[1].pk] != found[english.pk]


def test_the_form_of_many_needs_members_or_nobody(project: Project, lead: User) -> None:
    action = preview(BulkKind.ASSIGN, [make_example(project)], lead, assignees=[lead.pk])
    fields = {"rule": "even", "assignees": [lead.pk]}
    assert AssignForm(fields, action=action).is_valid()
    assert not AssignForm({"rule": "even"}, action=action).is_valid()
    assert not AssignForm({**fields, "unassign": "on"}, action=action).is_valid()
    assert not AssignForm({**fields, "due_on": PAST.isoformat()}, action=action).is_valid()


def test_the_list_filters_by_assignee_and_due_date(
    project: Project, lead: User, giulia: User
) -> None:
    hers, free, submitted = (make_example(project, author=giulia) for _ in range(3))
    for example in (hers, submitted):
        assign(example, giulia, lead)
        overdue(example)
    reviews.submit(example_id=submitted.pk, actor=giulia)

    def found(**query: str) -> set[int]:
        narrowed = project.examples.matching(ExampleFilter.from_query(query), user=giulia)
        return {example.pk for example in narrowed}

    assert found(assignee=str(giulia.pk)) == {hers.pk, submitted.pk}
    assert found(assignee="none") == {free.pk}
    assert found(assignee="me; drop") == {hers.pk, free.pk, submitted.pk}
    assert found(due="overdue") == found(mine="assigned") == {hers.pk}
    [row] = [row for row in workload_of(project) if row.member == giulia]
    assert (row.open, row.overdue, row.in_review, row.submitted) == (1, 1, 1, 1)
    assert "Giulia 1 1 1 1" in page_text(
        signed_in(lead).get(reverse("members", args=[project.slug]))
    )


def test_the_list_of_an_annotator_opens_in_the_languages_they_read(
    project: Project, lead: User, giulia: User
) -> None:
    set_reading_languages(project=project, user=giulia, languages=["it"], actor=giulia)
    italian = make_example(project, content=make_content(language="it-CH"))
    english = make_example(project)
    url = reverse("datasets:queue", args=[project.slug])
    opened = signed_in(giulia).get(url, follow=True)
    assert [row.pk for row in opened.context["examples"]] == [italian.pk]
    cleared = signed_in(giulia).get(f"{url}?language=")
    assert [row.pk for row in cleared.context["examples"]] == [italian.pk, english.pk]


def test_the_page_of_an_example_assigns_it(project: Project, lead: User, giulia: User) -> None:
    example = make_example(project)
    client, url = signed_in(giulia), url_of("assign", example)
    assert "Assign to me" in page_text(client.get(url_of("example", example)))
    client.post(url, {"take": "1"})
    assert assignees() == {example.pk: giulia.pk}
    fields = {"assignee": lead.pk, "due_on": PAST.isoformat()}
    refused = client.post(url, fields, headers={"HX-Request": "true"})
    assert refused.status_code == 422
    assert "This day is past" in refused.content.decode()
    fields["due_on"] = TODAY.isoformat()
    assert client.post(url, fields, headers={"HX-Request": "true"}).status_code == 200
    assert assignees() == {example.pk: lead.pk}
    listed = signed_in(lead).get(reverse("datasets:queue", args=[project.slug]))
    assert "Lena" in page_text(listed)


def test_the_api_assigns_and_lists(project: Project, lead: User, giulia: User) -> None:
    example = make_example(project)
    secret = members.create_token(user=lead).secret
    client, headers = signed_in(lead), {"Authorization": f"Bearer {secret}"}
    url = f"/api/v1/projects/{project.slug}/examples"
    body = {"assignee": giulia.email, "due_on": TODAY.isoformat()}
    put = client.put(
        f"{url}/{example.pk}/assignment", body, content_type="application/json", headers=headers
    )
    assert (put.status_code, put.json()) == (200, {"example": example.pk, **body})
    [listed] = client.get(url, {"assignee": giulia.email}, headers=headers).json()["items"]
    assert (listed["assignee"], listed["due_on"]) == (giulia.email, TODAY.isoformat())
    assert client.get(url, {"assignee": "x@example.com"}, headers=headers).json()["items"] == []
