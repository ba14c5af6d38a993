"""Like examples in a version: drawn into one split, reported where imports part them."""

import pytest
from django.test import Client
from django.urls import reverse

from datasets.curation.models import GoldenExample
from datasets.similarity.models import SimilarPair
from datasets.versions.actions import freeze_version
from datasets.versions.overlaps import (
    FilesCount,
    Likeness,
    OverlapReport,
    group_words,
    report_overlaps,
)
from datasets.versions.plans import plan_version, stored_overlaps
from datasets.versions.splits import DEFAULT_SHARES, TEST, TRAIN, VALIDATION
from reviewapp.people.models import Project, Role
from tests.factories.examples import make_approved_example, make_content
from tests.factories.people import make_member, make_project

QUESTION = "My parcel has not arrived although the tracking page says that it was delivered."
ANSWER = "I am sorry. Please ask your neighbours first; we open an inquiry with the carrier today."
OTHER_ANSWER = (
    "We refund the whole price within seven working days, you need not send anything back."
)


def near(first: int, second: int, *, answer: int = 90) -> Likeness:
    return Likeness(first, second, 85, answer, "near_duplicate" if answer >= 60 else "two_answers")


def test_examples_linked_by_pairs_or_by_equal_words_share_the_smallest_hash() -> None:
    words = {1: "d", 2: "c", 3: "b", 4: "a", 5: "d"}
    assert group_words([near(1, 2), near(2, 3), near(4, 9)], words) == {
        **dict.fromkeys((1, 2, 3, 5), "b"),
        4: "a",
    }


def test_the_report_counts_pairs_by_the_files_they_are_in() -> None:
    pairs = [near(1, 2), near(1, 3), near(1, 4), near(1, 5, answer=0), near(1, 9)]
    splits = {1: TRAIN, 2: TEST, 3: VALIDATION, 4: TRAIN, 5: TRAIN}
    report = report_overlaps(pairs, splits)
    assert (report.tested, report.validated, report.two_answers) == (1, 1, 1)
    assert [(pair.example, pair.other) for pair in report.pairs] == [(2, 1), (1, 3), (1, 5)]
    assert OverlapReport.from_json(report.as_json()) == report


def test_pairs_are_counted_by_files_and_kind_also_those_of_older_reports() -> None:
    equal = Likeness(3, 2, 100, 80, "near_duplicate")
    pairs = [near(1, 2), near(4, 2), equal, near(1, 5, answer=0)]
    splits = {1: TRAIN, 2: TEST, 3: VALIDATION, 4: TRAIN, 5: TRAIN}
    report = report_overlaps(pairs, splits)
    assert report.counts == (
        FilesCount(TRAIN, TRAIN, "two_answers", 1),
        FilesCount(TRAIN, TEST, "near_duplicate", 2),
        FilesCount(VALIDATION, TEST, "equal", 1),
    )
    stored = report.as_json()
    del stored["counts"]
    assert OverlapReport.from_json(stored) == report
    assert report.total == 4


def make_like(project: Project, greeting: str, split: str = "", answer: str = ANSWER) -> int:
    content = make_content(question=f"{greeting} {QUESTION}", answer=answer)
    example = make_approved_example(project, content=content)
    GoldenExample.objects.filter(pk=example.pk).update(imported_split=split)
    return example.pk


@pytest.mark.django_db
def test_like_examples_are_drawn_into_one_split() -> None:
    project = make_project()
    like = {make_like(project, greeting) for greeting in ("", "Hello.", "Good day.", "Please:")}
    for _ in range(8):
        make_approved_example(project)
    shares = {TRAIN: 50, VALIDATION: 20, TEST: 30}
    plan = plan_version(project, shares)
    splits = {
        split
        for split, members in plan.members.items()
        for member in members
        if member.example_id in like
    }
    assert len(splits) == 1
    assert plan.overlaps.total == 0


@pytest.mark.django_db
def test_a_contaminated_test_split_is_shown_before_and_after_freezing(client: Client) -> None:
    project = make_project()
    tested, trained = make_like(project, "", TEST), make_like(project, "Hello.", TRAIN)
    other = make_like(project, "Good day.", TRAIN, OTHER_ANSWER)
    lead = make_member(project, Role.LEAD)
    client.force_login(lead)
    page = client.get(reverse("datasets:new_version", args=[project.slug]))
    rows = page.context["overlap_rows"]
    assert {(row.pair.example, row.pair.other) for row in rows} == {
        (tested, trained),
        (tested, other),
        (trained, other),
    }
    version = freeze_version(project=project, changelog="First.", actor=lead)
    report = stored_overlaps(version)
    assert report is not None
    assert (report.tested, report.validated, report.two_answers) == (2, 0, 2)
    SimilarPair.objects.filter(first=tested).update(
        dismissed_by=lead, dismissed_at=lead.date_joined
    )
    page = client.get(reverse("datasets:version_overlap", args=[project.slug, version.number]))
    assert [row.is_open for row in page.context["rows"]] == [False, False, True]
    assert plan_version(project, DEFAULT_SHARES).overlaps.tested == 0
