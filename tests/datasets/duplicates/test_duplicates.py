"""Duplicates: dismissed, retired, and their pages."""

import json
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from datasets.curation.lifecycle import State
from datasets.curation.models import ExampleEvent, GoldenExample
from datasets.duplicates.actions import dismiss_pair, restore_pair, retire_duplicates
from datasets.duplicates.clusters import components
from datasets.similarity.models import ExampleSignature, SimilarPair
from reviewapp.core.commands import CommandFailed
from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.people.actions.members import create_token
from reviewapp.people.models import Project, Role, User
from tests.factories.examples import make_approved_example, make_content, make_example
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db

QUESTION = "My parcel has not arrived although the tracking page says that it was delivered."
ANSWER = "I am sorry. Please ask your neighbours first; we open an inquiry with the carrier today."


def make_like(project: Project, greeting: str = "", answer: str = ANSWER) -> GoldenExample:
    content = make_content(question=f"{greeting} {QUESTION}", answer=answer)
    return make_example(project, content=content)


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def pair(project: Project) -> SimilarPair:
    make_like(project)
    make_like(project, "Hello.")
    return SimilarPair.objects.get()


def test_components_are_linked_through_others() -> None:
    assert components([(1, 2), (5, 6), (3, 2)]) == [[1, 2, 3], [5, 6]]


def test_dismissing_a_pair_is_recorded_at_both_examples(pair: SimilarPair) -> None:
    actor = make_member(pair.project, Role.REVIEWER)
    assert dismiss_pair(pair=pair, actor=actor).dismissed_by == actor
    events = ExampleEvent.objects.filter(action="dismiss_duplicate", actor=actor)
    assert {(event.example_id, event.detail["other"]) for event in events} == {
        (pair.first_id, pair.second_id),
        (pair.second_id, pair.first_id),
    }
    with pytest.raises(InvalidTransition):
        dismiss_pair(pair=pair, actor=actor)
    assert restore_pair(pair=pair, actor=actor).dismissed_by is None


def test_who_is_no_member_dismisses_nothing(pair: SimilarPair) -> None:
    with pytest.raises(PermissionDeniedError):
        dismiss_pair(pair=pair, actor=make_member(make_project(), Role.LEAD))


def test_retiring_duplicates_leaves_the_kept_example(pair: SimilarPair) -> None:
    ids = [pair.first_id, pair.second_id]
    actor = make_member(pair.project, Role.ANNOTATOR)
    fields: dict[str, Any] = {"project": pair.project, "actor": actor, "reason": "Twice."}
    assert retire_duplicates(keep=ids[0], others=ids, **fields) == 1
    assert [*GoldenExample.objects.order_by("pk").values_list("state", flat=True)] == [
        State.DRAFT,
        State.RETIRED,
    ]
    with pytest.raises(InvalidTransition):
        retire_duplicates(keep=ids[1], others=ids, **fields)
    with pytest.raises(InvalidInput):
        retire_duplicates(keep=ids[0], others=ids[:1], **fields)


def test_reviewers_and_other_projects_cannot_retire_duplicates(pair: SimilarPair) -> None:
    ids = [pair.first_id, pair.second_id]
    reviewer = make_member(pair.project, Role.REVIEWER)
    with pytest.raises(PermissionDeniedError):
        retire_duplicates(
            project=pair.project, keep=ids[0], others=ids, actor=reviewer, reason="Twice."
        )
    other = make_project()
    with pytest.raises(InvalidTransition):
        retire_duplicates(
            project=other,
            keep=ids[0],
            others=ids,
            actor=make_member(other, Role.LEAD),
            reason="Twice.",
        )


def test_clusters_are_shown_largest_first_without_retired_or_dismissed_ones(
    client: Client, project: Project
) -> None:
    three = [make_like(project), make_like(project, "Hello."), make_like(project, "Good day.")]
    address = "How can I change the delivery address of an order from yesterday?"
    two = [
        make_example(project, content=make_content(question=f"{address} {end}", answer=ANSWER))
        for end in ("Please.", "Thank you.")
    ]
    approved = make_approved_example(
        project, content=make_content(question=f"Please: {QUESTION}", answer=ANSWER)
    )
    client.force_login(make_member(project, Role.ANNOTATOR))
    page = reverse("datasets:duplicates", args=[project.slug])
    clusters = client.get(page).context["clusters"]
    assert [[example.pk for example, _ in cluster.members] for cluster in clusters] == [
        [*(example.pk for example in three), approved.pk],
        [example.pk for example in two],
    ]
    assert clusters[0].kept == approved.pk
    data = {"keep": approved.pk, "others": [example.pk for example in three], "reason": "Twice."}
    client.post(reverse("datasets:retire_duplicates", args=[project.slug]), data)
    dismissed = SimilarPair.objects.get(first=two[0])
    args = [project.slug, dismissed.first_id, dismissed.second_id]
    client.post(reverse("datasets:dismiss_duplicate", args=args))
    assert client.get(page).context["clusters"] == []


def test_what_was_chosen_wrongly_is_said_on_the_page(client: Client, pair: SimilarPair) -> None:
    client.force_login(make_member(pair.project, Role.ANNOTATOR))
    address = reverse("datasets:retire_duplicates", args=[pair.project.slug])
    answer = client.post(address, {"reason": ""})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"keep", "reason"}


