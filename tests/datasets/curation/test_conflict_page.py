"""The edit conflict page: the second of two members to save merges both versions."""

from typing import Any

import pytest

from datasets.curation import actions as examples
from datasets.curation.actions import content_of
from datasets.curation.models import EditDraft, GoldenExample
from reviewapp.people.models import Role, User
from tests.datasets.curation.pages import editor_fields, page_text, signed_in, texts_with, url_of
from tests.factories.examples import make_content, make_example
from tests.factories.people import make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def example() -> GoldenExample:
    return make_example(
        content=make_content(question="Can I return it?", answer="Yes, in 30 days.")
    )


def author_of(example: GoldenExample) -> User:
    assert example.created_by is not None
    return example.created_by


def save_as(example: GoldenExample, user: User, base: int, number: int, text: str) -> Any:
    """Save one changed message over revision `base`."""
    fields = editor_fields(example, text=texts_with(example, number, text), base_number=base)
    return signed_in(user).post(url_of("save", example), fields, follow=True)


def conflict(example: GoldenExample, *, mine: tuple[int, str], theirs: tuple[int, str]) -> Any:
    """Another member saves first; the author's save is answered with the conflict page."""
    stale = editor_fields(example, text=texts_with(example, *mine))
    other = make_member(example.project, Role.ANNOTATOR, name="Bea")
    save_as(example, other, 1, *theirs)
    example.refresh_from_db()
    return signed_in(author_of(example)).post(url_of("save", example), stale)


def resolution(page: Any, **changes: Any) -> dict[str, Any]:
    """Return the fields of the conflict page with the suggested sides, some changed."""
    rows = page.context["rows"]
    messages = [message for _, message, _ in rows if message]
    fields = {
        "base_number": page.context["base"].number,
        "their_number": page.context["theirs"].number,
        "role": [message.role for message in messages],
        "text": [message.text for message in messages],
        "extra": [message.extra for message in messages],
        "intent": page.context["mine"]["intent"],
        "language": page.context["mine"]["language"],
        "tags": page.context["tags"],
        "pair": [
            f"{'' if row.mine_index is None else row.mine_index}:"
            f"{'' if row.their_index is None else row.their_index}"
            for row, _, _ in rows
        ],
    }
    fields |= {f"choice-{at}": str(side) for at, (_, _, side) in enumerate(rows)}
    fields |= {f"label-{label.name}": str(side) for label, side in page.context["labels"]}
    return {**fields, **changes}


def resolve(example: GoldenExample, page: Any, **changes: Any) -> Any:
    client = signed_in(author_of(example))
    return client.post(url_of("resolve", example), resolution(page, **changes), follow=True)


def latest_texts(example: GoldenExample) -> list[str]:
    example.refresh_from_db()
    return [message["content"] for message in example.latest_revision.messages]


def test_the_second_save_shows_both_versions_and_keeps_mine(example: GoldenExample) -> None:
    page = conflict(example, mine=(3, "Yes, in 20 days."), theirs=(3, "Yes, in 14 days."))
    assert page.status_code == 409
    words = page_text(page)
    assert "Bea saved revision 2 while you were editing" in words
    assert "Yes, in 20 days." in words
    assert "Yes, in 14 days." in words
    assert "changed by both of you" in words
    assert latest_texts(example)[2] == "Yes, in 14 days."
    assert EditDraft.objects.get(user=author_of(example)).base_number == 1


def test_changes_of_different_messages_are_merged(example: GoldenExample) -> None:
    page = conflict(example, mine=(2, "May I return it?"), theirs=(3, "Yes, in 14 days."))
    response = resolve(example, page)
    assert "Saved as revision 3." in page_text(response)
    assert latest_texts(example)[1:] == ["May I return it?", "Yes, in 14 days."]
    assert example.latest_revision.author == author_of(example)
    assert not EditDraft.objects.filter(user=author_of(example)).exists()


def test_my_side_can_be_edited_on_the_conflict_page(example: GoldenExample) -> None:
    page = conflict(example, mine=(3, "Yes, in 20 days."), theirs=(3, "Yes, in 14 days."))
    fields = resolution(page)
    resolve(example, page, text=[*fields["text"][:2], "Yes, in 14 or 20 days."])
    assert latest_texts(example)[2] == "Yes, in 14 or 20 days."


