"""Deletion: only what was never approved, everywhere out of sight, undone, taken back by import."""

from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from datasets.bulk import actions as bulk
from datasets.bulk.models import BulkAction, BulkKind
from datasets.curation import actions as examples
from datasets.curation.actions import reviews
from datasets.curation.actions.locking import locked_example
from datasets.curation.facets import facets_of
from datasets.curation.lifecycle import State
from datasets.curation.models import ExampleEvent, GoldenExample, Review
from datasets.curation.throughput import curation_history
from datasets.erasure.actions import erase_example
from datasets.versions.models import DatasetItem
from reviewapp.core.errors import InvalidTransition, PermissionDeniedError
from reviewapp.people.actions import members
from reviewapp.people.models import Project, ProjectEvent, Role, User
from tests.datasets.bulk.test_bulk_actions import preview, reasons, run, undo
from tests.datasets.comments.talk import comment_on
from tests.datasets.curation.pages import page_text, signed_in
from tests.factories.examples import (
    make_approved_example,
    make_content,
    make_example,
    make_example_in_review,
)
from tests.factories.imports import make_import, make_row
from tests.factories.people import make_member, make_project
from tests.factories.versions import make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    cache.clear()
    return make_project()


@pytest.fixture
def lead(project: Project) -> User:
    return make_member(project, Role.LEAD)


def address(name: str, project: Project, *parts: object) -> str:
    return reverse(f"datasets:{name}", args=[project.slug, *parts])


def deleted(example: GoldenExample, lead: User) -> BulkAction:
    """Delete an example; return the bulk action."""
    return run(preview(BulkKind.DELETE, [example], lead), reason="A wrong file.")


def test_only_what_was_never_approved_is_deleted_and_each_has_an_event(
    project: Project, lead: User
) -> None:
    draft, waiting = make_example(project), make_example_in_review(project)
    approved, reopened = make_approved_example(project), make_approved_example(project)
    examples.reopen(example_id=reopened.pk, actor=lead, reason="It is wrong.")
    action = preview(BulkKind.DELETE, [draft, waiting, approved, reopened], lead)
    assert reasons(action) == {
        approved.pk: "curation.invalid_transition",
        reopened.pk: "curation.was_approved",
    }
    run(action, reason="A wrong file.")
    assert set(GoldenExample.objects.all()) == {approved, reopened}
    events = ExampleEvent.objects.filter(action="delete").order_by("example")
    assert [(event.example_id, event.before, event.after, event.reason) for event in events] == [
        (draft.pk, "draft", "deleted", "A wrong file."),
        (waiting.pk, "in_review", "deleted", "A wrong file."),
    ]
    acts = ProjectEvent.objects.filter(project=project, action="bulk_action", after="delete")
    assert [act.detail["examples"] for act in acts] == [2]


def test_an_annotator_deletes_only_what_nobody_else_wrote(project: Project, lead: User) -> None:
    annotator = make_member(project, Role.ANNOTATOR)
    own, others, shared = (
        make_example(project, author=author) for author in (annotator, lead, annotator)
    )
    examples.revise(example_id=shared.pk, base_number=1, content=make_content(), actor=lead)
    action = preview(BulkKind.DELETE, [own, others, shared], annotator)
    assert reasons(action) == dict.fromkeys((others.pk, shared.pk), "curation.others_wrote")
    with pytest.raises(PermissionDeniedError):
        preview(BulkKind.DELETE, [own], make_member(project, Role.REVIEWER))


def test_a_deleted_example_is_in_no_list_count_search_facet_or_api(
    project: Project, lead: User
) -> None:
    content = make_content(question="Where is my zeppelin?", intent="zeppelins", tags=["airship"])
    gone, client = make_example(project, content=content), signed_in(lead)
    # Without a number in its text, which "#…" would find as a word.
    kept = make_example(project, content=make_content(question="Where is my ferry?"))
    deleted(gone, lead)
    listed = client.get(address("queue", project)).context
    assert (list(listed["examples"]), listed["total"], listed["matches"].number) == ([kept], 1, 1)
    for words in ("zeppelin", f"#{gone.pk}"):
        found = client.get(address("queue", project), {"q": words}).context["matches"]
        assert found.number == 0
    facets = facets_of(project)
    assert ("zeppelins" in facets.intents, "airship" in facets.tags) == (False, False)
    headers = {"Authorization": f"Bearer {members.create_token(user=lead).secret}"}
    answer = client.get(f"/api/v1/projects/{project.slug}/examples", headers=headers).json()
    assert [item["id"] for item in answer["items"]] == [kept.pk]
    assert curation_history(project).states[-1][State.DRAFT] == 1
    assert client.post(address("submit", project, gone.pk)).status_code == 404