def test_both_examples_show_that_they_are_alike(client: Client, pair: SimilarPair) -> None:
    client.force_login(make_member(pair.project, Role.REVIEWER))
    for mine, other in ((pair.first_id, pair.second_id), (pair.second_id, pair.first_id)):
        page = client.get(reverse("datasets:example", args=[pair.project.slug, mine]))
        assert [like.other_id for like in page.context["likes"]] == [other]


def test_a_missing_answer_is_named_instead_of_compared(client: Client, project: Project) -> None:
    first, second = make_like(project), make_like(project, "Hello.", answer="…")
    assert SimilarPair.objects.get().answer is None
    client.force_login(make_member(project, Role.ANNOTATOR))
    slug = project.slug
    clusters = client.get(reverse("datasets:duplicates", args=[slug])).content.decode()
    pair = client.get(reverse("datasets:duplicate_pair", args=[slug, first.pk, second.pk]))
    example = client.get(reverse("datasets:example", args=[slug, first.pk]))
    assert "%, no answer" in clusters
    assert "one or both have no answer" in pair.content.decode()
    assert "no answer to compare" in example.content.decode()


def test_two_answers_to_one_question_are_compared_word_by_word(
    client: Client, project: Project
) -> None:
    make_like(project)
    make_like(project, answer="We refund the whole price within seven working days to your card.")
    found = SimilarPair.objects.get()
    client.force_login(make_member(project, Role.ANNOTATOR))
    args = [project.slug, found.second_id, found.first_id]
    page = client.get(reverse("datasets:duplicate_pair", args=args))
    assert not page.context["is_near"]
    assert [change.change for change in page.context["messages_changed"]] == [
        *("same", "same", "changed")
    ]


def bearer(user: User) -> dict[str, str]:
    return {"Authorization": f"Bearer {create_token(user=user).secret}"}


def test_scripts_list_clusters_and_dismiss_pairs(client: Client, pair: SimilarPair) -> None:
    address = f"/api/v1/projects/{pair.project.slug}/duplicates"
    member = bearer(make_member(pair.project, Role.ANNOTATOR))
    ids = [pair.first_id, pair.second_id]
    expected = {"total": 1, "unsigned": 0, "items": [{"examples": ids}]}
    assert client.get(address, headers=member).json() == expected
    dismiss = f"{address}/{ids[1]}/{ids[0]}/dismiss"
    other = bearer(make_member(make_project(), Role.LEAD))
    assert client.post(dismiss, headers=other).status_code == 404
    answer = client.post(dismiss, headers=member)
    assert (answer.status_code, answer.json()["dismissed_at"] is None) == (200, False)
    assert client.post(dismiss, headers=member).status_code == 409
    assert client.get(address, headers=member).json()["items"] == []
    assert client.post(f"{address}/{ids[0]}/{ids[1]}/restore", headers=member).status_code == 200


def test_the_command_lists_clusters_and_fails_if_asked(
    pair: SimilarPair, capsys: pytest.CaptureFixture[str]
) -> None:
    ExampleSignature.objects.all().delete()
    call_command("find_duplicates", pair.project.slug, "--json")
    found = json.loads(capsys.readouterr().out)
    assert found["clusters"] == [[pair.first_id, pair.second_id]]
    with pytest.raises(CommandFailed):
        call_command("find_duplicates", pair.project.slug, "--strict")
    assert f"examples {pair.first_id}, {pair.second_id}" in capsys.readouterr().out


def checked(client: Client, project: Project, text: str, example: int | None = None) -> Any:
    fields = {"role": ["user", "assistant"], "text": [text, ANSWER], "extra": ["{}", "{}"]}
    name, more = ("check", [example]) if example else ("check_new", [])
    url = reverse(f"datasets:{name}", args=[project.slug, *more])
    return client.post(url, {**fields, "intent": "", "language": "en", "tags": ""})


def test_text_that_is_typed_is_compared_before_it_is_saved(
    client: Client, project: Project
) -> None:
    stored, retired = make_like(project), make_like(project, "Hello.")
    other = make_like(make_project())
    GoldenExample.objects.filter(pk=retired.pk).update(state=State.RETIRED)
    client.force_login(make_member(project, Role.ANNOTATOR))
    response = checked(client, project, f"Good day. {QUESTION}")
    likes = response.context["editor"].likes
    assert [like.other.pk for like in likes] == [stored.pk] != [other.pk]
    assert likes[0].is_near
    assert f"Example {stored.pk}</a> is a near-duplicate" in response.content.decode()
    assert checked(client, project, "How do I return shoes?").context["editor"].likes == []
    # Nothing is stored, and an example is not like itself.
    assert SimilarPair.objects.filter(first=stored).count() == 1
    own = checked(client, project, f"Good day. {QUESTION}", stored.pk)
    assert own.context["editor"].likes == []


def test_what_was_dismissed_is_not_listed_while_typing(client: Client, pair: SimilarPair) -> None:
    actor = make_member(pair.project, Role.ANNOTATOR)
    client.force_login(actor)
    typed = f"Good day. {QUESTION}"
    [like] = checked(client, pair.project, typed, pair.first_id).context["editor"].likes
    assert like.other.pk == pair.second_id
    dismiss_pair(pair=pair, actor=actor)
    assert not checked(client, pair.project, typed, pair.first_id).context["editor"].likes


def test_reviewers_and_outsiders_compare_no_typed_text(client: Client, project: Project) -> None:
    client.force_login(make_member(project, Role.REVIEWER))
    assert checked(client, project, QUESTION).status_code == 403
    client.force_login(make_member(make_project(), Role.LEAD))
    assert checked(client, project, QUESTION).status_code == 404
