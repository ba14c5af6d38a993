"""Full-text search of the queue: every message, folded, inflected, in phrases, unless hidden."""

from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from datasets.conversations.words import Sought, indexed_words, snippet, terms_of
from datasets.curation import actions as examples
from datasets.curation import visibility
from datasets.curation.models import ExampleText, GoldenExample
from datasets.erasure.actions import erase_example
from reviewapp.people.models import Project, Role, User
from tests.datasets.curation.pages import signed_in
from tests.factories.examples import make_content, make_example
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    cache.clear()
    return make_project()


@pytest.fixture
def lead(project: Project) -> User:
    return make_member(project, Role.LEAD)


def listed(client: Client, project: Project, query: str) -> Any:
    response = client.get(reverse("datasets:queue", args=[project.slug]), {"q": query})
    return response.context["examples"]


ANSWER = "Ihre Rückerstattungen dauern sieben Werktage 👍 und kosten 5 €."


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("werktag", True),
        ("WERKTAGEN", True),
        ("ruckerstattung", True),
        ("Rückerstattungen kosten", True),
        ("kosten rückerstattungen", True),
        ('"sieben Werktage"', True),
        ('"Werktage sieben"', False),
        ("„sieben Werktage“", True),
        ("«Werktage sieben»", False),
        ("👍", True),
        ("👎", False),
        ("€", True),
        ("sieben Monate", False),
        ("crm-77", True),
        ("crm-78", False),
        ("crm-7", True),
        ("77-crm", False),
    ],
)
def test_words_of_an_answer_are_found(
    project: Project, lead: User, query: str, *, is_found: bool
) -> None:
    content = make_content(answer=ANSWER, language="de-AT")
    origin = examples.Origin(external_id="crm-77-a")
    example = examples.create_example(project=project, content=content, actor=lead, origin=origin)
    make_example(project)
    found = [example.pk for example in listed(signed_in(lead), project, query)]
    assert found == ([example.pk] if is_found else [])


def test_a_hit_is_shown_with_its_place(project: Project, lead: User) -> None:
    make_example(project, content=make_content(answer="It takes seven working days. <b>"))
    (row,) = listed(signed_in(lead), project, "work")
    assert row.snippet.role == "assistant"
    assert [piece.text for piece in row.snippet.pieces if piece.change == "added"] == ["working"]
    page = signed_in(lead).get(reverse("datasets:queue", args=[project.slug]), {"q": "work"})
    assert "<mark>working</mark> days. &lt;b&gt;" in page.content.decode()


def test_the_search_follows_an_edit_and_an_erasure(project: Project, lead: User) -> None:
    example = make_example(project, content=make_content(answer="The old lantern."))
    client = signed_in(lead)
    examples.revise(
        example_id=example.pk,
        base_number=1,
        content=make_content(answer="The new beacon."),
        actor=lead,
    )
    assert listed(client, project, "lantern") == []
    assert [found.pk for found in listed(client, project, "beacon")] == [example.pk]
    erase_example(example_id=example.pk, reason="Ticket 1", actor=lead)
    assert listed(client, project, "beacon") == []
    assert not ExampleText.objects.filter(example=example).exists()


def test_a_search_does_not_find_what_is_hidden_from_the_reader(
    project: Project, lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = make_example(project, content=make_content(answer="The secret word."))
    rule = visibility.VisibilityRule(
        lambda _user, _project: GoldenExample.objects.filter(pk=hidden.pk), "It is hidden."
    )
    monkeypatch.setattr(visibility, "_RULES", [rule])
    client = signed_in(lead)
    assert listed(client, project, "secret") == []
    page = client.get(reverse("datasets:queue", args=[project.slug]), {"q": "secret"})
    assert {tab.count.number for tab in page.context["tabs"]} == {0}
    assert [found.pk for found in listed(client, project, "")] == [hidden.pk]


def test_another_project_is_not_searched(project: Project, lead: User) -> None:
    make_example(content=make_content(answer="A unique kaleidoscope."))
    assert listed(signed_in(lead), project, "kaleidoscope") == []


@pytest.mark.parametrize("query", ["a & b:*", "'", "!(", '"', "x" * 200, "\\", "<->", "ﬁ ½ ㍿"])
def test_any_text_can_be_searched(project: Project, lead: User, query: str) -> None:
    make_example(project, content=make_content(answer=f"Before {query} after"))
    assert listed(signed_in(lead), project, query) is not None


def test_a_long_conversation_fits_the_index(project: Project) -> None:
    words = " ".join(f"wörd{number}" for number in range(40_000))
    example = make_example(project, content=make_content(answer=words))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT length(vector) FROM datasets_exampletext WHERE example_id = %s", [example.pk]
        )
        assert cursor.fetchone()[0] > 1000


def test_scripts_without_spaces_are_indexed_by_character() -> None:
    assert indexed_words([{"content": "返品したい。"}]) == "返 品 し た い"


@pytest.mark.parametrize("first", ["", "\u0130", "日"])
def test_the_same_words_are_indexed_beside_letters_of_other_scripts(first: str) -> None:
    words = indexed_words([{"content": f"{first} Pay_back $5, 10% (or 'A-B') #7 \x00 ☎"}])
    assert words.removeprefix(indexed_words([{"content": first}])).strip() == (
        "pay back u24 5 10 or a b 7 u260e"
    )
    assert [term.words for term in terms_of("返品")] == [("返", "品")]


def marked(row: Any) -> list[str]:
    """Return what the excerpt of a row marks."""
    return [piece.text for piece in row.snippet.pieces if piece.change == "added"]


def test_words_without_meaning_in_the_language_are_not_marked(project: Project, lead: User) -> None:
    answer = f"The die is cast, the end. {'The rest. ' * 30}Then die Lampe is sent."
    make_example(project, content=make_content(answer=answer, language="en"))
    client = signed_in(lead)
    (row,) = listed(client, project, "the die")
    # "die" is an article in German only.
    assert marked(row) == ["die"]
    assert marked(*listed(client, project, "the lampe")) == ["Lampe"]
    assert marked(*listed(client, project, '"the end"')) == ["the end"]
    assert marked(*listed(client, project, "the is"))[:3] == ["The", "is", "the"]


def test_an_excerpt_shows_the_place_of_the_rarest_word() -> None:
    text = f"Return the return form, return it. {'x ' * 200}A label for a return."
    sought = [Sought(("return",)), Sought(("form",)), Sought(("label",))]
    for part, hits in ((sought[:2], ["Return", "return", "form"]), (sought[::2], ["label"])):
        _, pieces = snippet([{"role": "user", "content": text}], part)
        assert [piece.text for piece in pieces if piece.change == "added"][: len(hits)] == hits


def test_a_snippet_marks_words_whatever_their_accents() -> None:
    messages = [{"role": "user", "content": "x"}, {"role": "assistant", "content": "Ich MÖCHTE."}]
    role, pieces = snippet(messages, [Sought(("mocht",))])
    assert (role, [piece.text for piece in pieces]) == ("assistant", ["Ich ", "MÖCHTE", "."])
    assert snippet(messages, []) == ("", [])


def test_a_snippet_shows_the_place_with_most_of_the_words() -> None:
    messages = [
        {"role": "user", "content": "I was home all day."},
        {"role": "assistant", "content": f"Days pass.{' ' * 200}It takes 5 working days."},
    ]
    role, pieces = snippet(messages, [Sought((word,)) for word in ("5", "work", "day")])
    hits = [piece.text for piece in pieces if piece.change == "added"]
    assert (role, hits) == ("assistant", ["5", "working", "days"])
