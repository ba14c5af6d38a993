"""A refused form is a page with a plain sentence, and holds all that the person had typed."""

import html
from typing import Any

import pytest
from django.db import DataError
from django.test import Client
from django.urls import reverse

from datasets.curation.models import EditDraft, GoldenExample
from reviewapp.people.actions import members as people
from reviewapp.people.models import Membership, Project, Role, User
from tests.datasets.curation.pages import editor_fields, page_text, signed_in, url_of
from tests.factories.examples import make_content, make_example
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
TEXTS = ["Be kind, and name the rule.", "Hi!", "Yes, you can return it within 30 days."]


@pytest.fixture
def example() -> GoldenExample:
    return make_example(content=make_content(question="Can I return it?", answer="Yes."))


def edited(example: GoldenExample) -> dict[str, Any]:
    """The editor's fields with every text changed; a conversation has three messages."""
    fields = editor_fields(example)
    assert len(fields["text"]) == len(TEXTS)
    return fields | {"text": TEXTS}


def holds(answer: Any) -> bool:
    """Whether all that was typed is on the page."""
    page = html.unescape(answer.content.decode())
    return all(text in page for text in TEXTS)


def test_a_form_sent_after_the_session_ended_comes_back_with_all_that_was_typed(
    example: GoldenExample,
) -> None:
    address = url_of("save", example)
    answer = Client().post(address, edited(example), headers=BROWSER)
    assert answer.status_code == 403
    assert "You are signed out" in page_text(answer)
    assert holds(answer)
    assert "Extra" not in page_text(answer)
    assert 'href="/accounts/login/"' in answer.content.decode()
    assert example.revisions.count() == 1


@pytest.mark.parametrize("headers", [{"Accept": "*/*"}, {**BROWSER, "HX-Request": "true"}])
def test_a_script_is_sent_to_the_sign_in_page_and_follows_if_it_wants(
    example: GoldenExample, headers: dict[str, str]
) -> None:
    answer = Client().post(url_of("keep_draft", example), edited(example), headers=headers)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")
    assert not EditDraft.objects.exists()


def test_a_form_from_before_the_last_sign_in_comes_back_with_all_that_was_typed(
    example: GoldenExample,
) -> None:
    author = example.created_by
    assert author is not None
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(author)
    browser.cookies["csrftoken"] = "a" * 32
    answer = browser.post(url_of("save", example), edited(example), headers=BROWSER)
    assert answer.status_code == 403
    assert "This page is from before your last sign-in" in page_text(answer)
    assert holds(answer)
    assert example.revisions.count() == 1
    asked = browser.post(url_of("save", example), edited(example), headers={"Accept": "*/*"})
    assert asked.status_code == 403
    assert not holds(asked)


def test_a_form_sent_after_the_role_was_taken_comes_back_with_every_message(
    example: GoldenExample,
) -> None:
    author = example.created_by
    assert author is not None
    browser = signed_in(author)
    Membership.objects.filter(user=author).update(role=Role.REVIEWER)
    answer = browser.post(url_of("save", example), edited(example))
    assert answer.status_code == 403
    assert holds(answer)


def fail_to_store(**_arguments: Any) -> None:
    raise DataError("invalid byte sequence")


def test_what_only_the_database_refuses_is_a_sentence_and_keeps_what_was_typed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = make_project()
    lead, other = make_member(project, Role.LEAD), make_member(project, Role.ANNOTATOR)
    membership = Membership.objects.get(user=other)
    address = reverse("remove_member", args=[project.slug, membership.pk])
    reason = "They left the company in May."
    # Forms find what they know of, such as NUL; the rest is found by the database.
    monkeypatch.setattr(people, "remove_member", fail_to_store)
    answer = signed_in(lead).post(address, {"reason": reason})
    assert answer.status_code == 422
    assert "cannot be stored" in page_text(answer)
    assert "They left the company in May." in page_text(answer)
    assert Membership.objects.filter(pk=membership.pk).exists()
    asked = signed_in(lead).post(
        address, {"reason": reason}, headers={"Accept": "application/json"}
    )
    assert asked.status_code == 422
    assert "cannot be stored" in asked.json()["error"]
    part = signed_in(lead).post(address, {"reason": reason}, headers={"HX-Request": "true"})
    assert part.status_code == 422
    assert part["HX-Retarget"] == "#alerts"
    assert "cannot be stored" in page_text(part)
    assert "<html" not in part.content.decode()


def test_too_many_fields_are_named(example: GoldenExample) -> None:
    author = example.created_by
    assert author is not None
    many = editor_fields(example, text=["x"] * 4001)
    answer = signed_in(author).post(url_of("save", example), many)
    assert answer.status_code == 413
    assert "This is too large" in page_text(answer)
    assert "IMPORT_MAX_MEGABYTES" in page_text(answer)


@pytest.mark.parametrize("name", ["token_budget", "message_token_budget"])
def test_a_budget_beyond_its_column_is_a_mistake_in_the_form(name: str) -> None:
    project = make_project()
    answer = signed_in(make_member(project, Role.LEAD)).post(
        reverse("project_settings", args=[project.slug]),
        {"name": "House", "token_budget": 9, "message_token_budget": 9, name: 3_000_000_000},
    )
    assert answer.status_code == 422
    assert "less than or equal to" in page_text(answer)


def test_what_is_short_is_given_back_too(example: GoldenExample) -> None:
    fields = edited(example) | {"tags": "mytag", "note": "my note", "intent": "sizing"}
    shown = page_text(Client().post(url_of("save", example), fields, headers=BROWSER))
    for typed in ("mytag", "my note", "sizing"):
        assert typed in shown


def test_a_denied_page_is_not_shown_as_a_failed_save() -> None:
    project = make_project()
    browser = signed_in(make_member(project, Role.ANNOTATOR))
    shown = browser.get(reverse("members", args=[project.slug]))
    assert shown.status_code == 403
    assert "Not shown" in page_text(shown)
    assert "Not saved" not in shown.content.decode()
    assert shown.context["project"] == project
    assert reverse("datasets:queue", args=[project.slug]) in shown.content.decode()


def test_no_link_to_a_new_password_is_made_where_no_mail_is_sent() -> None:
    person = make_member(make_project(), Role.LEAD)
    page = Client().get("/accounts/login/")
    assert "password/reset" not in page.content.decode()
    assert "Ask your administrator for a new one" in page_text(page)
    fields = {"email": person.email}
    assert Client().post("/accounts/password/reset/", fields).status_code == 404
    assert Client().get("/accounts/password/reset/key/1-abc-def/").status_code == 404


def test_a_user_cannot_take_the_address_of_another_user() -> None:
    person: User = make_member(make_project(), Role.ANNOTATOR)
    browser = signed_in(person)
    fields = {"email": "boss@future.example", "action_add": "1"}
    assert browser.get("/accounts/email/").status_code == 404
    assert browser.post("/accounts/email/", fields).status_code == 404
    assert browser.post("/accounts/email/", {**fields, "action_primary": "1"}).status_code == 404
    person.refresh_from_db()
    assert person.email != fields["email"]
    assert Project.objects.count() == 1