def test_the_page_of_a_deleted_example_names_who_deleted_it_and_shows_no_text(
    project: Project, lead: User
) -> None:
    gone = make_example(project, content=make_content(question="Where is my zeppelin?"))
    action, client = deleted(gone, lead), signed_in(lead)
    page = client.get(address("example", project, gone.pk))
    assert page.status_code == 410
    assert str(lead) in page_text(page)
    assert address("bulk_action", project, action.pk) in page.content.decode()
    assert "zeppelin" not in page.content.decode()
    assert client.get(address("example", project, gone.pk + 1000)).status_code == 404


def test_nothing_changes_a_deleted_example_until_it_is_restored(
    project: Project, lead: User
) -> None:
    example = make_example_in_review(project)
    revision = example.latest_revision
    action = deleted(example, lead)
    with pytest.raises(InvalidTransition):
        reviews.approve(example_id=example.pk, revision_id=revision.pk, reviewer=lead)
    with pytest.raises(InvalidTransition):
        examples.retire(example_id=example.pk, actor=lead, reason="Old.")
    with pytest.raises(InvalidTransition):
        locked_example(example.pk)
    undo(action)
    example.refresh_from_db()
    assert (example.deleted_at, example.state) == (None, State.IN_REVIEW)
    last = ExampleEvent.objects.filter(example=example).latest("pk")
    assert (last.action, last.before, last.after) == ("undo_bulk", "deleted", "in_review")
    reviews.approve(example_id=example.pk, revision_id=revision.pk, reviewer=lead)


def test_a_selected_example_that_was_deleted_meanwhile_is_left(
    project: Project, lead: User
) -> None:
    example = make_example(project)
    action = preview(BulkKind.SUBMIT, [example], lead)
    deleted(example, lead)
    run(action)
    assert reasons(action) == {example.pk: "bulk.changed_meanwhile"}


def test_the_text_of_a_deleted_example_can_still_be_erased(project: Project, lead: User) -> None:
    example = make_example(project)
    action = deleted(example, lead)
    assert signed_in(lead).get(address("erase_example", project, example.pk)).status_code == 200
    erase_example(example_id=example.pk, reason="Ticket 118.", actor=lead)
    assert GoldenExample.with_deleted.get(pk=example.pk).preview == "[erased]"
    undoing = bulk.select_undo(action_id=action.pk, actor=lead)
    bulk.run_bulk_action(undoing.pk)
    assert reasons(undoing) == {example.pk: "bulk.changed_since"}


