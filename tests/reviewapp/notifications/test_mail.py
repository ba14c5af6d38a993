"""Mail about notifications: who gets it and when, its language, retries, the link that ends it."""

import smtplib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from reviewapp.jobs.models import JobState
from reviewapp.notifications.actions import mailing
from reviewapp.notifications.models import MailJob, MailMode, Notification
from reviewapp.people.models import Project, Role, User
from tests.datasets.curation.pages import page_text, signed_in
from tests.factories.people import make_member, make_project
from tests.reviewapp.notifications.test_inbox import fail

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def server(settings: Any) -> None:
    settings.EMAIL_HOST, settings.PUBLIC_URL = "mail.example.com", "https://t.example.com"


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def member(project: Project) -> User:
    return make_member(project, Role.ANNOTATOR, name="Giulia")


def want(user: User, mode: MailMode = MailMode.AT_ONCE) -> None:
    mailing.set_mail_mode(user=user, mode=mode)


def run_due() -> MailJob:
    job = MailJob.objects.latest("pk")
    MailJob.objects.update(run_after=None)
    mailing.send_mail_of(job.pk)
    job.refresh_from_db()
    return job


def test_nobody_gets_mail_unasked_or_without_a_server(
    project: Project, member: User, settings: Any
) -> None:
    fail(project, member)
    settings.PUBLIC_URL = ""
    want(member)
    assert not MailJob.objects.exists()


def test_what_is_unread_goes_into_one_mail_in_the_users_language(
    project: Project, member: User
) -> None:
    User.objects.filter(pk=member.pk).update(language="de")
    want(member)
    fail(project, member)
    fail(make_project_of(member), member)
    assert MailJob.objects.count() == 1
    assert run_due().state == JobState.DONE
    [sent] = mail.outbox
    assert sent.to == [member.email]
    assert "Hallo Giulia" in sent.body
    assert f"https://t.example.com/p/{project.slug}/import/3/" in sent.body
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert not Notification.objects.filter(mailed_at=None).exists()
    mailing.send_mail_of(MailJob.objects.get().pk)
    assert len(mail.outbox) == 1


def make_project_of(user: User) -> Project:
    project = make_project()
    project.memberships.create(user=user, role=Role.ANNOTATOR)
    return project


def test_what_was_read_or_may_no_longer_be_seen_is_not_mailed(
    project: Project, member: User
) -> None:
    want(member)
    fail(project, member)
    project.memberships.filter(user=member).delete()
    assert (run_due().state, mail.outbox) == (JobState.DONE, [])


def test_a_mail_that_the_server_does_not_take_is_sent_again(
    project: Project, member: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    want(member)
    fail(project, member)

    def refuse(*_arguments: Any, **_more: Any) -> int:
        raise smtplib.SMTPServerDisconnected

    with monkeypatch.context() as patched:
        patched.setattr("django.core.mail.EmailMessage.send", refuse)
        job = run_due()
    assert (job.state, job.error_code) == (JobState.WAITING, "SMTPServerDisconnected")
    assert job.run_after is not None
    assert job.run_after > timezone.now()
    run_due()
    assert len(mail.outbox) == 1


def test_a_digest_waits_for_the_hour() -> None:
    early, late = datetime(2026, 5, 3, 2, tzinfo=UTC), datetime(2026, 5, 3, 9, tzinfo=UTC)
    assert mailing.next_digest(early) == datetime(2026, 5, 3, 6, tzinfo=UTC)
    assert mailing.next_digest(late) - late == timedelta(hours=21)


def test_the_link_of_a_mail_ends_it_without_sign_in(project: Project, member: User) -> None:
    want(member, MailMode.DAILY)
    fail(project, member)
    client = Client(enforce_csrf_checks=True)
    url = reverse("unsubscribe", args=[mailing.unsubscribe_token(member)])
    assert member.email in page_text(client.get(url))
    assert MailJob.objects.exists()
    assert client.post(url, {"List-Unsubscribe": "One-Click"}).status_code == 200
    member.mail_setting.refresh_from_db()
    assert member.mail_setting.mode == MailMode.OFF
    assert not MailJob.objects.exists()
    assert client.get(reverse("unsubscribe", args=["x:y"])).status_code == 404


def test_the_page_stores_the_choice(member: User) -> None:
    client = signed_in(member)
    assert client.post(reverse("choose_mail"), {"mode": "hourly"}).status_code == 422
    client.post(reverse("choose_mail"), {"mode": "daily"})
    assert member.mail_setting.mode == MailMode.DAILY
