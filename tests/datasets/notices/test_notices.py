"""Notifications about examples and imports: each event has its recipients."""

from typing import Any

import pytest
from django.urls import reverse

from datasets.assignments import actions as assignments
from datasets.bulk.models import BulkKind
from datasets.comments import actions as comments
from datasets.comments.actions import Target
from datasets.comments.models import Comment
from datasets.curation.actions import reviews
from datasets.ingest.models import ImportBatch
from datasets.ingest.signals import import_failed
from reviewapp.core.texts import render
from reviewapp.notifications.models import Notification
from reviewapp.notifications.shown import shown
from reviewapp.people.models import Project, Role, User
from tests.datasets.bulk.test_bulk_actions import preview, run
from tests.factories.examples import make_example, make_example_in_review
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def lead(project: Project) -> User:
    return make_member(project, Role.LEAD, name="Lena")


@pytest.fixture
def giulia(project: Project) -> User:
    return make_member(project, Role.ANNOTATOR, name="Giulia")


def inbox(user: User) -> list[Any]:
    return list(Notification.objects.filter(user=user).order_by("pk"))


def test_the_assignee_of_many_gets_one_notification(
    project: Project, lead: User, giulia: User
) -> None:
    chosen = [make_example(project) for _ in range(3)]
    run(preview(BulkKind.ASSIGN, chosen, lead, assignees=[giulia.pk]))
    [row] = inbox(giulia)
    assert render(row.text) == "Lena assigned 3 examples to you."
    queue = reverse("datasets:queue", args=[project.slug])
    assert shown(row).url == f"{queue}?mine=assigned"
    assignments.assign(example_id=chosen[0].pk, assignee=None, actor=lead)
    assignments.assign(example_id=chosen[1].pk, assignee=lead, actor=lead)
    assert (len(inbox(giulia)), inbox(lead)) == (1, [])


def test_authors_and_assignee_hear_of_requested_changes(
    project: Project, lead: User, giulia: User
) -> None:
    author = make_member(project, Role.ANNOTATOR)
    example = make_example_in_review(project, author=author)
    assignments.assign(example_id=example.pk, assignee=giulia, actor=lead)
    reviews.request_changes(
        example_id=example.pk,
        revision_id=example.latest_revision.pk,
        reviewer=lead,
        reason="A secret reason.",
    )
    assert inbox(giulia)[-1].kind == inbox(author)[0].kind == "changes_requested"
    assert "secret" not in str(inbox(author)[0].text.as_json())


def test_who_is_mentioned_hears_of_it(project: Project, lead: User, giulia: User) -> None:
    example = make_example(project)
    comments.open_thread(
        example_id=example.pk,
        target=Target(example.latest_number),
        actor=lead,
        body="@Giulia, is this right?",
    )
    [row] = inbox(giulia)
    assert (row.kind, row.text.params["example"]) == ("mentioned", example.pk)


def test_reading_or_answering_a_thread_reads_its_notifications(
    project: Project, lead: User, giulia: User
) -> None:
    def ask() -> Comment:
        target = Target(example.latest_number)
        return comments.open_thread(
            example_id=example.pk, target=target, actor=lead, body="@Giulia, is this right?"
        )

    def unread(user: User) -> list[str]:
        return [row.kind for row in inbox(user) if row.read_at is None]

    example = make_example(project)
    first, second = ask(), ask()
    comments.reply(thread_id=first.thread_id, actor=giulia, body="Yes.")
    assert (unread(giulia), unread(lead)) == (["mentioned"], ["replied"])
    comments.mark_read(example=example, user=giulia, last_comment=first.pk)
    assert unread(giulia) == ["mentioned"]
    comments.mark_read(example=example, user=giulia, last_comment=second.pk)
    assert (unread(giulia), unread(lead)) == ([], ["replied"])


def test_who_uploaded_a_file_hears_that_it_failed(project: Project, giulia: User) -> None:
    batch = ImportBatch(pk=3, project=project, created_by=giulia, file_name="rows.csv")
    import_failed.send(sender=ImportBatch, batch=batch)
    assert [row.kind for row in inbox(giulia)] == ["import_failed"]
