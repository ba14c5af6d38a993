"""Actions on threads: who may do what, what is kept, who is mentioned, what is unread."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from datasets.comments import actions, notices
from datasets.comments.models import CommentVersion, Mention, Thread, ThreadEvent
from datasets.comments.notices import CommentNotice
from datasets.comments.threads import talk_of
from datasets.comments.unread import TalkCount, unread_mentions, with_talk
from datasets.curation import visibility
from datasets.curation.actions import content_of, revise
from datasets.curation.filters import ExampleFilter, TalkFilter
from datasets.curation.models import GoldenExample
from datasets.erasure.actions import erase_example
from reviewapp.core.erased import ERASED
from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.people.models import Project, Role, User
from reviewapp.people.permissions import permissions_of
from tests.datasets.comments.talk import comment_on, talk_for
from tests.factories.examples import make_content, make_example
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def giulia(project: Project) -> User:
    return make_member(project, Role.ANNOTATOR, name="Giulia Rossi")


@pytest.fixture
def mara(project: Project) -> User:
    return make_member(project, Role.REVIEWER, name="Mara")


@pytest.fixture
def example(project: Project, giulia: User) -> GoldenExample:
    content = make_content(answer="It arrives in seven working days.")
    return make_example(project, author=giulia, content=content)


def test_every_role_comments_and_only_members_do(project: Project, example: GoldenExample) -> None:
    for role in Role:
        assert comment_on(example, make_member(project, role)).pk
    with pytest.raises(PermissionDeniedError):
        comment_on(example, make_member(make_project(), Role.LEAD))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"body": " "}, "body"),
        ({"body": "x" * 4001}, "body"),
        ({"message": 4}, "message"),
        ({"quote": "seven"}, "message"),
        ({"message": 3, "quote": "eight"}, "quote"),
        ({"message": 3, "quote": "seven", "replacement": "seven"}, "replacement"),
        ({"replacement": "No."}, "message"),
    ],
)
def test_a_comment_without_text_or_place_names_its_field(
    example: GoldenExample, mara: User, fields: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        comment_on(example, mara, **fields)  # type: ignore[arg-type]
    assert caught.value.field == field


def test_the_mark_survives_edits_and_says_when_its_passage_is_gone(
    example: GoldenExample,
    giulia: User,
    mara: User,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    comment_on(example, mara, message=3, quote="seven working days")
    for number, answer, is_gone in [
        (1, "Hello. It arrives in seven working days.", False),
        (2, "It arrives soon, in nine days.", True),
    ]:
        content = content_of(example.latest_revision)
        content.messages[2] = {**content.messages[2], "content": answer}
        revise(example_id=example.pk, base_number=number, content=content, actor=giulia)
        example.refresh_from_db()
        latest, permissions = example.latest_revision, permissions_of(mara, example.project)
        with django_assert_num_queries(1):
            [shown] = talk_of(example, latest, mara, permissions).threads
        assert (shown.message_number, shown.is_gone) == (3, is_gone)
        assert shown.quote == "seven working days"
        assert shown.place.is_passage is not is_gone


def test_own_comments_are_edited_and_deleted_and_leads_see_the_earlier_texts(
    project: Project, example: GoldenExample, giulia: User, mara: User
) -> None:
    comment = comment_on(example, giulia, "First @Mara")
    for act in (actions.delete_comment, actions.resolve):
        if act is actions.delete_comment:
            with pytest.raises(PermissionDeniedError):
                act(comment_id=comment.pk, actor=mara)
    with pytest.raises(PermissionDeniedError):
        actions.edit_comment(comment_id=comment.pk, actor=mara, body="Mine")
    actions.edit_comment(comment_id=comment.pk, actor=giulia, body="Second")
    assert not Mention.objects.exists()
    actions.delete_comment(comment_id=comment.pk, actor=giulia)
    [shown] = talk_for(example, mara).threads
    assert shown.comments[0].is_deleted
    assert shown.comments[0].earlier == []
    assert not shown.is_open, "nothing is left to talk about"
    lead = make_member(project, Role.LEAD)
    earlier = talk_for(example, lead).threads[0].comments[0].earlier
    assert [text for text, _until in earlier] == [f"First @[{mara.pk}]", "Second"]
    with pytest.raises(InvalidTransition):
        actions.edit_comment(comment_id=comment.pk, actor=giulia, body="Third")


def test_threads_are_resolved_and_reopened_with_an_event_each(
    example: GoldenExample, giulia: User, mara: User
) -> None:
    thread = comment_on(example, mara).thread
    actions.reply(thread_id=thread.pk, actor=giulia, body="Yes.")
    actions.resolve(thread_id=thread.pk, actor=giulia)
    with pytest.raises(InvalidTransition):
        actions.resolve(thread_id=thread.pk, actor=giulia)
    assert not talk_for(example, mara).open
    actions.reopen(thread_id=thread.pk, actor=mara)
    with pytest.raises(InvalidTransition):
        actions.reopen(thread_id=thread.pk, actor=mara)
    done = ThreadEvent.objects.order_by("pk").values_list("action", flat=True)
    assert [*done] == ["comment", "reply", "resolve_thread", "reopen_thread"]
    assert set(ThreadEvent.objects.values_list("reason", flat=True)) == {""}


def test_unread_counts_take_two_queries_and_end_with_the_read_mark(
    project: Project, example: GoldenExample, giulia: User, mara: User
) -> None:
    other = make_example(project, author=giulia)
    comment = comment_on(example, mara)
    comment_on(example, giulia)

    def count(user: User) -> TalkCount | None:
        rows = list(GoldenExample.objects.filter(project=project).order_by("pk"))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            with_talk(rows, user, project)
        assert len(queries) == 2
        assert rows[1].talk is None  # type: ignore[attr-defined]
        return rows[0].talk  # type: ignore[attr-defined,no-any-return]

    assert count(giulia) == TalkCount(open=2, unread=1)
    unread = ExampleFilter(talk=TalkFilter.UNREAD)

    def listed(user: User, example_filter: ExampleFilter = unread) -> list[int]:
        matching = project.examples.matching(example_filter, user=user)
        found = visibility.searched(matching, example_filter, user, project)
        return [*found.values_list("pk", flat=True)]

    assert listed(giulia) == [example.pk]
    assert listed(giulia, ExampleFilter(talk=TalkFilter.OPEN)) == [example.pk]
    assert other.pk in listed(giulia, ExampleFilter())
    actions.mark_read(example=example, user=giulia, last_comment=comment.pk)
    assert (count(giulia), listed(giulia)) == (TalkCount(open=2, unread=0), [])
    actions.reply(thread_id=comment.thread_id, actor=mara, body="And?")
    assert count(giulia) == TalkCount(open=2, unread=1)
    # An older tab does not take the mark back.
    actions.mark_read(example=example, user=mara, last_comment=comment.pk)
    actions.reply(thread_id=comment.thread_id, actor=giulia, body="Yes.")
    actions.resolve(thread_id=comment.thread_id, actor=giulia)
    assert count(mara) == TalkCount(open=1, unread=1)


def test_mentions_are_of_members_by_id_and_send_a_notice(
    project: Project, example: GoldenExample, giulia: User, mara: User
) -> None:
    sent: list[CommentNotice] = []

    def receive(notice: CommentNotice, **_kwargs: object) -> None:
        sent.append(notice)

    notices.sent.connect(receive)
    try:
        outsider = make_member(make_project(), Role.LEAD, name="Otto")
        comment = comment_on(example, mara, "@Giulia Rossi and @Otto and @Mara, look.")
        actions.reply(thread_id=comment.thread_id, actor=giulia, body="Done.")
    finally:
        notices.sent.disconnect(receive)
    assert comment.body == f"@[{giulia.pk}] and @Otto and @[{mara.pk}], look."
    assert not Mention.objects.filter(user=outsider).exists()
    found = [(notice.code, notice.recipients) for notice in sent]
    assert found == [("mentioned", frozenset({giulia.pk})), ("replied", frozenset({mara.pk}))]
    assert unread_mentions(giulia, project) == 0, "who answers has read it"
    giulia.name = "Giulia Bianchi"
    giulia.save()
    [shown] = talk_for(example, mara).threads
    assert shown.comments[0].typed == "@Giulia Bianchi and @Otto and @Mara, look."


def test_a_member_who_may_not_read_the_example_is_neither_mentioned_nor_told(
    project: Project,
    example: GoldenExample,
    giulia: User,
    mara: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    comment = comment_on(example, giulia, "@Mara, look.")

    def hidden(user: User, _project: Project) -> object:
        found = GoldenExample.objects.filter(pk=example.pk)
        return found if user == mara else found.none()

    rule = visibility.VisibilityRule(hidden=hidden, denied_reason="Hidden.")  # type: ignore[arg-type]
    assert unread_mentions(mara, project) == 1
    monkeypatch.setattr(visibility, "_RULES", [rule])
    assert unread_mentions(mara, project) == 0
    rows = list(project.examples.all())
    with_talk(rows, mara, project)
    assert rows[0].talk is None  # type: ignore[attr-defined]
    with pytest.raises(InvalidInput):
        comment_on(example, giulia, "@Mara, again.")
    with pytest.raises(PermissionDeniedError):
        actions.reply(thread_id=comment.thread_id, actor=mara, body="Yes?")


def test_erasing_an_example_erases_its_comments_and_ends_its_threads(
    project: Project, example: GoldenExample, giulia: User, mara: User
) -> None:
    comment = comment_on(example, giulia, "@Mara, Otto lives at 5 High Street.", message=3)
    actions.edit_comment(comment_id=comment.pk, actor=giulia, body="@Mara, Otto lives there.")
    comment_on(example, mara, "", message=3, quote="seven", replacement="Otto")
    erase_example(example_id=example.pk, reason="asked", actor=make_member(project, Role.LEAD))
    comment.refresh_from_db()
    assert comment.body == ERASED
    assert [*CommentVersion.objects.values_list("body", flat=True)] == [ERASED]
    assert not Mention.objects.exists()
    assert not Thread.objects.filter(resolved_at=None).exists()
    shown = talk_for(example, mara).threads
    assert [comment.quote for comment in shown] == ["", ""]
    suggestion = Thread.objects.get(created_by=mara).comments.get().suggestion
    assert suggestion.replacement == ERASED
    with pytest.raises(InvalidTransition):
        comment_on(example, giulia, "More.")
