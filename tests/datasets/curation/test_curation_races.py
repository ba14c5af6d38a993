"""Concurrent writes of two users: one wins, nothing is lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from datasets.curation import actions as examples
from datasets.curation.actions import reviews
from datasets.curation.lifecycle import State
from datasets.curation.models import ExampleEvent, GoldenExample, Review, Revision
from reviewapp.core.errors import DomainError, InvalidTransition, StaleRevision
from reviewapp.people.models import Role
from tests.factories.examples import make_content, make_example, make_example_in_review
from tests.factories.people import make_member

pytestmark = pytest.mark.django_db(transaction=True)

Act = Callable[[], object]


def at_once(*acts: Act) -> list[object]:
    """Run the actions concurrently; return the result or the error of each."""
    barrier = Barrier(len(acts))

    def run(act: Act) -> object:
        try:
            barrier.wait()
            return act()
        except DomainError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def errors_in(results: list[object]) -> list[type]:
    return [type(result) for result in results if isinstance(result, DomainError)]


def test_of_two_approvals_one_counts() -> None:
    example = make_example_in_review()
    read = example.latest_revision.pk
    reviewers = [make_member(example.project, Role.REVIEWER) for _ in range(2)]
    results = at_once(
        *(
            lambda reviewer=reviewer: reviews.approve(
                example_id=example.pk, revision_id=read, reviewer=reviewer
            )
            for reviewer in reviewers
        )
    )
    assert errors_in(results) == [InvalidTransition]
    assert Review.objects.count() == 1
    assert ExampleEvent.objects.filter(action="approve").count() == 1


def test_of_two_saves_one_gets_a_stale_revision() -> None:
    example = make_example()
    people = [make_member(example.project, Role.ANNOTATOR) for _ in range(2)]
    results = at_once(
        *(
            lambda actor=actor: examples.revise(
                example_id=example.pk, base_number=1, content=make_content(), actor=actor
            )
            for actor in people
        )
    )
    assert errors_in(results) == [StaleRevision]
    assert Revision.objects.filter(example=example).count() == 2


def test_an_edit_and_an_approval_never_both_succeed() -> None:
    example = make_example_in_review()
    read = example.latest_revision.pk
    reviewer = make_member(example.project, Role.REVIEWER)
    editor = make_member(example.project, Role.ANNOTATOR)
    at_once(
        lambda: reviews.approve(example_id=example.pk, revision_id=read, reviewer=reviewer),
        lambda: examples.revise(
            example_id=example.pk, base_number=1, content=make_content(), actor=editor
        ),
    )
    example = GoldenExample.objects.get(pk=example.pk)
    # Whoever came first: the new wording was approved by nobody.
    assert (example.state, example.latest_number) == (State.DRAFT, 2)
    assert example.approved_revision is None


def test_two_autosaves_of_one_user_keep_the_newer() -> None:
    example = make_example()
    author = example.created_by
    assert author is not None
    at_once(
        *(
            lambda version=version: examples.save_draft(
                example_id=example.pk,
                user=author,
                base_number=1,
                version=version,
                content={"version": version},
            )
            for version in (1, 2, 3)
        )
    )
    assert author is not None
    assert example.drafts.get().content == {"version": 3}
