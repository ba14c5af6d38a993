"""Comments, notifications, mail and webhooks tell reviewers of an open run no model either."""

from email import message_from_bytes, policy
from http import HTTPStatus
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client

from datasets.comments import actions as comments
from datasets.comments.models import Thread, ThreadSource
from evaluation.results.actions import closing
from evaluation.voting.models import Lease
from reviewapp.notifications.actions import mailing
from reviewapp.notifications.models import MailJob, MailMode, Notification
from reviewapp.people.actions.members import create_token
from reviewapp.people.models import Role, User
from reviewapp.webhooks.actions.settings import create_webhook
from reviewapp.webhooks.events import body_of, kinds_with_events
from reviewapp.webhooks.models import BodyFormat, Delivery
from tests.datasets.comments.talk import comment_on
from tests.evaluation.notices.test_notices import decide
from tests.evaluation.voting.test_blindness import (
    EXAMPLES,
    TELLTALES,
    Listener,
    assert_blind,
    ids_in,
    make_telling_run,
)
from tests.factories.people import make_member
from tests.factories.versions import ProjectWithMembers

pytestmark = pytest.mark.django_db
NOTE, QUESTION = "The question is cut off", "which word is missing?"
UNSEEN = "told-in-a-thread-of-what-is-compared"


class Talk:
    """Rhea votes and annotates; others talk with her about an example that she reports.

    She is also mentioned, and answered, in a thread of an example that she still compares. Noor
    only votes, and reads German. Both want mail, and two webhooks want every event.
    """

    def __init__(self) -> None:
        self.house = ProjectWithMembers()
        project = self.house.project
        examples = self.house.many(EXAMPLES)
        self.compared = examples[0]
        self.rhea = make_member(project, Role.REVIEWER, Role.ANNOTATOR, name="Rhea")
        self.noor = make_member(project, Role.REVIEWER, name="Noor")
        User.objects.filter(pk=self.noor.pk).update(language="de")
        for body_format in BodyFormat.values:
            create_webhook(
                project=project,
                url="https://hooks.example.com",
                events=list(kinds_with_events()),
                body_format=body_format,
                actor=self.house.lead,
            )
        for person in (self.rhea, self.noor):
            mailing.set_mail_mode(user=person, mode=MailMode.AT_ONCE)
        self.early = comment_on(self.compared, self.house.author, f"@Rhea, {UNSEEN}").thread
        comments.reply(thread_id=self.early.pk, actor=self.rhea, body="Yes.")
        revisions = [example.latest_revision for example in examples]
        self.run = make_telling_run(project, [self.rhea, self.noor], revisions=revisions)

    def listener(self, user: User) -> Listener:
        """Return the browser of a user."""
        client = Client()
        client.force_login(user)
        return Listener(client, self.run)

    def script(self, user: User) -> Listener:
        """Return the script of a user, with a token of all scopes."""
        token = create_token(user=user).secret
        return Listener(Client(headers={"Authorization": f"Bearer {token}"}), self.run)

    def report(self, listener: Listener) -> Thread:
        """Let Rhea report an example, and others talk with her about it; return the thread."""
        ids = ids_in(listener.get(listener.page).content.decode())
        held = Lease.objects.filter(public_id__in=ids)
        lease = held.exclude(comparison__revision__example=self.compared).earliest("pk")
        listener.post_json("broken", lease=str(lease.public_id), note=NOTE)
        thread = Thread.objects.get(source=ThreadSource.BROKEN)
        author, example = self.house.author, thread.example
        comments.reply(thread_id=thread.pk, actor=author, body=f"@Rhea, {QUESTION}")
        comment_on(example, author, "@Rhea", message=3, quote="My orders", replacement="Orders")
        comments.reply(thread_id=self.early.pk, actor=author, body=f"So {UNSEEN}.")
        decide(self.run)
        return thread

    def numbers_of(self, user: User) -> list[int]:
        """Return the ids of a user's notifications."""
        return list(user.notifications.order_by("pk").values_list("pk", flat=True))


@pytest.fixture
def talk(settings: Any) -> Talk:
    settings.EMAIL_HOST, settings.PUBLIC_URL = "mail.example.com", "https://t.example.com"
    return Talk()


def assert_told_nothing(received: list[str], *, at_least: int) -> None:
    assert_blind(received, at_least=at_least)
    assert UNSEEN not in "\n".join(received)


def walk_the_inbox(listener: Listener, numbers: list[int]) -> list[int]:
    """Open every notification and what it is about; return the status of each page."""
    assert listener.get("/notifications/").status_code == HTTPStatus.OK
    opened = [listener.send(f"/notifications/{number}/open/") for number in numbers]
    return [listener.get(answer["Location"]).status_code for answer in opened]


