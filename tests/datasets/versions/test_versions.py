"""Freezing: who may, what enters, what the digest depends on, what is refused and why."""

import hashlib

import pytest
from django.db import connection
from django.db.utils import ProgrammingError
from django.test.utils import CaptureQueriesContext

from datasets.conversations.split import SPLITS
from datasets.curation import actions as examples
from datasets.curation.models import Finding, Review
from datasets.versions import actions as versions
from datasets.versions.exports import line_of, version_digest
from datasets.versions.models import DatasetVersion, VersionEvent
from datasets.versions.plans import BLOCKED, plan_version
from datasets.versions.splits import DEFAULT_SHARES, TEST, TRAIN, VALIDATION
from reviewapp.core.errors import (
    InvalidInput,
    InvalidTransition,
    PermissionDeniedError,
    SplitLeakage,
    StaleRevision,
)
from reviewapp.core.messages import message
from tests.factories.examples import make_content, make_example, make_example_in_review
from tests.factories.versions import ProjectWithMembers, make_version
from tests.sentences import codes_in

pytestmark = pytest.mark.django_db


def digests(version: DatasetVersion) -> dict[str, str]:
    return dict(version.files.values_list("split", "sha256"))


def test_a_version_holds_the_approved_wordings_and_who_approved_them() -> None:
    house = ProjectWithMembers()
    approved = house.many(10)
    version = house.freeze("The first ten.")
    assert (version.number, version.changelog, version.created_by) == (
        1,
        "The first ten.",
        house.lead,
    )
    items = version.items.select_related("revision", "review")
    assert {item.revision.example_id for item in items} == {example.pk for example in approved}
    for item in items:
        assert item.review.revision_id == item.revision_id
        assert item.review.decision == Review.Decision.APPROVE
        assert item.review.reviewer == house.reviewer


def test_each_file_is_described_by_its_exact_bytes() -> None:
    version = make_version(20)
    for file in version.files.all():
        items = version.items.filter(split=file.split).order_by("position")
        lines = [line_of(examples.content_of(item.revision)) for item in items]
        assert [item.position for item in items] == list(range(1, len(lines) + 1))
        assert file.sha256 == hashlib.sha256(b"".join(lines)).hexdigest()
        assert file.size_bytes == sum(map(len, lines))
        assert file.examples == len(lines)
        assert file.tokens == sum(item.revision.tokens for item in items)
    assert version.digest == version_digest(digests(version))
    assert set(digests(version)) == set(SPLITS)


def test_the_same_content_has_the_same_digest_whatever_its_ids_order_and_people() -> None:
    questions = [f"Question {number}?" for number in range(20)]
    house, other = ProjectWithMembers(), ProjectWithMembers()
    for question in questions:
        house.approved(question=question)
    for question in reversed(questions):
        other.approved(question=question)
    assert house.freeze("One.").digest == other.freeze("Other.").digest


def test_other_content_or_other_shares_have_another_digest() -> None:
    def digest(*, questions: int, shares: dict[str, int]) -> str:
        house = ProjectWithMembers()
        for number in range(questions):
            house.approved(question=f"Question {number}?")
        return house.freeze(shares=shares).digest

    usual = digest(questions=10, shares=DEFAULT_SHARES)
    assert usual != digest(questions=11, shares=DEFAULT_SHARES)
    assert usual != digest(questions=10, shares={TRAIN: 60, VALIDATION: 20, TEST: 20})


def test_only_approved_examples_enter_and_the_rest_is_counted() -> None:
    house = ProjectWithMembers()
    house.many(10)
    make_example(house.project)
    make_example_in_review(house.project)
    retired = house.approved()
    examples.retire(example_id=retired.pk, actor=house.lead, reason="Out of date.")
    version = house.freeze()
    assert version.items.count() == 10
    assert version.summary["left_out"] == {"draft": 1, "in_review": 1, "retired": 1}


def test_an_open_blocking_finding_keeps_an_approved_example_out() -> None:
    house = ProjectWithMembers()
    *_, blocked = house.many(11)
    Finding.objects.create(
        revision=blocked.latest_revision,
        code="email",
        severity=Finding.Severity.BLOCKING,
        text="An email address stands here.",
    )
    version = house.freeze()
    assert not version.items.filter(revision__example=blocked).exists()
    assert version.summary["left_out"] == {BLOCKED: 1}


def test_a_version_keeps_its_wording_when_an_example_is_edited() -> None:
    house = ProjectWithMembers()
    example, *_ = house.many(10)
    version = house.freeze()
    examples.revise(
        example_id=example.pk, base_number=1, content=make_content(), actor=house.author
    )
    item = version.items.get(revision__example=example)
    assert item.revision.number == 1
    assert version.summary["changes"] is None


def test_the_next_version_says_what_changed() -> None:
    house = ProjectWithMembers()
    edited, retired, *_ = house.many(10)
    house.freeze()
    house.approved()
    examples.revise(example_id=edited.pk, base_number=1, content=make_content(), actor=house.author)
    house.approve(edited)
    examples.retire(example_id=retired.pk, actor=house.lead, reason="Out of date.")
    second = house.freeze("Second.")
    assert second.number == 2
    changes = second.summary["changes"]
    assert (changes["since"], changes["added"], changes["changed"], changes["removed"]) == (
        *(1, 1, 1, 1),
    )


