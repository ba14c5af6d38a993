"""Creating, revising, retiring and reopening golden examples."""

from dataclasses import replace

import pytest

from datasets.curation import actions as examples
from datasets.curation.actions import Origin, content_of
from datasets.curation.lifecycle import State
from datasets.curation.models import EditDraft, ExampleEvent, GoldenExample, Revision
from reviewapp.core.errors import (
    InvalidInput,
    InvalidTransition,
    PermissionDeniedError,
    StaleRevision,
)
from reviewapp.people.models import Role, User
from tests.factories.examples import (
    make_approved_example,
    make_content,
    make_example,
    make_example_in_review,
)
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db


def author_of(example: GoldenExample) -> User:
    assert example.created_by is not None
    return example.created_by


def revise(example: GoldenExample, *, actor: User | None = None, answer: str = "Yes.") -> Revision:
    return examples.revise(
        example_id=example.pk,
        base_number=example.latest_number,
        content=make_content(answer=answer),
        actor=actor or author_of(example),
    )


def test_a_new_example_is_a_draft_with_the_columns_of_its_revision() -> None:
    content = make_content(question="Can I return shoes?", tags=["ambiguous"], policies=["refund"])
    origin = Origin(external_id="crm-1", source="crm", metadata={"a": 1}, imported_split="test")
    project = make_project()
    author = make_member(project, Role.ANNOTATOR)
    example = examples.create_example(project=project, content=content, actor=author, origin=origin)
    example.refresh_from_db()
    revision = example.latest_revision
    assert (example.state, example.latest_number) == (State.DRAFT, 1)
    assert (example.external_id, example.source, example.imported_split) == ("crm-1", "crm", "test")
    assert example.preview == "Can I return shoes?"
    assert example.intent is not None
    assert example.intent.name == "delivery"
    for column in ("intent", "language", "tags", "policies", "tokens", "content_hash"):
        assert getattr(example, column) == getattr(revision, column), column
    assert example.message_count == 3
    assert sum(revision.message_tokens) < revision.tokens
    assert content_of(revision) == content
    assert revision.author == author


def test_an_example_without_messages_is_rejected() -> None:
    with pytest.raises(InvalidInput, match="at least one message"):
        make_example(content=replace(make_content(), messages=[]))
    assert not GoldenExample.objects.exists()


def test_a_reviewer_may_not_write_examples() -> None:
    project = make_project()
    reviewer = make_member(project, Role.REVIEWER)
    with pytest.raises(PermissionDeniedError, match="an annotator or a lead"):
        make_example(project, author=reviewer)
    example = make_example(project)
    with pytest.raises(PermissionDeniedError, match="an annotator or a lead"):
        revise(example, actor=reviewer)


def test_a_revision_updates_the_columns() -> None:
    example = make_example()
    second = make_member(example.project, Role.ANNOTATOR)
    content = make_content(question="Where is my refund?", intent="refunds", language="de")
    revision = examples.revise(
        example_id=example.pk, base_number=1, content=content, actor=second, note="Better question"
    )
    example.refresh_from_db()
    assert [revision.number for revision in example.revisions.all()] == [1, 2]
    assert (revision.author, revision.note) == (second, "Better question")
    assert example.latest_number == 2
    assert example.authors == [author_of(example).pk, second.pk]
    assert example.intent is not None
    assert (example.intent.name, example.language) == ("refunds", "de")
    assert example.preview == "Where is my refund?"
    assert example.content_hash == revision.content_hash
    event = ExampleEvent.objects.latest("pk")
    assert (event.action, event.actor, event.revision_number) == ("revise", second, 2)


def test_a_revision_of_an_old_base_is_rejected() -> None:
    example = make_example()
    revise(example)
    with pytest.raises(StaleRevision, match="Revision 2 was saved after you opened revision 1"):
        revise(example, answer="Something else.")
    assert example.revisions.count() == 2


def test_saving_without_a_change_is_rejected() -> None:
    example = make_example()
    with pytest.raises(InvalidInput, match="Nothing has changed since revision 1"):
        examples.revise(
            example_id=example.pk,
            base_number=1,
            content=content_of(example.latest_revision),
            actor=author_of(example),
        )
    assert example.revisions.count() == 1


def test_a_change_of_labels_alone_is_a_change() -> None:
    example = make_example()
    content = replace(content_of(example.latest_revision), tags=["refusal"])
    revision = examples.revise(
        example_id=example.pk, base_number=1, content=content, actor=author_of(example)
    )
    assert revision.tags == ["refusal"]
    assert revision.content_hash == example.content_hash


def test_an_edit_undoes_a_submission() -> None:
    example = make_example_in_review()
    revise(example)
    example.refresh_from_db()
    assert example.state == State.DRAFT
    event = ExampleEvent.objects.latest("pk")
    assert (event.before, event.after) == (State.IN_REVIEW, State.DRAFT)


def test_an_edit_undoes_an_approval() -> None:
    example = make_approved_example()
    revise(example)
    example.refresh_from_db()
    assert example.state == State.DRAFT
    assert example.approved_revision is None


def test_saving_deletes_only_the_authors_draft() -> None:
    example = make_example()
    other = make_member(example.project, Role.LEAD)
    for user in (author_of(example), other):
        examples.save_draft(
            example_id=example.pk, user=user, base_number=1, version=1, content={"a": 1}
        )
    revise(example)
    assert [draft.user for draft in EditDraft.objects.all()] == [other]


def test_a_retired_example_cannot_be_edited_until_it_is_reopened() -> None:
    example = make_approved_example()
    author = author_of(example)
    retired = examples.retire(example_id=example.pk, actor=author, reason="The shop changed.")
    assert (retired.state, retired.approved_revision) == (State.RETIRED, None)
    with pytest.raises(InvalidTransition, match="retired"):
        revise(example)
    with pytest.raises(InvalidTransition):
        examples.retire(example_id=example.pk, actor=author, reason="Again.")
    reopened = examples.reopen(example_id=example.pk, actor=author, reason="It changed back.")
    assert reopened.state == State.DRAFT
    event = ExampleEvent.objects.latest("pk")
    assert (event.action, event.before, event.reason) == ("reopen", "retired", "It changed back.")
    revise(example)


def test_a_reviewer_may_reopen_but_not_retire() -> None:
    example = make_approved_example()
    reviewer = make_member(example.project, Role.REVIEWER)
    with pytest.raises(PermissionDeniedError):
        examples.retire(example_id=example.pk, actor=reviewer, reason="No.")
    reopened = examples.reopen(example_id=example.pk, actor=reviewer, reason="It is wrong.")
    assert reopened.state == State.DRAFT


@pytest.mark.parametrize("write", [examples.retire, examples.reopen])
def test_a_reason_is_required(write: object) -> None:
    example = make_example_in_review()
    with pytest.raises(InvalidInput, match="Give the reason"):
        write(example_id=example.pk, actor=author_of(example), reason="  ")  # type: ignore[operator]
    with pytest.raises(InvalidInput, match="to 500 characters"):
        write(example_id=example.pk, actor=author_of(example), reason="x" * 501)  # type: ignore[operator]


def test_a_draft_has_nothing_to_reopen() -> None:
    example = make_example()
    with pytest.raises(InvalidTransition, match="nothing to reopen: this example is “Draft”"):
        examples.reopen(example_id=example.pk, actor=author_of(example), reason="Why not.")