def test_the_database_keeps_what_was_approved_and_freezes_nothing_deleted(
    project: Project, lead: User
) -> None:
    kept, gone = make_approved_example(project), make_example(project)
    examples.reopen(example_id=kept.pk, actor=lead, reason="It is wrong.")
    deleted(gone, lead)
    revision = gone.revisions.get()

    def rejected(statement: str, *params: int) -> None:
        with (
            pytest.raises(IntegrityError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement, params)

    table = "datasets_goldenexample"
    rejected(f"UPDATE {table} SET deleted_at = now() WHERE id = %s", kept.pk)  # noqa: S608
    rejected(
        f"UPDATE {table} SET state = 'approved', approved_revision_id = %s WHERE id = %s",  # noqa: S608
        *(revision.pk, gone.pk),
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.create(revision=revision, reviewer=lead, decision="approve")
    review = Review.objects.get(revision__example=kept)
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        DatasetItem.objects.create(
            version=make_version(), revision=revision, review=review, split="train", position=99
        )


def test_an_import_is_taken_back_but_for_what_was_touched(
    project: Project, lead: User, tmp_path: Path
) -> None:
    rows = [make_row(number) for number in range(1, 9)]
    batch = make_import(project, tmp_path / "wrong.jsonl", rows)
    edited, submitted, approved, typed, commented, *rest = GoldenExample.objects.filter(batch=batch)
    examples.revise(example_id=edited.pk, base_number=1, content=make_content(), actor=lead)
    reviews.submit(example_id=submitted.pk, actor=lead)
    reviews.submit(example_id=approved.pk, actor=lead)
    reviews.approve(example_id=approved.pk, revision_id=approved.latest_revision.pk, reviewer=lead)
    examples.save_draft(example_id=typed.pk, user=lead, base_number=1, version=1, content={})
    comment_on(commented, lead)
    client = signed_in(lead)
    assert "Take this import back" in page_text(
        client.get(address("import_batch", project, batch.pk))
    )
    page = client.post(address("take_back", project, batch.pk), follow=True)
    action = BulkAction.objects.get()
    assert reasons(action) == {
        edited.pk: "bulk.edited",
        submitted.pk: "bulk.touched",
        approved.pk: "curation.invalid_transition",
        typed.pk: "bulk.unsaved_changes",
        commented.pk: "bulk.commented",
    }
    assert (page.context["summary"].ready, page.context["summary"].rejected) == (3, 5)
    left_out = client.get(address("bulk_left_out", project, action.pk))
    assert [number for number, _reason in left_out.context["rows"]] == [
        *(edited.pk, submitted.pk, approved.pk, typed.pk, commented.pk)
    ]
    done = client.post(address("bulk_confirm", project, action.pk), follow=True)
    assert "3 examples deleted." in page_text(done)
    assert "Taken back" in page_text(client.get(address("import", project)))
    assert GoldenExample.objects.filter(batch=batch).count() == 5
    again = make_import(project, tmp_path / "wrong.jsonl", rows)
    assert (again.created, again.unchanged) == (3, 5)
    # What exists again is not restored beside it.
    undoing = undo_preview(action, lead)
    assert reasons(undoing) == dict.fromkeys((example.pk for example in rest), "bulk.recreated")


def undo_preview(action: BulkAction, actor: User) -> BulkAction:
    undoing = bulk.select_undo(action_id=action.pk, actor=actor)
    bulk.run_bulk_action(undoing.pk)
    undoing.refresh_from_db()
    return undoing


def test_an_import_taken_back_is_restored_and_taken_back_again(
    project: Project, lead: User, tmp_path: Path
) -> None:
    batch = make_import(project, tmp_path / "wrong.jsonl", [make_row(1), make_row(2)])
    for _round in range(2):
        action = bulk.select_import(batch_id=batch.pk, actor=lead)
        bulk.run_bulk_action(action.pk)
        action.refresh_from_db()
        run(action)
        assert not GoldenExample.objects.filter(batch=batch).exists()
        undo(action)
        assert GoldenExample.objects.filter(batch=batch).count() == 2


def test_who_may_take_an_import_back(project: Project, tmp_path: Path) -> None:
    batch = make_import(project, tmp_path / "wrong.jsonl", [make_row()])
    offered: dict[str, Any] = {}
    for role in Role:
        member = signed_in(make_member(project, role))
        page = member.get(address("import_batch", project, batch.pk))
        offered[role] = page.status_code == 200 and page.context["may_take_back"]
        status = member.post(address("take_back", project, batch.pk)).status_code
        assert status == (403 if role == Role.REVIEWER else 302)
    assert offered == {Role.ANNOTATOR: False, Role.REVIEWER: False, Role.LEAD: True}
    stranger = signed_in(make_member(make_project(), Role.LEAD))
    assert stranger.post(address("take_back", project, batch.pk)).status_code == 404
    # That of the annotator, whose rows a command imported.
    assert set(reasons(BulkAction.objects.earliest("pk")).values()) == {"curation.others_wrote"}


def test_one_example_is_deleted_from_its_page_with_the_same_undo(
    project: Project, lead: User
) -> None:
    example, client = make_example(project), signed_in(lead)
    assert "Delete this example" in page_text(client.get(address("example", project, example.pk)))
    fields = {"kind": "delete", "example": [example.pk], "query": "state=draft"}
    client.post(address("new_bulk_action", project), fields)
    action = BulkAction.objects.get()
    client.post(address("bulk_confirm", project, action.pk), {"reason": "Spam."})
    assert not GoldenExample.objects.filter(pk=example.pk).exists()
    approved = make_approved_example(project)
    assert "Delete this example" not in page_text(
        client.get(address("example", project, approved.pk))
    )
