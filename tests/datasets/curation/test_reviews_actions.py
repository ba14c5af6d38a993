"""Submitting, approving and requesting changes by members who are not authors."""

import pytest

from datasets.curation import actions as examples
from datasets.curation.actions import reviews
from datasets.curation.lifecycle import State
from datasets.curation.models import ExampleEvent, GoldenExample, Review
from reviewapp.core.errors import (
    BlockingFindings,
    InvalidInput,
    InvalidTransition,
    PermissionDeniedError,
    StaleRevision,
)
from reviewapp.people.actions import members as people
from reviewapp.people.models import Role, User
from tests.factories.examples import make_content, make_example, make_example_in_review
from tests.factories.people import make_member, make_user

pytestmark = pytest.mark.django_db


def author_of(example: GoldenExample) -> User:
    assert example.created_by is not None
    return example.created_by


def approve(example: GoldenExample, reviewer: User) -> GoldenExample:
    return reviews.approve(
        example_id=example.pk,
        revision_id=example.latest_revision.pk,
        reviewer=reviewer,
        comment="Good.",
    )


def send_back(example: GoldenExample, reviewer: User, reason: str) -> GoldenExample:
    return reviews.request_changes(
        example_id=example.pk,
        revision_id=example.latest_revision.pk,
        reviewer=reviewer,
        reason=reason,
    )


def with_address() -> GoldenExample:
    return make_example(content=make_content(answer="Write to ann@example.org."))


def test_a_draft_is_submitted() -> None:
    example = make_example()
    assert reviews.submit(example_id=example.pk, actor=author_of(example)).state == State.IN_REVIEW
    event = ExampleEvent.objects.latest("pk")
    assert (event.action, event.before, event.after) == ("submit", "draft", "in_review")
    with pytest.raises(InvalidTransition):
        reviews.submit(example_id=example.pk, actor=author_of(example))


def test_open_blocking_findings_stop_a_submission_until_dismissed() -> None:
    example = with_address()
    with pytest.raises(BlockingFindings, match="1 blocking finding is open"):
        reviews.submit(example_id=example.pk, actor=author_of(example))
    finding = example.latest_revision.findings.get()
    examples.dismiss_finding(
        finding_id=finding.pk, actor=author_of(example), reason="Our own address."
    )
    reviews.submit(example_id=example.pk, actor=author_of(example))


def test_unsaved_changes_stop_a_submission() -> None:
    example = make_example()
    examples.save_draft(
        example_id=example.pk, user=author_of(example), base_number=1, version=1, content={}
    )
    with pytest.raises(InvalidTransition, match="unsaved changes"):
        reviews.submit(example_id=example.pk, actor=author_of(example))


def test_another_member_approves_the_revision_they_read() -> None:
    example = make_example_in_review()
    reviewer = make_member(example.project, Role.REVIEWER)
    approved = approve(example, reviewer)
    assert approved.state == State.APPROVED
    assert approved.approved_revision == example.latest_revision
    review = Review.objects.get()
    assert (review.reviewer, review.decision, review.comment) == (reviewer, "approve", "Good.")
    event = ExampleEvent.objects.latest("pk")
    assert (event.action, event.actor, event.after) == ("approve", reviewer, "approved")


def test_the_author_does_not_approve_even_as_lead() -> None:
    example = make_example()
    lead = make_member(example.project, Role.LEAD)
    examples.revise(example_id=example.pk, base_number=1, content=make_content(), actor=lead)
    reviews.submit(example_id=example.pk, actor=author_of(example))
    with pytest.raises(PermissionDeniedError, match="someone else must review"):
        approve(example := GoldenExample.objects.get(pk=example.pk), lead)
    with pytest.raises(PermissionDeniedError, match="someone else must review"):
        send_back(example, lead, "No.")
    assert not Review.objects.exists()


@pytest.mark.parametrize("roles", [[Role.ANNOTATOR], []])
def test_members_without_the_permission_do_not_decide(roles: list[Role]) -> None:
    example = make_example_in_review()
    user = make_member(example.project, *roles) if roles else make_user()
    with pytest.raises(PermissionDeniedError):
        approve(example, user)
    with pytest.raises(PermissionDeniedError):
        send_back(example, user, "No.")


def test_an_older_revision_is_not_approved() -> None:
    example = make_example_in_review()
    read = example.latest_revision.pk
    examples.revise(
        example_id=example.pk, base_number=1, content=make_content(), actor=author_of(example)
    )
    reviews.submit(example_id=example.pk, actor=author_of(example))
    with pytest.raises(StaleRevision, match="edited after you opened it"):
        reviews.approve(
            example_id=example.pk,
            revision_id=read,
            reviewer=make_member(example.project, Role.REVIEWER),
        )


def test_requested_changes_have_a_reason_and_are_returned_to_the_author() -> None:
    example = make_example_in_review()
    reviewer = make_member(example.project, Role.REVIEWER)
    with pytest.raises(InvalidInput, match="Describe what must change"):
        send_back(example, reviewer, " ")
    sent_back = send_back(example, reviewer, "Name the deadline.")
    assert sent_back.state == State.CHANGES_REQUESTED
    mine = GoldenExample.objects.returned_to(author_of(example))
    assert [example.pk for example in mine] == [example.pk]
    assert Review.objects.get().comment == "Name the deadline."


def test_an_approved_example_is_not_approved_again() -> None:
    example = make_example_in_review()
    approve(example, make_member(example.project, Role.REVIEWER))
    with pytest.raises(InvalidTransition):
        approve(example, make_member(example.project, Role.REVIEWER))
    assert Review.objects.count() == 1


def test_examples_to_review_leave_out_the_reviewers_own() -> None:
    example = make_example_in_review()
    reviewer = make_member(example.project, Role.REVIEWER, Role.ANNOTATOR)
    make_example_in_review(example.project, author=reviewer)
    make_example(example.project)
    waiting = GoldenExample.objects.reviewable_by(reviewer)
    assert [example.pk for example in waiting] == [example.pk]


def test_a_reviewer_whose_account_the_author_made_cannot_review() -> None:
    example = make_example_in_review()
    author = author_of(example)
    people.add_member(project=example.project, email=author.email, role=Role.LEAD)
    reviewer = people.add_member(
        project=example.project, email="sock@example.com", role=Role.REVIEWER, actor=author
    ).user
    with pytest.raises(PermissionDeniedError, match="made your account"):
        approve(example, reviewer)
    with pytest.raises(PermissionDeniedError, match="made your account"):
        send_back(example, reviewer, "x")
    assert not GoldenExample.objects.reviewable_by(reviewer).exists()
    people.give_one_time_password(user=reviewer)
    assert GoldenExample.objects.reviewable_by(reviewer).get() == example
    approve(example, reviewer)
