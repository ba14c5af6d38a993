"""The policy library: actions and pages."""

import pytest
from django.urls import reverse

from datasets.curation.actions.library import create_policy, edit_policy
from datasets.curation.models import Policy
from reviewapp.core.errors import InvalidInput, PermissionDeniedError
from reviewapp.people.models import Project, ProjectEvent, Role
from tests.datasets.curation.pages import page_text, signed_in
from tests.factories.examples import make_content, make_example
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


def make_policy(project: Project, slug: str = "refund-window") -> Policy:
    return create_policy(
        project=project, slug=slug, title="Refund window", body="30 days.", actor=None
    )


def test_a_policy_is_added_with_its_event(project: Project) -> None:
    lead = make_member(project, Role.LEAD)
    policy = create_policy(project=project, slug="", title="Über Größen", body=" x ", actor=lead)
    assert (policy.slug, policy.body) == ("uber-groen", "x")
    event = ProjectEvent.objects.latest("pk")
    assert (event.action, event.actor, event.after) == ("create_policy", lead, "uber-groen")


@pytest.mark.parametrize(
    ("slug", "title", "sentence"),
    [
        ("Not A Slug", "T", "cannot be"),
        ("new", "T", "cannot be"),
        ("", "!", "cannot be"),
        ("refund-window", "T", "already"),
        ("ok", " ", "title"),
    ],
)
def test_a_policy_without_a_valid_name_is_rejected(
    project: Project, slug: str, title: str, sentence: str
) -> None:
    make_policy(project)
    with pytest.raises(InvalidInput, match=sentence):
        create_policy(project=project, slug=slug, title=title, body="", actor=None)
    assert Policy.objects.count() == 1


def test_reviewers_read_policies_but_do_not_write_them(project: Project) -> None:
    policy, reviewer = make_policy(project), make_member(project, Role.REVIEWER)
    with pytest.raises(PermissionDeniedError):
        create_policy(project=project, slug="x", title="X", body="", actor=reviewer)
    with pytest.raises(PermissionDeniedError):
        edit_policy(policy_id=policy.pk, title="X", body="", seen="30 days.", actor=reviewer)
    page = page_text(signed_in(reviewer).get(reverse("datasets:policies", args=[project.slug])))
    assert "Refund window" in page
    assert "New policy" not in page


def test_the_event_of_an_edit_has_the_previous_text(project: Project) -> None:
    policy, lead = make_policy(project), make_member(project, Role.LEAD)
    edit_policy(policy_id=policy.pk, title="Window", body="14 days.", seen="30 days.", actor=lead)
    event = ProjectEvent.objects.latest("pk")
    assert event.detail["before"] == {"title": "Refund window", "body": "30 days."}
    assert event.detail["after"] == {"title": "Window", "body": "14 days."}
    count = ProjectEvent.objects.count()
    edit_policy(policy_id=policy.pk, title="Window", body="14 days.", seen="14 days.", actor=lead)
    assert ProjectEvent.objects.count() == count


def test_an_edit_of_an_older_text_is_rejected(project: Project) -> None:
    policy, lead = make_policy(project), make_member(project, Role.LEAD)
    with pytest.raises(InvalidInput, match="This policy was changed"):
        edit_policy(policy_id=policy.pk, title="X", body="X", seen="older text", actor=lead)


def test_the_pages_add_show_and_edit(project: Project) -> None:
    client = signed_in(make_member(project, Role.ANNOTATOR))
    new = reverse("datasets:new_policy", args=[project.slug])
    assert "No policies yet" in page_text(
        client.get(reverse("datasets:policies", args=[project.slug]))
    )
    assert client.post(new, {"title": ""}).status_code == 422
    fields = {"title": "Refund window", "slug": "refund-window", "body": "30\r\ndays."}
    client.post(new, fields)
    make_example(project, content=make_content(policies=["refund-window"]))
    shown = client.get(reverse("datasets:policy", args=[project.slug, "refund-window"]))
    assert "1 example" in page_text(shown)
    edit = reverse("datasets:edit_policy", args=[project.slug, "refund-window"])
    assert client.get(edit).context["form"].initial["seen"] == "30\ndays."
    stale = {"title": "Refunds", "body": "14 days.", "seen": "other"}
    response = client.post(edit, stale)
    assert response.status_code == 422
    assert "14 days." in response.content.decode()
    client.post(edit, {**stale, "seen": "30\r\ndays."})
    assert Policy.objects.get().title == "Refunds"
    assert client.post(new, fields).status_code == 422
