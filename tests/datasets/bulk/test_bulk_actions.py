"""Bulk actions: the rules of each example hold, a killed job continues, an undo restores."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from datasets.bulk import actions as bulk
from datasets.bulk.actions import running
from datasets.bulk.actions.expiry import delete_old_previews
from datasets.bulk.actions.selecting import Selection
from datasets.bulk.actions.text_changes import text_changes
from datasets.bulk.models import BulkAction, BulkItem, BulkKind, Outcome, Stage
from datasets.bulk.replacing import Replacement
from datasets.bulk.summary import summary_of
from datasets.curation import actions as examples
from datasets.curation.actions import reviews
from datasets.curation.filters import ExampleFilter
from datasets.curation.lifecycle import State
from datasets.curation.models import ExampleEvent, GoldenExample
from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.jobs.actions import ClaimLost, claim_job
from reviewapp.people.models import Project, ProjectEvent, Role, User
from tests.factories.examples import (
    make_approved_example,
    make_content,
    make_example,
    make_example_in_review,
)
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def lead(project: Project) -> User:
    return make_member(project, Role.LEAD)


def preview(
    kind: BulkKind, chosen: Iterable[GoldenExample], actor: User, **params: Any
) -> BulkAction:
    """Return a checked bulk action."""
    chosen = list(chosen)
    selection = Selection(ids=[example.pk for example in chosen])
    action = bulk.select_examples(
        project=chosen[0].project, kind=kind, selection=selection, actor=actor
    )
    if params:
        bulk.choose_params(action_id=action.pk, actor=actor, params=params)
    bulk.run_bulk_action(action.pk)
    action.refresh_from_db()
    return action


def run(action: BulkAction, *, reason: str = "") -> BulkAction:
    bulk.confirm(action_id=action.pk, actor=action.member, reason=reason)
    bulk.run_bulk_action(action.pk)
    action.refresh_from_db()
    return action


def undo(action: BulkAction, actor: User | None = None) -> BulkAction:
    undoing = bulk.select_undo(action_id=action.pk, actor=actor or action.member)
    bulk.run_bulk_action(undoing.pk)
    undoing.refresh_from_db()
    return run(undoing)


def states(chosen: Iterable[GoldenExample]) -> list[str]:
    found = {example.pk: example.state for example in GoldenExample.objects.all()}
    return [found[example.pk] for example in chosen]


def reasons(action: BulkAction) -> dict[int, str]:
    rejected = action.items.filter(outcome=Outcome.REJECTED)
    return {item.example_id: item.reason.code for item in rejected}


def test_an_approval_of_many_keeps_four_eyes_for_each(project: Project, lead: User) -> None:
    own, other = make_example_in_review(project, author=lead), make_example_in_review(project)
    draft = make_example(project)
    action = preview(BulkKind.APPROVE, [own, other, draft], lead)
    assert reasons(action) == {
        own.pk: "curation.own_revision",
        draft.pk: "curation.invalid_transition",
    }
    assert states([own, other, draft]) == [State.IN_REVIEW, State.IN_REVIEW, State.DRAFT]
    run(action)
    assert states([own, other, draft]) == [State.IN_REVIEW, State.APPROVED, State.DRAFT]
    summary = summary_of(action)
    assert (summary.changed, summary.rejected) == (1, 2)
    assert sorted(group.count for group in summary.groups) == [1, 1]
    event = ProjectEvent.objects.get(project=project, action="bulk_action")
    assert (event.after, event.detail["examples"]) == ("approve", 1)
    assert ExampleEvent.objects.filter(example=other, action="approve", actor=lead).count() == 1


def test_a_preview_asks_the_rules_of_the_single_example(project: Project) -> None:
    annotator = make_member(project, Role.ANNOTATOR)
    blocked = make_example(project, content=make_content(answer="Ask ann@example.org."))
    typed = make_example(project)
    examples.save_draft(example_id=typed.pk, user=annotator, base_number=1, version=1, content={})
    action = preview(BulkKind.SUBMIT, [blocked, typed], annotator)
    assert reasons(action) == {
        blocked.pk: "curation.blocked_submission",
        typed.pk: "curation.unsaved_changes",
    }
    with pytest.raises(InvalidInput):
        bulk.confirm(action_id=action.pk, actor=annotator)
    with pytest.raises(PermissionDeniedError):
        preview(BulkKind.APPROVE, [typed], annotator)


def test_what_was_edited_after_the_preview_is_left(project: Project, lead: User) -> None:
    author = make_member(project, Role.ANNOTATOR)
    edited = make_example_in_review(project, author=author)
    other = make_example_in_review(project)
    action = preview(BulkKind.APPROVE, [edited, other], lead)
    examples.revise(example_id=edited.pk, base_number=1, content=make_content(), actor=author)
    run(action)
    assert reasons(action) == {edited.pk: "bulk.changed_meanwhile"}
    assert states([edited, other]) == [State.DRAFT, State.APPROVED]


def test_all_that_match_are_those_at_the_moment_of_the_selection(
    project: Project, lead: User
) -> None:
    first = make_example(project)
    make_example()
    seen = Selection(example_filter=ExampleFilter(state="draft"), expected=1)
    second = make_example(project)
    action = bulk.select_examples(project=project, kind=BulkKind.SUBMIT, selection=seen, actor=lead)
    third = make_example(project)
    bulk.run_bulk_action(action.pk)
    action.refresh_from_db()
    assert (action.expected, action.selected) == (1, 2)
    run(action)
    assert states([first, second, third]) == [State.IN_REVIEW, State.IN_REVIEW, State.DRAFT]


def test_examples_of_another_project_are_not_selected(project: Project, lead: User) -> None:
    mine, foreign = make_example(project), make_example()
    action = preview(BulkKind.SUBMIT, [mine, foreign], lead)
    assert (action.expected, action.selected) == (2, 1)
    with pytest.raises(InvalidInput):
        bulk.select_examples(
            project=project, kind=BulkKind.SUBMIT, selection=Selection(ids=[foreign.pk]), actor=lead
        )


def test_labels_are_changed_in_a_revision_and_undone_with_the_approval(
    project: Project, lead: User
) -> None:
    approved = make_approved_example(project, content=make_content(tags=["old", "kept"]))
    same = make_example(project, content=make_content(tags=["new", "kept"], intent="refunds"))
    params = {"add_tags": ["new"], "remove_tags": ["old"], "intent": "refunds"}
    action = run(preview(BulkKind.LABEL, [approved, same], lead, **params))
    assert reasons(action) == {same.pk: "bulk.nothing_to_change"}
    changed = GoldenExample.objects.get(pk=approved.pk)
    assert (changed.tags, str(changed.intent), changed.state) == (
        ["kept", "new"],
        "refunds",
        "draft",
    )
    undo(action)
    restored = GoldenExample.objects.get(pk=approved.pk)
    assert (restored.tags, str(restored.intent), restored.state) == (
        ["old", "kept"],
        "delivery",
        "approved",
    )
    assert (restored.latest_number, restored.approved_revision_id) == (
        3,
        approved.approved_revision_id,
    )
    event = ExampleEvent.objects.filter(example=approved).first()
    assert event is not None
    assert (event.action, event.before, event.after) == ("undo_bulk", "draft", "approved")
    assert event.detail == {"bulk": action.pk}


def test_an_undo_leaves_what_was_changed_since(project: Project, lead: User) -> None:
    kept, restored = make_example(project), make_example(project)
    action = run(preview(BulkKind.RETIRE, [kept, restored], lead), reason="Duplicates.")
    examples.reopen(example_id=kept.pk, actor=lead, reason="Not a duplicate.")
    examples.retire(example_id=kept.pk, actor=lead, reason="It is one.")
    undoing = undo(action)
    assert reasons(undoing) == {kept.pk: "bulk.changed_since"}
    assert states([kept, restored]) == [State.RETIRED, State.DRAFT]
    with pytest.raises(InvalidTransition):
        bulk.select_undo(action_id=undoing.pk, actor=lead)
    # What an undo restored was changed by it.
    again = bulk.select_undo(action_id=action.pk, actor=lead)
    bulk.run_bulk_action(again.pk)
    assert set(reasons(again).values()) == {"bulk.changed_since"}


def test_only_its_member_confirms_and_only_they_or_a_lead_undo(
    project: Project, lead: User
) -> None:
    annotator, other = make_member(project, Role.ANNOTATOR), make_member(project, Role.ANNOTATOR)
    example = make_example(project)
    action = preview(BulkKind.SUBMIT, [example], annotator)
    with pytest.raises(PermissionDeniedError):
        bulk.confirm(action_id=action.pk, actor=lead)
    run(action)
    with pytest.raises(PermissionDeniedError):
        bulk.select_undo(action_id=action.pk, actor=other)
    undo(action, lead)
    assert states([example]) == [State.DRAFT]


def test_a_reason_is_required_where_the_single_action_requires_it(
    project: Project, lead: User
) -> None:
    example = make_example_in_review(project)
    action = preview(BulkKind.REQUEST_CHANGES, [example], lead)
    with pytest.raises(InvalidInput):
        bulk.confirm(action_id=action.pk, actor=lead, reason=" ")
    run(action, reason="Shorter.")
    assert example.latest_revision.reviews.get().comment == "Shorter."


def test_findings_of_one_kind_are_replaced(project: Project, lead: User) -> None:
    text = "Ask ann@example.org, call +49 30 901820 or write to 192.168.20.31."
    both, none = make_example(project, content=make_content(answer=text)), make_example(project)
    finding = both.latest_revision.findings.filter(text__params__kind="email").get()
    action = preview(BulkKind.REPLACE_FINDINGS, [both, none], lead, code=finding.code)
    assert reasons(action) == {none.pk: "curation.no_replacement"}
    run(action)
    after = GoldenExample.objects.get(pk=both.pk).latest_revision
    answer = after.messages[-1]["content"]
    assert "ann@example.org" not in answer
    assert after.findings.filter(code=finding.code, state="open").count() == 0


SIGN_OFF = {"find": "Best, Ann", "by": "Kind regards", "roles": ["assistant"]}
PLAIN = {"is_regex": False, "ignores_case": False}


def answers(chosen: Iterable[GoldenExample]) -> list[str]:
    latest = [GoldenExample.objects.get(pk=example.pk).latest_revision for example in chosen]
    return [revision.messages[-1]["content"] for revision in latest]


def test_a_text_is_replaced_in_the_chosen_roles_and_restored(project: Project, lead: User) -> None:
    content = make_content(question="Best, Ann?", answer="Yes. Best, Ann")
    found = make_approved_example(project, content=content)
    other = make_example(project)
    action = preview(BulkKind.REPLACE_TEXT, [found, other], lead, **SIGN_OFF, **PLAIN)
    assert reasons(action) == {other.pk: "bulk.not_found"}
    (change,) = text_changes(action, lead)
    assert [
        [piece.text for piece in pieces if piece.change != "same"] for pieces in change.messages
    ]
    run(action)
    changed = GoldenExample.objects.get(pk=found.pk)
    assert (answers([found]), changed.state) == (["Yes. Kind regards"], "draft")
    assert changed.latest_revision.messages[1]["content"] == "Best, Ann?"
    undo(action)
    assert (answers([found]), states([found])) == (["Yes. Best, Ann"], [State.APPROVED])


@pytest.mark.parametrize(
    ("find", "by", "after"),
    [
        (r"(\d+) days", r"\1 working days", "In 7 working days."),
        (r"IN (?=7)", "Within ", "Within 7 days."),
    ],
)
def test_an_expression_replaces_its_groups(
    project: Project, lead: User, find: str, by: str, after: str
) -> None:
    example = make_example(project, content=make_content(answer="In 7 days."))
    params = {"find": find, "by": by, "roles": ["assistant"]}
    rules = {"is_regex": True, "ignores_case": True}
    run(preview(BulkKind.REPLACE_TEXT, [example], lead, **params, **rules))
    assert answers([example]) == [after]


def test_an_expression_that_takes_too_long_leaves_the_example(project: Project, lead: User) -> None:
    slow = make_example(project, content=make_content(answer="a" * 4000))
    params = {"find": r"(a|aa)+$(?<=b)", "by": "", "roles": ["assistant"]}
    rules = {"is_regex": True, "ignores_case": False}
    action = preview(BulkKind.REPLACE_TEXT, [slow], lead, **params, **rules)
    assert reasons(action) == {slow.pk: "bulk.expression_too_slow"}


@pytest.mark.parametrize(("find", "by"), [("(", ""), ("a", r"\7"), (r"\p{Nope}", "")])
def test_a_malformed_expression_is_named_before_the_preview(find: str, by: str) -> None:
    with pytest.raises(InvalidInput):
        Replacement(find, by, ("assistant",), is_regex=True).check()
    # As a plain text it is fine.
    Replacement(find, by, ("assistant",)).check()


def test_a_split_is_set_without_a_revision(project: Project, lead: User) -> None:
    approved = make_approved_example(project)
    action = run(preview(BulkKind.SPLIT, [approved], lead, split="test"))
    changed = GoldenExample.objects.get(pk=approved.pk)
    assert (changed.imported_split, changed.state, changed.latest_number) == ("test", "approved", 1)
    assert reasons(preview(BulkKind.SPLIT, [approved], lead, split="test")) == {
        approved.pk: "curation.same_split"
    }
    undo(action)
    assert GoldenExample.objects.get(pk=approved.pk).imported_split == ""


def test_a_killed_job_continues_and_changes_nothing_twice(
    project: Project, lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = [make_example(project) for _ in range(3)]
    action = preview(BulkKind.SUBMIT, chosen, lead)
    bulk.confirm(action_id=action.pk, actor=lead)
    monkeypatch.setattr(running, "CHANGE_CHUNK", 2)
    held = claim_job(BulkAction, action.pk)
    assert held is not None
    running._change_chunk(held)
    assert states(chosen) == [State.IN_REVIEW, State.IN_REVIEW, State.DRAFT]
    # The worker is gone; another one finds the job when the lease is over.
    late = timezone.now() - timedelta(minutes=5)
    BulkAction.objects.filter(pk=action.pk).update(heartbeat_at=late)
    bulk.run_bulk_action(action.pk)
    action.refresh_from_db()
    assert (action.done, action.has_changed) == (3, True)
    events = ExampleEvent.objects.filter(example__in=chosen, action="submit")
    assert events.count() == 3
    with pytest.raises(ClaimLost):
        running._change_chunk(held)


def test_a_cancelled_job_keeps_what_it_changed_and_can_be_undone(
    project: Project, lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = [make_example(project) for _ in range(2)]
    action = preview(BulkKind.SUBMIT, chosen, lead)
    bulk.confirm(action_id=action.pk, actor=lead)
    monkeypatch.setattr(running, "CHANGE_CHUNK", 1)
    held = claim_job(BulkAction, action.pk)
    assert held is not None
    running._change_chunk(held)
    assert bulk.cancel(action_id=action.pk, actor=lead)
    assert not bulk.cancel(action_id=action.pk, actor=lead)
    with pytest.raises(ClaimLost):
        running._change_chunk(held)
    action.refresh_from_db()
    assert states(chosen) == [State.IN_REVIEW, State.DRAFT]
    undo(action)
    assert states(chosen) == [State.DRAFT, State.DRAFT]


def test_a_preview_takes_the_same_queries_for_any_number(
    project: Project, lead: User, django_assert_max_num_queries: Any
) -> None:
    chosen = [make_example_in_review(project) for _ in range(8)]
    selection = Selection(ids=[example.pk for example in chosen])
    action = bulk.select_examples(
        project=project, kind=BulkKind.APPROVE, selection=selection, actor=lead
    )
    with django_assert_max_num_queries(40):
        bulk.run_bulk_action(action.pk)
    assert BulkItem.objects.filter(action=action, outcome=Outcome.READY).count() == 8
    assert BulkAction.objects.get(pk=action.pk).stage == Stage.CHECKING
    reviews.approve(
        example_id=chosen[0].pk, revision_id=chosen[0].latest_revision.pk, reviewer=lead
    )
    run(BulkAction.objects.get(pk=action.pk))
    assert reasons(action) == {chosen[0].pk: "bulk.changed_meanwhile"}


def test_previews_that_nobody_confirmed_are_deleted_after_a_day(
    project: Project, lead: User
) -> None:
    example = make_example(project)
    old, fresh = (
        preview(BulkKind.SUBMIT, [example], lead),
        preview(BulkKind.SUBMIT, [example], lead),
    )
    done = run(preview(BulkKind.SUBMIT, [example], lead))
    past = timezone.now() - timedelta(days=2)
    BulkAction.objects.exclude(pk=fresh.pk).update(created_at=past)
    assert delete_old_previews() == 1
    assert set(BulkAction.objects.values_list("pk", flat=True)) == {fresh.pk, done.pk}
    assert not BulkItem.objects.filter(action=old.pk).exists()
