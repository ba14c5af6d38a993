"""Drafts of unsaved changes; an older tab does not overwrite a newer one."""

import pytest

from datasets.curation import actions as examples
from datasets.curation.actions import StaleDraft
from datasets.curation.models import EditDraft, GoldenExample
from reviewapp.core.errors import PermissionDeniedError
from reviewapp.people.models import Role, User
from tests.factories.examples import make_content, make_example
from tests.factories.people import make_member

pytestmark = pytest.mark.django_db


def author_of(example: GoldenExample) -> User:
    assert example.created_by is not None
    return example.created_by


def keep(example: GoldenExample, version: int, *, user: User | None = None, base: int = 1) -> None:
    examples.save_draft(
        example_id=example.pk,
        user=user or author_of(example),
        base_number=base,
        version=version,
        content={"version": version},
    )


def test_the_last_of_several_autosaves_stays() -> None:
    example = make_example()
    keep(example, 1)
    keep(example, 2)
    draft = EditDraft.objects.get()
    assert (draft.version, draft.content, draft.base_number) == (2, {"version": 2}, 1)


def test_an_older_autosave_changes_nothing() -> None:
    example = make_example()
    keep(example, 3)
    for version in (2, 3):
        with pytest.raises(StaleDraft, match="in another tab"):
            keep(example, version)
    assert EditDraft.objects.get().content == {"version": 3}


def test_a_late_autosave_does_not_restore_saved_text() -> None:
    example = make_example()
    keep(example, 1)
    examples.revise(
        example_id=example.pk, base_number=1, content=make_content(), actor=author_of(example)
    )
    with pytest.raises(StaleDraft, match="You saved this example"):
        keep(example, 2)
    assert not EditDraft.objects.exists()
    keep(example, 1, base=2)


def test_a_draft_of_an_older_revision_is_kept() -> None:
    example = make_example()
    other = make_member(example.project, Role.LEAD)
    examples.revise(example_id=example.pk, base_number=1, content=make_content(), actor=other)
    keep(example, 1)
    assert EditDraft.objects.get().base_number == 1


def test_each_user_has_a_draft() -> None:
    example = make_example()
    keep(example, 5)
    keep(example, 1, user=make_member(example.project, Role.LEAD))
    assert EditDraft.objects.count() == 2


def test_a_user_who_may_not_edit_gets_no_draft() -> None:
    example = make_example()
    with pytest.raises(PermissionDeniedError):
        keep(example, 1, user=make_member(example.project, Role.REVIEWER))


def test_discarding_returns_whether_there_was_a_draft() -> None:
    example = make_example()
    keep(example, 1)
    assert examples.discard_draft(example_id=example.pk, user=author_of(example))
    assert not examples.discard_draft(example_id=example.pk, user=author_of(example))