def test_choosing_all_of_theirs_keeps_their_revision(example: GoldenExample) -> None:
    page = conflict(example, mine=(3, "Yes, in 20 days."), theirs=(3, "Yes, in 14 days."))
    response = resolve(example, page, **{"choice-2": "theirs"})
    assert "Kept revision 2; your changes were discarded." in page_text(response)
    assert example.revisions.count() == 2
    assert not EditDraft.objects.filter(user=author_of(example)).exists()


def test_a_third_save_meanwhile_shows_the_conflict_again(example: GoldenExample) -> None:
    page = conflict(example, mine=(3, "Yes, in 20 days."), theirs=(3, "Yes, in 14 days."))
    third = make_member(example.project, Role.ANNOTATOR)
    save_as(example, third, 2, 2, "Third wording?")
    again = resolve(example, page)
    assert again.status_code == 409
    assert "Third wording?" in page_text(again)
    resolve(example, again)
    assert latest_texts(example)[1:] == ["Third wording?", "Yes, in 20 days."]


def test_a_draft_of_an_old_revision_opens_as_a_conflict(example: GoldenExample) -> None:
    client = signed_in(author_of(example))
    fields = editor_fields(example, text=texts_with(example, 3, "Yes, in 20 days."), version=1)
    client.post(url_of("keep_draft", example), fields)
    other = make_member(example.project, Role.ANNOTATOR)
    save_as(example, other, 1, 3, "Yes, in 14 days.")
    page = client.get(url_of("example", example))
    assert "revision 2 was saved since" in page_text(page)
    kept = client.get(url_of("example", example), {"draft": "keep"})
    assert "Yes, in 20 days." in page_text(kept)
    resolve(example, kept)
    assert latest_texts(example)[2] == "Yes, in 20 days."


def test_labels_are_merged(example: GoldenExample) -> None:
    stale = editor_fields(example, tags="mine", text=texts_with(example, 3, "Yes!"))
    other = make_member(example.project, Role.ANNOTATOR)
    content = make_content(messages=content_of(example.latest_revision).messages, language="de")
    examples.revise(example_id=example.pk, base_number=1, content=content, actor=other)
    page = signed_in(author_of(example)).post(url_of("save", example), stale)
    resolve(example, page)
    example.refresh_from_db()
    assert (example.tags, example.language) == (["mine"], "de")


@pytest.mark.parametrize(
    "broken",
    [
        {"choice-2": "nobody"},
        {"pair": ["0:0", "1:1", "9:2"]},
        {"pair": ["x"]},
        {"pair": []},
        {"their_number": ""},
        {"base_number": "x"},
        {"tags": "x" * 61},
    ],
)
def test_an_invalid_choice_stores_nothing_and_keeps_what_was_typed(
    example: GoldenExample, broken: dict[str, Any]
) -> None:
    page = conflict(example, mine=(3, "Yes, in 20 days."), theirs=(3, "Yes, in 14 days."))
    texts = [*resolution(page)["text"][:2], "Yes, in 17 days."]
    response = resolve(example, page, text=texts, **{"choice-1": "theirs", **broken})
    assert response.status_code == 422
    assert response.context["errors"]
    assert "Yes, in 17 days.</textarea>" in response.content.decode()
    assert example.revisions.count() == 2
    assert EditDraft.objects.filter(user=author_of(example)).exists()


def test_an_invalid_choice_keeps_the_chosen_sides(example: GoldenExample) -> None:
    page = conflict(example, mine=(3, "Yes, in 20 days."), theirs=(3, "Yes, in 14 days."))
    choices = {"choice-2": "theirs", "label-tags": "theirs", "tags": "x" * 61}
    response = resolve(example, page, **choices)
    assert [str(side) for _, _, side in response.context["rows"]][2] == "theirs"
    assert [str(side) for _, side in response.context["labels"]] == ["theirs"]


def test_fields_that_do_not_arrive_are_shown_from_the_draft(example: GoldenExample) -> None:
    page = conflict(example, mine=(3, "Yes, in 20 days."), theirs=(3, "Yes, in 14 days."))
    response = resolve(example, page, role=["user"])
    assert response.status_code == 422
    assert "Yes, in 20 days.</textarea>" in response.content.decode()


def test_an_example_retired_meanwhile_keeps_what_was_typed(example: GoldenExample) -> None:
    page = conflict(example, mine=(3, "Yes, in 20 days."), theirs=(3, "Yes, in 14 days."))
    examples.retire(example_id=example.pk, actor=author_of(example), reason="Outdated.")
    response = resolve(example, page)
    assert response.status_code == 409
    assert "Yes, in 20 days.</textarea>" in response.content.decode()
