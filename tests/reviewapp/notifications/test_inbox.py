"""The inbox: who is notified, what is merged, what is read, what disappears."""

from typing import Any

import pytest
from django.urls import resolve, reverse

from datasets.notices.kinds import ASSIGNED, IMPORT_FAILED
from reviewapp.notifications.actions.notifying import Notice, notify
from reviewapp.notifications.kinds import KINDS
from reviewapp.notifications.models import Notification
from reviewapp.notifications.signals import noticed
from reviewapp.people.actions import members
from reviewapp.people.models import Project, Role, User
from tests.datasets.curation.pages import page_text, signed_in
from tests.factories.people import make_member, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def lead(project: Project) -> User:
    return make_member(project, Role.LEAD, name="Lena")


def send(project: Project, actor: User | None, *recipients: User, **more: Any) -> None:
    params = {"count": 1, "example": 7, "actor": str(actor)}
    notify(Notice(ASSIGNED.code, project, params, actor, **more), [user.pk for user in recipients])


def fail(project: Project, *recipients: User) -> None:
    params = {"batch": 3, "file": "rows.csv"}
    notice = Notice(IMPORT_FAILED.code, project, params, subject="import-3")
    notify(notice, [user.pk for user in recipients])


def test_only_other_active_members_are_notified(project: Project, lead: User) -> None:
    gone = make_member(project, Role.ANNOTATOR)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    member = make_member(project, Role.REVIEWER)
    send(project, lead, lead, gone, make_user(), member)
    assert [row.user for row in Notification.objects.all()] == [member]


def test_one_subject_is_told_once_and_repeated_acts_are_merged(
    project: Project, lead: User
) -> None:
    member = make_member(project, Role.ANNOTATOR)
    for _ in range(2):
        fail(project, member)
        send(project, lead, member)
    merged = Notification.objects.get(kind=ASSIGNED.code)
    assert merged.text.params["count"] == 2
    assert Notification.objects.count() == 2
    Notification.objects.update(read_at=merged.created_at)
    send(project, lead, member)
    assert Notification.objects.unread().get().text.params["count"] == 1


def test_each_event_is_sent_on_even_if_nobody_is_notified(project: Project, lead: User) -> None:
    seen: list[Notice] = []

    def receiver(*, notice: Notice, **_more: Any) -> None:
        seen.append(notice)

    noticed.connect(receiver)
    send(project, lead)
    noticed.disconnect(receiver)
    assert [notice.kind for notice in seen] == [ASSIGNED.code]


def test_the_page_shows_opens_and_reads(project: Project, lead: User) -> None:
    member = make_member(project, Role.ANNOTATOR)
    fail(project, member)
    send(project, lead, member)
    client = signed_in(member)
    home = client.get(reverse("project_home", args=[project.slug]))
    assert "2 unread" in page_text(home)
    page = page_text(client.get(reverse("notifications")))
    assert "Lena assigned 1 example to you." in page
    row = Notification.objects.get(kind=ASSIGNED.code)
    opened = client.post(reverse("open_notification", args=[row.pk]))
    assert opened["Location"] == reverse("datasets:example", args=[project.slug, 7])
    assert Notification.objects.unread().count() == 1
    other = signed_in(lead).post(reverse("open_notification", args=[row.pk]))
    assert other.status_code == 404
    client.post(reverse("read_notifications"))
    assert not Notification.objects.unread().exists()


def test_who_leaves_a_project_sees_its_notifications_no_more(project: Project, lead: User) -> None:
    member = make_member(project, Role.ANNOTATOR)
    fail(project, member)
    members.remove_member(project=project, user=member, role=Role.ANNOTATOR, actor=lead, reason="")
    assert not Notification.objects.exists()


def test_every_kind_links_to_a_page_of_its_project() -> None:
    """A link to a page that is gone would break the inbox, mail and webhooks."""
    names = ("example", "batch", "run", "promotion", "training", "webhook")
    for count in (1, 2):
        params = {"count": count, **dict.fromkeys(names, 7)}
        for kind in KINDS.values():
            assert resolve(kind.link("aurora", params).partition("?")[0]).kwargs["slug"] == "aurora"
