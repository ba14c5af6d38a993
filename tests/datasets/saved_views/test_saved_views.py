"""Saved views and columns of the queue: whose they are, who changes them, what opens."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from datasets.curation.columns import Column, every_column
from datasets.saved_views import actions
from datasets.saved_views.models import SavedView
from reviewapp.core.errors import InvalidInput, PermissionDeniedError
from reviewapp.people.actions import members
from reviewapp.people.models import Project, ProjectEvent, Role, User
from tests.datasets.curation.pages import signed_in
from tests.factories.examples import make_approved_example, make_content, make_example
from tests.factories.people import make_member, make_project, make_user

pytestmark = pytest.mark.django_db

GERMAN = "state=draft&language=de&sort=-age&columns=author,state"


@pytest.fixture
def project() -> Project:
    cache.clear()
    return make_project()


@pytest.fixture
def lead(project: Project) -> User:
    return make_member(project, Role.LEAD)


@pytest.fixture
def annotator(project: Project) -> User:
    return make_member(project, Role.ANNOTATOR, name="Ann")


def url(project: Project, name: str, *args: object) -> str:
    return reverse(f"datasets:{name}", args=[project.slug, *args])


def names_in_queue(user: User, project: Project) -> list[str]:
    context = signed_in(user).get(url(project, "queue"), {"show": "all"}).context
    return [shown.name for shown in context["saved_views"]]


def test_a_list_is_saved_opened_renamed_and_deleted(project: Project, annotator: User) -> None:
    make_example(project, author=annotator, content=make_content(language="de"))
    client = signed_in(annotator)
    page = client.get(url(project, "saved_views") + f"?{GERMAN}")
    query = page.context["form"].initial["query"]
    posted = {"name": " German  drafts ", "query": query}
    opened = client.post(url(project, "save_view"), posted, follow=True)
    assert [column.code for column in opened.context["columns"]] == ["state", "author"]
    assert [head.aria_sort for head in opened.context["heads"]] == ["", ""]
    (shown,) = opened.context["saved_views"]
    assert (shown.name, shown.is_current) == ("German drafts", True)
    assert "Ann" in opened.content.decode()
    view = SavedView.objects.get().pk
    client.post(url(project, "rename_view", view), {"name": "Mine"})
    assert names_in_queue(annotator, project) == ["Mine"]
    client.post(url(project, "delete_view", view))
    assert names_in_queue(annotator, project) == []
    assert not ProjectEvent.objects.filter(action__endswith="_view").exists()


def test_a_view_of_the_project_is_seen_by_all_and_changed_by_leads(
    project: Project, lead: User, annotator: User
) -> None:
    posted = {"name": "Overdue", "query": "due=overdue", "for_project": "on"}
    signed_in(lead).post(url(project, "save_view"), posted)
    view = SavedView.objects.get()
    assert names_in_queue(annotator, project) == ["Overdue"]
    client = signed_in(annotator)
    for name in ("rename_view", "delete_view", "set_default_view"):
        response = client.post(url(project, name, view.pk), {"name": "x", "is_default": "1"})
        assert response.status_code == 403
    client.post(url(project, "save_view"), {**posted, "name": "Own"})
    assert SavedView.objects.get(name="Own").owner == annotator
    actions.rename_view(view_id=view.pk, name="Late", actor=lead)
    actions.set_default_view(view_id=view.pk, is_default=True, actor=lead)
    actions.delete_view(view_id=view.pk, actor=lead)
    events = ProjectEvent.objects.filter(project=project, action__endswith="_view")
    assert [(event.action, event.before, event.after) for event in events.order_by("pk")] == [
        ("save_view", "", "Overdue"),
        ("rename_view", "Overdue", "Late"),
        ("set_default_view", "", "Late"),
        ("delete_view", "Late", ""),
    ]


def test_nobody_sees_or_changes_the_view_of_another_member(
    project: Project, lead: User, annotator: User
) -> None:
    view = actions.save_view(
        project=project, name="Mine", query="q=x", for_project=False, actor=annotator
    )
    assert names_in_queue(lead, project) == []
    assert signed_in(lead).post(url(project, "delete_view", view.pk)).status_code == 404
    with pytest.raises(PermissionDeniedError):
        actions.delete_view(view_id=view.pk, actor=lead)
    stranger = signed_in(make_user())
    assert stranger.get(url(project, "saved_views")).status_code == 404
    with pytest.raises(PermissionDeniedError):
        actions.save_view(project=project, name="All", query="", for_project=True, actor=annotator)


def test_the_queue_opens_with_ones_own_default_before_that_of_the_project(
    project: Project, lead: User, annotator: User
) -> None:
    for name, actor, for_project in (("All", lead, True), ("Own", annotator, False)):
        view = actions.save_view(
            project=project, name=name, query=f"tag={name}", for_project=for_project, actor=actor
        )
        actions.set_default_view(view_id=view.pk, is_default=True, actor=actor)
    queue = url(project, "queue")
    assert signed_in(lead).get(queue)["Location"] == f"{queue}?tag=All"
    client = signed_in(annotator)
    assert client.get(queue)["Location"] == f"{queue}?tag=Own"
    everything = client.get(f"{queue}?show=all")
    assert everything.context["tabs"][0].url == f"{queue}?show=all"
    assert f'href="{queue}?show=all"' in everything.content.decode()


@pytest.mark.parametrize(("name", "word"), [(" ", "name"), ("x" * 61, "60"), ("Same", "another")])
def test_a_wrong_name_is_explained(project: Project, lead: User, name: str, word: str) -> None:
    actions.save_view(project=project, name="Same", query="", for_project=True, actor=lead)
    with pytest.raises(InvalidInput, match=word):
        actions.save_view(project=project, name=name, query="", for_project=True, actor=lead)
    posted = {"name": name, "query": "tag=kept", "for_project": "on"}
    answer = signed_in(lead).post(url(project, "save_view"), posted)
    assert answer.status_code == 422
    assert "tag=kept" in answer.content.decode()


def test_columns_are_kept_for_each_member(project: Project, lead: User, annotator: User) -> None:
    example = make_approved_example(project, author=annotator)
    reviewer = example.latest_revision.reviews.get().reviewer
    client, queue = signed_in(lead), url(project, "queue")
    codes = [column.code for column in every_column()]
    posted = {"column": [*codes, "nonsense"], "query": "state=approved"}
    page = client.post(url(project, "choose_columns"), posted, follow=True)
    assert page.redirect_chain[-1][0] == f"{queue}?state=approved"
    assert [column.code for column in page.context["columns"]] == codes
    text = page.content.decode()
    assert "Ann" in text
    assert str(reviewer) in text
    default = {column.code for column in every_column() if column.is_default}
    assert {column.code for column in columns_of(signed_in(annotator), queue)} == default
    client.post(url(project, "choose_columns"), {"reset": "1", "column": codes, "query": ""})
    assert {column.code for column in columns_of(client, queue)} == default


def columns_of(client: Client, queue: str) -> list[Column]:
    found: list[Column] = client.get(f"{queue}?show=all").context["columns"]
    return found


def test_the_api_lists_the_views_of_the_project_and_ones_own(
    project: Project, lead: User, annotator: User
) -> None:
    for name, actor in (("B", annotator), ("A", annotator), ("Hidden", lead)):
        actions.save_view(project=project, name=name, query=GERMAN, for_project=False, actor=actor)
    actions.save_view(project=project, name="Z", query="", for_project=True, actor=lead)
    secret = members.create_token(user=annotator).secret
    address = f"/api/v1/projects/{project.slug}/views"
    found = Client().get(address, headers={"Authorization": f"Bearer {secret}"}).json()
    assert [(view["name"], view["for_project"]) for view in found] == [
        ("Z", True),
        ("A", False),
        ("B", False),
    ]


def test_the_page_says_which_list_is_saved_and_what_each_view_shows(
    project: Project, annotator: User
) -> None:
    query = (
        f"{GERMAN}&mine=assigned&author={annotator.pk}&q=where&findings=voice_length&due=overdue"
    )
    actions.save_view(project=project, name="Mine", query=query, for_project=False, actor=annotator)
    client = signed_in(annotator)
    page = client.get(url(project, "saved_views") + "?language=de,it&columns=state&assignee=99999")
    assert page.context["to_save"] == [
        ("Language", "German and Italian"),
        ("Assigned to", "a former member"),
        ("Order", "Number"),
        ("Columns", "State"),
    ]
    ((_view, parts),) = page.context["saved_views"]
    assert parts == [
        ("State", "Draft"),
        ("Examples", "Assigned to me"),
        ("Search", "where"),
        ("Language", "German"),
        ("Findings", "Of a voice rule"),
        ("Author", "Ann"),
        ("Due", "Overdue"),
        ("Order", "Age, oldest first"),
        ("Columns", "State and Author"),
    ]
    everything = client.get(url(project, "saved_views")).context["to_save"]
    assert everything[:2] == [("Examples", "All"), ("Order", "Number")]
