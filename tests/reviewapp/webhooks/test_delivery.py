"""Deliveries to a real server: signatures, tries, what is given up, what is sent again."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from datasets.notices.kinds import IMPORT_FAILED
from reviewapp.jobs.actions import release_lost_jobs
from reviewapp.jobs.models import JobState
from reviewapp.notifications.actions.notifying import Notice, notify
from reviewapp.notifications.models import Notification
from reviewapp.people.models import Project, ProjectEvent, Role, User
from reviewapp.webhooks.actions import delivering, queueing
from reviewapp.webhooks.actions import settings as webhooks
from reviewapp.webhooks.actions.settings import NewSecret
from reviewapp.webhooks.models import WAITS, BodyFormat, Delivery, Webhook
from tests.factories.people import make_member, make_project
from tests.killing import kill_when
from tests.webhook_receiver import Received, Receiver, receiver

pytestmark = pytest.mark.django_db

DOCS = Path(__file__).parents[3] / "docs" / "webhooks.md"
# Beyond the limit of a call: the first one reads the certificates, on a busy machine.
SLACK = 20.0
Verify = Callable[[str, dict[str, str], bytes], bool]


@pytest.fixture(scope="module")
def running() -> Iterator[Receiver]:
    with receiver() as started:
        yield started


@pytest.fixture(autouse=True)
def installation(settings: Any) -> None:
    settings.WEBHOOK_PRIVATE_HOSTS = ["127.0.0.1"]
    settings.PUBLIC_URL = "https://t.example.com"


@pytest.fixture
def lead() -> User:
    return make_member(make_project(), Role.LEAD, name="Lena")


@pytest.fixture(scope="module")
def is_genuine() -> Verify:
    """The example of the documentation, which no code of the app computes."""
    [code] = re.findall(r"```python\n(.*?)```", DOCS.read_text(), flags=re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - our own documentation.
    found: Verify = names["is_genuine"]
    return found


def project_of(lead: User) -> Project:
    return Project.objects.get(memberships__user=lead)


def hook(lead: User, url: str, *, events: Any = None, **more: Any) -> NewSecret:
    given = {"body_format": BodyFormat.EVENT, "events": events or [IMPORT_FAILED.event], **more}
    return webhooks.create_webhook(project=project_of(lead), url=url, actor=lead, **given)


def fail_import(lead: User, number: int = 3) -> Delivery:
    params = {"batch": number, "file": "secret names.csv"}
    subject, public = f"import-{number}", {"import": number}
    notice = Notice(IMPORT_FAILED.code, project_of(lead), params, subject=subject, public=public)
    notify(notice, [])
    return Delivery.objects.latest("pk")


def deliver(delivery: Delivery) -> Delivery:
    Delivery.objects.filter(pk=delivery.pk).update(run_after=None)
    delivering.deliver(delivery.pk)
    delivery.refresh_from_db()
    return delivery


def last(running: Receiver) -> Received:
    return running.requests[-1]


def test_an_event_is_signed_and_holds_codes_and_addresses_only(
    running: Receiver, lead: User, is_genuine: Verify
) -> None:
    made = hook(lead, running.url("200"))
    delivery = deliver(fail_import(lead))
    assert (delivery.state, delivery.status_code, delivery.attempts) == (JobState.DONE, 200, 1)
    got, slug = last(running), project_of(lead).slug
    assert is_genuine(made.secret, got.headers, got.body)
    assert not is_genuine(made.secret, got.headers, got.body + b" ")
    assert not is_genuine("whsec_AAAA", got.headers, got.body)
    page = f"https://t.example.com/p/{slug}/import/3/"
    assert got.event["type"] == "import.failed"
    assert got.event["data"] == {"project": slug, "import": 3, "url": page}
    assert b"secret names" not in got.body
    stored = str(Webhook.objects.values().get()) + str(ProjectEvent.objects.values_list("detail"))
    assert made.secret not in stored
    sent = len(running.requests)
    deliver(delivery)
    fail_import(lead)
    assert (len(running.requests), Delivery.objects.count()) == (sent, 1)


def test_chat_gets_one_line_in_the_language_of_who_set_it_up(running: Receiver, lead: User) -> None:
    User.objects.filter(pk=lead.pk).update(language="de")
    lead.refresh_from_db()
    hook(lead, running.url("200"), body_format=BodyFormat.CHAT)
    deliver(fail_import(lead))
    assert list(last(running).event) == ["text"]
    assert "Ein Import ist fehlgeschlagen" in last(running).event["text"]


def test_for_a_day_after_a_rotation_both_secrets_verify(
    running: Receiver, lead: User, is_genuine: Verify
) -> None:
    old = hook(lead, running.url("200"))
    new = webhooks.rotate_secret(webhook_id=old.webhook.pk, actor=lead)
    deliver(fail_import(lead))
    both = last(running)
    Webhook.objects.update(former_until=timezone.now())
    deliver(fail_import(lead, 4))
    after_a_day = last(running)
    assert [is_genuine(made.secret, both.headers, both.body) for made in (old, new)] == [True] * 2
    assert [
        is_genuine(made.secret, after_a_day.headers, after_a_day.body) for made in (old, new)
    ] == [False, True]


def test_a_failure_is_tried_again_for_a_day_and_then_given_up(
    running: Receiver, lead: User
) -> None:
    hook(lead, running.url("500"))
    delivery, waited = fail_import(lead), timedelta()
    for _ in WAITS:
        deliver(delivery)
        assert delivery.state == JobState.WAITING
        assert delivery.run_after is not None
        waited += delivery.run_after - timezone.now()
    assert timedelta(hours=20) < waited < timedelta(hours=30)
    deliver(delivery)
    assert (delivery.state, delivery.error_code) == (JobState.FAILED, "status_500")
    ids = {got.headers["webhook-id"] for got in running.requests if got.path == "/500"}
    assert ids == {delivery.message_id}
    assert Notification.objects.get(user=lead).kind == "webhook_failed"
    Webhook.objects.update(url=running.url("200"))
    queueing.resend(delivery=delivery, actor=lead)
    deliver(delivery)
    assert (delivery.state, delivery.attempts) == (JobState.DONE, 1)
    assert last(running).headers["webhook-id"] == delivery.message_id
    assert Webhook.objects.get().failing_since is None


def test_an_address_that_is_gone_is_switched_off(running: Receiver, lead: User) -> None:
    made = hook(lead, running.url("410"))
    first, second = fail_import(lead), fail_import(lead, 4)
    deliver(first)
    second.refresh_from_db()
    made.webhook.refresh_from_db()
    assert (made.webhook.is_on, made.webhook.off_reason) == (False, "gone")
    assert [first.state, second.state] == [JobState.FAILED] * 2
    assert ProjectEvent.objects.filter(action="switch_off_webhook", actor=None).count() == 1
    count = Delivery.objects.count()
    fail_import(lead, 5)
    assert Delivery.objects.count() == count


@pytest.mark.parametrize(
    ("path", "state", "code"),
    [
        ("slow", JobState.DONE, ""),
        ("huge", JobState.DONE, ""),
        ("drip", JobState.WAITING, "timeout"),
        ("302", JobState.WAITING, "status_302"),
    ],
)
def test_only_the_status_is_waited_for_and_no_redirect_is_followed(
    running: Receiver,
    lead: User,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    state: JobState,
    code: str,
) -> None:
    monkeypatch.setattr(delivering, "MAX_SECONDS", 0.5)
    hook(lead, running.url(path))
    sent, began = len(running.requests), time.monotonic()
    delivery = deliver(fail_import(lead))
    assert time.monotonic() - began < SLACK
    assert (delivery.state, delivery.error_code) == (state, code)
    assert len(running.requests) == sent + 1


def test_an_address_that_is_not_allowed_any_more_is_not_called(
    running: Receiver, lead: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook(lead, running.url("200"))
    sent, settings.WEBHOOK_PRIVATE_HOSTS = len(running.requests), []
    assert deliver(fail_import(lead)).error_code == "url_refused"
    # A name may lead to a private address by the time of the call.
    Webhook.objects.update(url="https://hooks.example.com/x")
    found = [(2, 1, 6, "", ("127.0.0.1", 443))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_args, **_more: found)
    monkeypatch.setattr("reviewapp.core.outbound.transport.getproxies", dict)
    delivery = deliver(fail_import(lead, 4))
    assert (delivery.state, delivery.error_code) == (JobState.FAILED, "address_refused")
    assert len(running.requests) == sent


@pytest.mark.django_db(transaction=True)
def test_an_event_of_a_killed_worker_is_sent_again_with_the_same_id(lead: User) -> None:
    with receiver() as own:
        hook(lead, own.url("hang-once"))
        delivery = fail_import(lead)
        kill_when(lambda: delivering.deliver(delivery.pk), lambda: bool(own.requests))
        Delivery.objects.update(heartbeat_at=timezone.now() - timedelta(hours=1))
        release_lost_jobs(Delivery)
        deliver(delivery)
        first, second = own.requests
    assert (delivery.state, delivery.attempts) == (JobState.DONE, 2)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
