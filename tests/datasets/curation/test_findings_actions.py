"""Findings: stored with each revision, replaced with one click, or dismissed with a reason."""

import pytest

from datasets.curation import actions as examples
from datasets.curation.actions import content_of, reviews
from datasets.curation.models import ExampleEvent, Finding, GoldenExample
from reviewapp.core.errors import (
    InvalidInput,
    InvalidTransition,
    PermissionDeniedError,
    StaleRevision,
)
from reviewapp.core.messages import message
from reviewapp.people.models import Role, User
from tests.factories.examples import make_content, make_example
from tests.factories.people import make_member, make_user

pytestmark = pytest.mark.django_db

TWO_ADDRESSES = "Write to ann@example.org or to bob@example.org, please."


def author_of(example: GoldenExample) -> User:
    assert example.created_by is not None
    return example.created_by


def with_addresses() -> GoldenExample:
    return make_example(content=make_content(answer=TWO_ADDRESSES))


def findings_of(example: GoldenExample) -> list[Finding]:
    example.refresh_from_db()
    return list(example.latest_revision.findings.all())


def test_personal_data_is_found_and_counted() -> None:
    example = with_addresses()
    found = findings_of(example)
    assert [finding.replacement for finding in found] == ["[EMAIL]", "[EMAIL]"]
    assert [TWO_ADDRESSES[finding.start : finding.end] for finding in found] == [
        "ann@example.org",
        "bob@example.org",
    ]
    assert (example.open_findings, example.blocking_findings) == (2, 2)
    assert not any("ann@" in str(finding.text.as_json()) for finding in found)


def test_one_click_replaces_one_finding_in_a_new_revision() -> None:
    example = with_addresses()
    revision = examples.replace_finding(
        finding_id=findings_of(example)[1].pk, actor=author_of(example)
    )
    assert revision.number == 2
    assert revision.messages[2]["content"] == "Write to ann@example.org or to [EMAIL], please."
    assert revision.note == ""
    assert revision.generated_note == message(
        "curation.replaced_personal_data", replacements=["[EMAIL]"]
    )
    event = example.events.latest("pk")
    assert event.detail["note"] == revision.generated_note.as_json()
    assert [finding.start for finding in findings_of(example)] == [9]
    assert example.open_findings == 1


def test_the_note_of_a_replacement_names_what_was_replaced() -> None:
    example = make_example(content=make_content(answer="Ask ann@example.org, mob \u202edlrow."))
    revision = examples.replace_all_findings(
        example_id=example.pk, base_number=1, actor=author_of(example)
    )
    assert revision.messages[2]["content"] == "Ask [EMAIL], mob dlrow."
    assert revision.generated_note == message("curation.replaced_both", replacements=["[EMAIL]"])
    assert revision.note_text.startswith("Replaced personal data with [EMAIL] and")


def test_one_click_replaces_all_in_one_revision() -> None:
    example = with_addresses()
    revision = examples.replace_all_findings(
        example_id=example.pk, base_number=1, actor=author_of(example)
    )
    assert revision.messages[2]["content"] == "Write to [EMAIL] or to [EMAIL], please."
    assert findings_of(example) == []
    assert example.open_findings == 0
    assert example.latest_number == 2


def test_replacing_needs_a_finding_with_a_replacement() -> None:
    example = make_example()
    with pytest.raises(InvalidInput, match="No open finding"):
        examples.replace_all_findings(
            example_id=example.pk, base_number=1, actor=author_of(example)
        )


def test_replacing_does_not_discard_unsaved_changes() -> None:
    example = with_addresses()
    author = author_of(example)
    examples.save_draft(
        example_id=example.pk, user=author, base_number=1, version=1, content={"a": 1}
    )
    with pytest.raises(InvalidTransition, match="unsaved changes"):
        examples.replace_all_findings(example_id=example.pk, base_number=1, actor=author)
    with pytest.raises(InvalidTransition, match="unsaved changes"):
        examples.replace_finding(finding_id=findings_of(example)[0].pk, actor=author)
    assert example.drafts.exists()


def test_replacing_in_an_old_revision_is_rejected() -> None:
    example = with_addresses()
    first, second = findings_of(example)
    examples.replace_finding(finding_id=first.pk, actor=author_of(example))
    with pytest.raises(StaleRevision, match="the current one is revision 2"):
        examples.replace_finding(finding_id=second.pk, actor=author_of(example))
    with pytest.raises(StaleRevision):
        examples.replace_all_findings(
            example_id=example.pk, base_number=1, actor=author_of(example)
        )


def test_a_dismissal_keeps_member_and_reason() -> None:
    example = with_addresses()
    first = findings_of(example)[0]
    actor = make_member(example.project, Role.REVIEWER)
    examples.dismiss_finding(finding_id=first.pk, actor=actor, reason="Our own help desk.")
    first.refresh_from_db()
    assert (first.state, first.dismissed_by, first.reason) == (
        "dismissed",
        actor,
        "Our own help desk.",
    )
    example.refresh_from_db()
    assert (example.open_findings, example.blocking_findings) == (1, 1)
    event = ExampleEvent.objects.latest("pk")
    assert (event.action, event.actor, event.reason) == (
        "dismiss_finding",
        actor,
        "Our own help desk.",
    )
    with pytest.raises(InvalidTransition):
        examples.dismiss_finding(finding_id=first.pk, actor=actor, reason="Again.")


def test_a_dismissal_needs_a_reason_and_a_member() -> None:
    finding = findings_of(example := with_addresses())[0]
    with pytest.raises(InvalidInput, match="Give a reason"):
        examples.dismiss_finding(finding_id=finding.pk, actor=author_of(example), reason="")
    with pytest.raises(PermissionDeniedError):
        examples.dismiss_finding(finding_id=finding.pk, actor=make_user(), reason="Because.")


def test_a_dismissal_lasts_while_its_text_is_unchanged() -> None:
    example = with_addresses()
    author = author_of(example)
    first, second = findings_of(example)
    examples.dismiss_finding(finding_id=first.pk, actor=author, reason="Our own help desk.")
    examples.revise(
        example_id=example.pk,
        base_number=1,
        content=make_content(answer="Ask ann@example.org, bob@example.org or eve@example.org."),
        actor=author,
    )
    states = {
        example.latest_revision.messages[2]["content"][finding.start : finding.end]: finding.state
        for finding in findings_of(example)
    }
    assert states == {
        "ann@example.org": "dismissed",
        "bob@example.org": "open",
        "eve@example.org": "open",
    }
    assert example.blocking_findings == 2
    assert second.state == "open"


def test_the_same_messages_twice_are_found() -> None:
    example = make_example()
    twin = make_example(example.project, content=content_of(example.latest_revision))
    (finding,) = findings_of(twin)
    assert finding.code == "exact_duplicate"
    assert finding.text.params == {"example": example.pk}
    assert findings_of(example) == []
    reviews.submit(example_id=twin.pk, actor=author_of(twin))
