"""Leads manage webhooks on pages and by the API; a secret is shown once."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from reviewapp.core.errors import DomainError, InvalidInput
from reviewapp.people.actions.members import create_token
from reviewapp.people.models import IdempotencyKey, Project, ProjectEvent, Role, Scope, User
from reviewapp.webhooks.actions import queueing
from reviewapp.webhooks.actions import settings as webhooks
from reviewapp.webhooks.models import Delivery, Webhook
from reviewapp.webhooks.signatures import secret_of
from tests.datasets.curation.pages import page_text, signed_in
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db

SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]+")
FIELDS: dict[str, Any] = {
    "url": "https://hooks.example.com/T0/secret-part",
    "events": ["import.failed"],
}


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def lead(project: Project) -> User:
    return make_member(project, Role.LEAD)


def made(project: Project, lead: User) -> Webhook:
    created = webhooks.create_webhook(project=project, actor=lead, body_format="event", **FIELDS)
    return created.webhook


def test_a_lead_creates_tests_rotates_and_deletes_one_on_its_pages(
    project: Project, lead: User
) -> None:
    client, address = signed_in(lead), reverse("webhooks", args=[project.slug])
    answer = client.post(address, {**FIELDS, "url": "https://10.0.0.7/", "body_format": "event"})
    assert answer.status_code == 422
    assert "WEBHOOK_PRIVATE_HOSTS" in page_text(answer)
    shown = page_text(client.post(address, {**FIELDS, "body_format": "event"}))
    webhook = Webhook.objects.get()
    assert SECRET.findall(shown) == [secret_of(webhook)]

    def to(name: str, *more: int) -> str:
        return reverse(name, args=[project.slug, webhook.pk, *more])

    assert not SECRET.search(page_text(client.get(to("webhook"))))
    client.post(to("test_webhook"))
    delivery = Delivery.objects.get()
    assert "webhook.test" in page_text(client.get(to("webhook")))
    client.post(to("resend_webhook", delivery.pk))
    rotated = SECRET.findall(page_text(client.post(to("rotate_webhook_secret"))))
    webhook.refresh_from_db()
    assert rotated == [secret_of(webhook)]
    client.post(to("webhook"), {**FIELDS, "body_format": "chat"})
    webhook.refresh_from_db()
    assert (webhook.body_format, webhook.is_on) == ("chat", False)
    client.post(to("delete_webhook"))
    events = ProjectEvent.objects.filter(detail__has_key="webhook").order_by("pk")
    assert list(events.values_list("action", flat=True)) == [
        *("create_webhook", "test_webhook", "resend_webhook", "rotate_webhook_secret"),
        *("change_webhook", "delete_webhook"),
    ]
    assert "secret-part" not in str(list(events.values()))
    trail = page_text(client.get(reverse("audit", args=[project.slug])))
    assert f"webhook {webhook.pk}, hooks.example.com" in trail


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://hooks.example.com/", "https://", "hooks.example.com", "https://a b.example/"),
        *("http://hooks.example.com/", "https://me:word@hooks.example.com/", "https://x:99999/"),
        *("https://localhost/", "https://127.0.0.1/", "https://[::1]/", "https://192.168.1.5/"),
        *("https://169.254.169.254/", "https://[::ffff:10.0.0.1]/", "https://h.example/?\u20ac"),
    ],
)
def test_an_address_that_is_not_public_and_encrypted_is_rejected(
    project: Project, lead: User, url: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        webhooks.create_webhook(
            project=project, actor=lead, body_format="event", **{**FIELDS, "url": url}
        )
    assert caught.value.field == "url"


def test_link_local_addresses_stay_forbidden_where_the_operator_lists_them(
    project: Project, lead: User, settings: Any
) -> None:
    settings.WEBHOOK_PRIVATE_HOSTS = ["169.254.169.254", "127.0.0.1"]
    fields = {**FIELDS, "url": "http://169.254.169.254/"}
    with pytest.raises(InvalidInput):
        webhooks.create_webhook(project=project, actor=lead, body_format="event", **fields)
    fields["url"] = "http://127.0.0.1:9/"
    webhooks.create_webhook(project=project, actor=lead, body_format="event", **fields)


def test_nothing_is_sent_to_one_that_is_off(project: Project, lead: User) -> None:
    webhook = made(project, lead)
    delivery = queueing.send_test(webhook_id=webhook.pk, actor=lead)
    webhooks.change_webhook(
        webhook_id=webhook.pk, actor=lead, body_format="event", is_on=False, **FIELDS
    )
    delivery.refresh_from_db()
    assert delivery.error_code == "cancelled"
    with pytest.raises(DomainError):
        queueing.resend(delivery=delivery, actor=lead)
    with pytest.raises(DomainError):
        queueing.send_test(webhook_id=webhook.pk, actor=lead)


def test_scripts_manage_them_and_get_a_secret_once(project: Project, lead: User) -> None:
    token = create_token(user=lead, scopes=[Scope.MANAGE]).secret
    client = Client(headers={"Authorization": f"Bearer {token}"})
    address = f"/api/v1/projects/{project.slug}/webhooks"

    def send(method: str, path: str = "", **body: Any) -> Any:
        send_it = getattr(client, method)
        return send_it(
            f"{address}{path}",
            body,
            "application/json",
            headers={"Idempotency-Key": f"{method}{path}"},
        )

    created = send("post", **FIELDS)
    webhook = Webhook.objects.get()
    assert (created.status_code, created.json()["secret"]) == (201, secret_of(webhook))
    assert send("post", **FIELDS).json()["secret"] is None
    assert "whsec_" not in str(list(IdempotencyKey.objects.values()))
    path = f"/{webhook.pk}"
    assert send("patch", path, body_format="chat").json()["events"] == FIELDS["events"]
    assert send("post", f"{path}/secret").json()["secret"] != created.json()["secret"]
    tested = send("post", f"{path}/test").json()
    assert tested["type"] == "webhook.test"
    assert send("post", f"{path}/deliveries/{tested['id']}/again").status_code == 202
    listed = client.get(f"{address}{path}/deliveries").json()
    assert [row["webhook_id"] for row in listed["items"]] == [tested["webhook_id"]]
    assert len(client.get(address).json()["items"]) == 1
    assert "secret" not in client.get(address).json()["items"][0]
    assert send("delete", path).status_code == 204
    assert not Webhook.objects.exists()
    annotator = make_member(project, Role.ANNOTATOR)
    other = create_token(user=annotator).secret
    answer = Client().get(address, headers={"Authorization": f"Bearer {other}"})
    assert answer.status_code == 403