def walk_the_threads(listener: Listener, thread: Thread) -> None:
    """Read, answer, resolve and reopen on the page of an example, with scripts and without."""
    page = f"{listener.project}examples/{thread.example_id}/"
    shown = listener.get(page).content.decode()
    assert (NOTE in shown, QUESTION in shown) == (True, True)
    listener.get(f"{page}mentionable/")
    for is_partial in (True, False):
        for verb in ("reply", "resolve", "reopen"):
            fields = {"body": "The last one."} if verb == "reply" else {}
            act = f"{page}threads/{thread.pk}/{verb}/"
            assert listener.send(act, is_partial=is_partial, **fields).status_code < 400
        refused = listener.send(f"{page}threads/", is_partial=is_partial, base_number=1, body="")
        assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    last = thread.comments.latest("pk").pk
    assert (
        listener.send(f"{page}threads/read/", is_partial=True, last_comment=last).status_code < 400
    )
    listener.get(listener.project)
    listener.get(f"{listener.project}examples/?talk=open")
    assert QUESTION in listener.get(f"{listener.project}mentions/").content.decode()


def test_the_pages_of_threads_and_of_the_inbox_are_blind(talk: Talk) -> None:
    listener = talk.listener(talk.rhea)
    thread = talk.report(listener)
    numbers = talk.numbers_of(talk.rhea)
    kinds = Notification.objects.filter(pk__in=numbers).values_list("kind", flat=True)
    assert set(kinds) == {"mentioned", "replied", "votes_needed"}
    # What she hears of the example that she compares leads to a page that she may not open.
    assert set(walk_the_inbox(listener, numbers)) == {HTTPStatus.OK, HTTPStatus.FORBIDDEN}
    walk_the_threads(listener, thread)
    refused = listener.send(
        f"{listener.project}examples/{talk.compared.pk}/threads/{talk.early.pk}/reply/", body="So?"
    )
    assert refused.status_code == HTTPStatus.FORBIDDEN
    assert_told_nothing(listener.received, at_least=50_000)
    noor = talk.listener(talk.noor)
    assert walk_the_inbox(noor, talk.numbers_of(talk.noor)) == [HTTPStatus.OK]
    assert_told_nothing(noor.received, at_least=10_000)
    # What is searched for is there for a lead, and for her when the run is closed.
    inbox = talk.listener(talk.house.lead).get("/notifications/").content.decode()
    assert [word for word in TELLTALES if word in inbox] == [talk.run.name]
    closing.close_run(run_id=talk.run.pk, actor=None)
    assert UNSEEN in listener.get(f"{listener.project}mentions/").content.decode()


def test_the_api_of_threads_and_notifications_is_blind(talk: Talk) -> None:
    script = talk.script(talk.rhea)
    thread = talk.report(talk.listener(talk.rhea))
    project = f"projects/{talk.run.project.slug}"
    threads = f"{project}/examples/{thread.example_id}/threads"
    shown = script.get(f"/api/v1/{threads}").json()["items"]
    assert {listed["source"] for listed in shown} == {"broken", "member"}
    script.call(f"{threads}/{thread.pk}/comments", {"text": "The last one."})
    script.call(f"{threads}/{thread.pk}/comments", {"text": ""})  # refused
    script.call(f"{threads}/{thread.pk}/resolve")
    script.call(f"{threads}/{thread.pk}/reopen")
    last = thread.comments.latest("pk").pk
    script.call(f"{threads}/read", {"last_comment": last})
    mentions = script.get(f"/api/v1/{project}/mentions").json()["items"]
    assert [mention["example"] for mention in mentions] == [thread.example_id] * 2
    assert len(script.get(f"/api/v1/{project}/suggestions").json()["items"]) == 1
    told = script.get("/api/v1/notifications").json()["items"]
    assert {row["kind"] for row in told} == {"mentioned", "replied", "votes_needed"}
    script.call("notifications/read", {})
    hidden = script.get(f"/api/v1/{project}/examples/{talk.compared.pk}/threads")
    assert hidden.status_code == HTTPStatus.FORBIDDEN
    noor = talk.script(talk.noor)
    [needed] = noor.get("/api/v1/notifications").json()["items"]
    assert needed["kind"] == "votes_needed"
    assert_told_nothing([*script.received, *noor.received], at_least=5_000)


def text_of(sent: EmailMessage) -> str:
    """Return the headers and the text of a mail, decoded from what is sent."""
    parsed = message_from_bytes(sent.message().as_bytes(), policy=policy.default)
    head = "\n".join(f"{name}: {value}" for name, value in parsed.items())
    return f"{head}\n{parsed.get_content()}"


def test_mail_and_webhooks_of_an_open_run_are_blind(talk: Talk) -> None:
    talk.report(talk.listener(talk.rhea))
    MailJob.objects.update(run_after=None)
    for job in MailJob.objects.order_by("pk"):
        mailing.send_mail_of(job.pk)
    mails = {sent.to[0]: text_of(sent) for sent in mail.outbox}
    assert mails.keys() == {talk.rhea.email, talk.noor.email}
    assert f"„Lauf {talk.run.pk}“ braucht Ihre Stimmen." in mails[talk.noor.email]
    about = [mails[talk.rhea.email].count(act) for act in ("mentioned you", "answered in a thread")]
    assert about == [2, 1]
    sent = Delivery.objects.select_related("webhook__created_by").order_by("pk")
    events = {"comment.mentioned", "comment.replied", "run.needs_votes", "run.gate_crossed"}
    assert {delivery.event for delivery in sent} == events
    bodies = [body_of(delivery).decode() for delivery in sent]
    assert_told_nothing([*mails.values(), *bodies], at_least=2_000)