def test_nothing_new_is_refused_with_the_number_that_has_it() -> None:
    house = ProjectWithMembers()
    house.many(10)
    house.freeze()
    with pytest.raises(InvalidTransition, match="Nothing has changed since version 1"):
        house.freeze("Again.")
    assert house.freeze("More test.", shares={TRAIN: 50, VALIDATION: 0, TEST: 50}).number == 2


def test_a_new_label_makes_a_new_version_with_the_same_bytes() -> None:
    house = ProjectWithMembers()
    example, *_ = house.many(10)
    first = house.freeze()
    said = examples.content_of(example.latest_revision)
    said.tags.append("polite")
    examples.revise(example_id=example.pk, base_number=1, content=said, actor=house.author)
    house.approve(example)
    second = house.freeze("A tag.")
    assert second.digest == first.digest
    assert second.summary["changes"]["changed"] == 1


def test_the_same_words_in_train_and_test_are_refused_and_named() -> None:
    house = ProjectWithMembers()
    house.many(10)
    trained = house.approved(question="Where is my parcel?", split=TRAIN)
    tested = house.approved(question="where is  my PARCEL?", answer="Other.", split=TEST)
    with pytest.raises(SplitLeakage) as refusal:
        house.freeze()
    assert f"example {tested.pk} (test) and example {trained.pk} (Train)" in str(refusal.value)
    assert not DatasetVersion.objects.exists()


def test_the_same_words_without_an_imported_split_stay_together() -> None:
    house = ProjectWithMembers()
    house.many(10)
    twins = [house.approved(question="Where?", answer=f"There {n}.") for n in range(4)]
    version = house.freeze()
    splits = version.items.filter(revision__example__in=twins).values_list("split", flat=True)
    assert len(set(splits)) == 1


def test_an_imported_split_wins() -> None:
    house = ProjectWithMembers()
    house.many(10)
    chosen = {split: house.approved(split=split) for split in SPLITS}
    version = house.freeze()
    for split, example in chosen.items():
        assert version.items.get(revision__example=example).split == split


def test_a_row_in_train_and_validation_is_told_by_the_preflight() -> None:
    house = ProjectWithMembers()
    house.many(10)
    for split in (TRAIN, VALIDATION):
        house.approved(question="Where?", answer="There.", split=split)
    version = house.freeze()
    file = version.files.get(split=VALIDATION)
    codes = {code for error in file.preflight_errors for code in codes_in(error)}
    assert "preflight.row_in_training_file" in codes


def test_a_small_training_file_is_frozen_and_marked() -> None:
    version = make_version(5)
    errors = version.files.get(split=TRAIN).preflight_errors
    assert errors == [message("preflight.too_few_examples", n=4, minimum=10)]


def test_only_a_lead_freezes() -> None:
    house = ProjectWithMembers()
    house.many(10)
    for person in (house.author, house.reviewer):
        with pytest.raises(PermissionDeniedError):
            versions.freeze_version(project=house.project, changelog="Mine.", actor=person)


@pytest.mark.parametrize("changelog", ["", "  \n", "a" * 4001])
def test_a_version_says_what_changed(changelog: str) -> None:
    house = ProjectWithMembers()
    house.many(10)
    with pytest.raises(InvalidInput):
        house.freeze(changelog)


def test_nothing_approved_is_nothing_to_freeze() -> None:
    house = ProjectWithMembers()
    make_example(house.project)
    with pytest.raises(InvalidTransition, match="There are no approved examples"):
        house.freeze()


def test_what_was_seen_is_what_is_frozen() -> None:
    house = ProjectWithMembers()
    house.many(10)
    seen = plan_version(house.project, DEFAULT_SHARES).fingerprint
    late = house.approved()

    def freeze(fingerprint: str) -> DatasetVersion:
        return versions.freeze_version(
            project=house.project, changelog="Seen.", actor=house.lead, seen=fingerprint
        )

    with pytest.raises(StaleRevision):
        freeze(seen)
    version = freeze(plan_version(house.project, DEFAULT_SHARES).fingerprint)
    assert version.items.filter(revision__example=late).exists()


def test_the_freeze_is_in_the_audit_trail() -> None:
    version = make_version(10)
    event = VersionEvent.objects.get(version=version)
    assert (event.action, event.actor, event.after) == (
        "freeze",
        version.created_by,
        version.digest,
    )
    assert event.detail["examples"] == {file.split: file.examples for file in version.files.all()}


@pytest.mark.usefixtures("runtime_role")
@pytest.mark.parametrize("table", ["datasetversion", "datasetitem", "datasetfile", "versionevent"])
def test_the_running_application_cannot_alter_a_version(table: str) -> None:
    make_version(10)
    with connection.cursor() as cursor, pytest.raises(ProgrammingError):
        cursor.execute(f"DELETE FROM datasets_{table}")  # noqa: S608 a name from the list above


def test_counts_tell_how_often_each_label_is_in_each_split() -> None:
    house = ProjectWithMembers()
    house.many(10, intent="returns", language="de")
    house.many(20, intent="delivery", language="en")
    counts = house.freeze().summary["counts"]
    assert counts["intents"][0] == {"label": "delivery", "train": 16, "validation": 2, "test": 2}
    assert counts["intents"][1] == {"label": "returns", "train": 8, "validation": 1, "test": 1}
    assert [language["label"] for language in counts["languages"]] == ["en", "de"]


def test_freezing_costs_as_many_statements_for_forty_as_for_ten() -> None:
    statements = []
    for number in (10, 40):
        house = ProjectWithMembers()
        house.many(number)
        with CaptureQueriesContext(connection) as captured:
            house.freeze()
        statements.append(len(captured))
    assert statements[0] == statements[1]
