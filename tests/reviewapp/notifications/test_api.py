"""Scripts read their user's inbox, of the kinds of their scopes alone, and set the mail."""

from typing import Any

import pytest
from django.test import Client

from evaluation.notices.kinds import TRAINING_ENDED
from reviewapp.notifications.actions.notifying import Notice, notify
from reviewapp.notifications.models import MailMode, MailSetting, Notification
from reviewapp.people.actions.members import create_token
from reviewapp.people.models import Project, Role, Scope, User
from tests.factories.people import make_member, make_project
from tests.reviewapp.notifications.test_inbox import fail

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/notifications"
NOTICES = Scope.NOTIFICATIONS


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def lead(project: Project) -> User:
    """A lead with a notification of an import and one of a training."""
    lead = make_member(project, Role.LEAD)
    fail(project, lead)
    params = {"training": 3, "stage": "failed"}
    notify(Notice(TRAINING_ENDED.code, project, params), [lead.pk])
    return lead


def client_of(user: User, *scopes: Scope) -> Client:
    token = create_token(user=user, scopes=scopes).secret
    return Client(headers={"Authorization": f"Bearer {token}"})


def listed(client: Client, query: str = "") -> list[str]:
    return [row["kind"] for row in client.get(f"{ADDRESS}{query}").json()["items"]]


def read(client: Client, **body: Any) -> int:
    answer = client.post(f"{ADDRESS}/read", body, "application/json")
    return int(answer.json()["read"])


def test_a_token_reads_and_marks_only_what_its_other_scopes_are_for(
    project: Project, lead: User
) -> None:
    examples = client_of(lead, NOTICES, Scope.EXAMPLES)
    everything = client_of(lead, *Scope)
    assert client_of(lead, Scope.EXAMPLES).get(ADDRESS).status_code == 403
    assert listed(client_of(lead, NOTICES)) == []
    assert listed(examples) == ["import_failed"]
    assert listed(everything) == ["training_ended", "import_failed"]
    training = Notification.objects.get(kind="training_ended").pk
    assert [read(examples, ids=[training]), read(examples), read(examples)] == [0, 1, 0]
    assert listed(everything, "?unread=true") == ["training_ended"]
    project.memberships.filter(user=lead).delete()
    assert listed(everything) == []


def test_nobody_reads_or_marks_the_notifications_of_others(project: Project, lead: User) -> None:
    other = client_of(make_member(project, Role.LEAD), *Scope)
    everyone = list(Notification.objects.values_list("pk", flat=True))
    assert (listed(other), read(other), read(other, ids=everyone)) == ([], 0, 0)
    assert Notification.objects.unread().count() == 2


def test_unread_ones_come_first_over_pages(lead: User) -> None:
    client = client_of(lead, *Scope)
    newest = client.get(ADDRESS).json()["items"][0]
    assert (newest["text"], newest["is_read"]) == ("Training 3 has failed.", False)
    assert read(client, ids=[newest["id"]]) == 1
    first = client.get(f"{ADDRESS}?limit=1").json()
    second = client.get(f"{ADDRESS}?limit=1&cursor={first['next']}").json()
    assert [row["kind"] for row in first["items"]] == ["import_failed"]
    assert [row["kind"] for row in second["items"]] == ["training_ended"]
    assert (second["items"][0]["is_read"], second["next"]) == (True, None)
    assert client.get(f"{ADDRESS}?cursor=2-x").status_code == 422


def test_mail_is_read_and_chosen(lead: User) -> None:
    client, address = client_of(lead, NOTICES), f"{ADDRESS}/preferences"
    assert client.get(address).json() == {"mail": "off", "has_mail": False}
    chosen = client.put(address, {"mail": "daily"}, "application/json")
    assert chosen.json()["mail"] == "daily"
    assert MailSetting.objects.get(user=lead).mode == MailMode.DAILY
    assert client.put(address, {"mail": "hourly"}, "application/json").status_code == 422
