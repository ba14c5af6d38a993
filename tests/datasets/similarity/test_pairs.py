"""Signatures and pairs as they are stored: with each write, forgotten with the example."""

from dataclasses import replace

import pytest
from django.db import connection

from datasets.conversations.chat import Content
from datasets.curation import actions as examples
from datasets.curation.actions import content_of
from datasets.curation.models import GoldenExample
from datasets.duplicates.actions import sign_missing
from datasets.erasure.actions import erase_example
from datasets.similarity import actions
from datasets.similarity.lookup import MAX_NEIGHBOURS, Neighbour, Signed
from datasets.similarity.models import ExampleSignature, SimilarityBand, SimilarPair
from datasets.similarity.signatures import BANDS, Kind
from reviewapp.people.models import Project, Role
from tests.factories.examples import make_content, make_example
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db

QUESTION = "My parcel has not arrived although the tracking page says that it was delivered."
ANSWER = "I am sorry. Please ask your neighbours first; we open an inquiry with the carrier today."
OTHER_ANSWER = (
    "We refund the whole price within seven working days, you need not send anything back."
)


def like(question: str = QUESTION, answer: str = ANSWER) -> Content:
    return make_content(question=question, answer=answer)


def pairs(project: Project) -> list[tuple[int, int, str]]:
    found = SimilarPair.objects.filter(project=project).order_by("first", "second")
    return [*found.values_list("first_id", "second_id", "kind")]


def revise(example: GoldenExample, content: Content) -> None:
    author = example.created_by
    assert author is not None
    examples.revise(example_id=example.pk, base_number=1, content=content, actor=author)


def test_saving_an_example_finds_those_that_are_like_it() -> None:
    project = make_project()
    first = make_example(project, content=like())
    near = make_example(project, content=like(question=f"Hello. {QUESTION}"))
    other = make_example(project, content=like(answer=OTHER_ANSWER))
    make_example(project)
    assert pairs(project) == [
        (first.pk, near.pk, Kind.NEAR),
        (first.pk, other.pk, Kind.TWO_ANSWERS),
        (near.pk, other.pk, Kind.TWO_ANSWERS),
    ]


def test_new_labels_and_system_messages_compare_nothing_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = make_project()
    first, second = make_example(project, content=like()), make_example(project, content=like())
    found = pairs(project)
    asked: list[int] = []

    def look_up(_project_id: int, signed: list[Signed]) -> dict[int, list[Neighbour]]:
        asked.extend(example.example_id for example in signed)
        return {}

    monkeypatch.setattr(actions, "neighbours", look_up)
    content = content_of(first.latest_revision)
    system = {"role": "system", "content": "Be brief."}
    revise(first, replace(content, intent="refunds", messages=[system, *content.messages[1:]]))
    assert (asked, pairs(project)) == ([], found)
    revise(second, like(answer=OTHER_ANSWER))
    assert asked == [second.pk]


def test_examples_of_other_projects_are_not_compared() -> None:
    make_example(content=like())
    project = make_project()
    make_example(project, content=like())
    assert pairs(project) == []


def test_a_revision_replaces_the_pairs_and_bands_of_the_example() -> None:
    project = make_project()
    make_example(project, content=like())
    changed = make_example(project, content=like(question=f"Hello. {QUESTION}"))
    revise(changed, make_content(question="How do I change the name on the invoice of a company?"))
    assert pairs(project) == []
    assert SimilarityBand.objects.filter(example_id=changed.pk).count() == 1 + BANDS


def test_a_dismissed_pair_stays_dismissed_while_the_two_are_alike() -> None:
    project = make_project()
    make_example(project, content=like())
    changed = make_example(project, content=like(question=f"Hello. {QUESTION}"))
    lead = make_member(project, Role.LEAD)
    SimilarPair.objects.update(dismissed_by=lead, dismissed_at=changed.created_at)
    revise(changed, like(question=f"Good morning. {QUESTION}"))
    assert SimilarPair.objects.get().dismissed_by == lead


def test_a_common_question_gets_a_limited_number_of_pairs_each() -> None:
    project = make_project()
    author = make_member(project, Role.ANNOTATOR)
    for number in range(MAX_NEIGHBOURS + 3):
        make_example(project, author=author, content=like(answer=f"Answer {number}."))
    count = MAX_NEIGHBOURS * (MAX_NEIGHBOURS + 1) // 2 + 2 * MAX_NEIGHBOURS
    assert SimilarPair.objects.filter(project=project).count() == count


def test_erasing_an_example_forgets_its_signature_bands_and_pairs() -> None:
    project = make_project()
    make_example(project, content=like())
    erased = make_example(project, content=like(question=f"Hello. {QUESTION}"))
    erase_example(example_id=erased.pk, reason="Asked for.", actor=make_member(project, Role.LEAD))
    assert not ExampleSignature.objects.filter(example=erased).exists()
    assert not SimilarityBand.objects.filter(example_id=erased.pk).exists()
    assert pairs(project) == []
    assert sign_missing() == 0


def test_a_deleted_example_is_compared_again_after_it_is_restored() -> None:
    project = make_project()
    make_example(project, content=like())
    deleted = make_example(project, content=like(question=f"Hello. {QUESTION}"))
    row = GoldenExample.with_deleted.filter(pk=deleted.pk)
    row.update(deleted_at=deleted.created_at)
    assert (pairs(project), sign_missing()) == ([], 0)
    row.update(deleted_at=None)
    assert sign_missing() == 1
    assert len(pairs(project)) == 1


def test_deleting_the_row_of_an_example_forgets_its_signature_and_pairs() -> None:
    project = make_project()
    make_example(project, content=like())
    bare = GoldenExample.objects.create(project=project)
    kept = ExampleSignature.objects.get()
    kept.example_id = bare.pk
    kept.save(force_insert=True)
    SimilarPair.objects.update_or_create(
        project=project, first_id=1, second=bare, question=90, answer=90, kind=Kind.NEAR
    )
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM datasets_goldenexample WHERE id = %s", [bare.pk])
    assert ExampleSignature.objects.count() == 1
    assert not SimilarityBand.objects.filter(example_id=bare.pk).exists()
    assert pairs(project) == []


def test_examples_without_a_signature_are_signed_and_compared_later() -> None:
    project = make_project()
    made = [make_example(project, content=like()), make_example(project, content=like("x", "y"))]
    made.append(make_example(project, content=like(question=f"Hello. {QUESTION}")))
    before = pairs(project)
    ExampleSignature.objects.all().delete()
    SimilarPair.objects.all().delete()
    assert sign_missing() == len(made)
    assert pairs(project) == before
    ExampleSignature.objects.update(scheme=0)
    assert sign_missing() == len(made)
    assert pairs(project) == before
    assert sign_missing() == 0
