"""Decisions on the example page, and the page that follows."""

import re
from typing import Any

import pytest
from django.urls import reverse

from datasets.curation import actions as examples
from datasets.curation.lifecycle import State
from datasets.curation.models import Finding, GoldenExample, Review
from reviewapp.people.models import Role, User
from tests.datasets.curation.pages import page_text, signed_in, url_of
from tests.factories.examples import (
    make_approved_example,
    make_content,
    make_example,
    make_example_in_review,
)
from tests.factories.people import make_member

pytestmark = pytest.mark.django_db


def author_of(example: GoldenExample) -> User:
    assert example.created_by is not None
    return example.created_by


def decide(example: GoldenExample, user: User, name: str, query: str = "", **fields: Any) -> Any:
    posted = {"revision_id": example.latest_revision.pk, "reason": "", **fields}
    return signed_in(user).post(url_of(name, example) + query, posted, follow=True)


def state_of(example: GoldenExample) -> str:
    return GoldenExample.objects.get(pk=example.pk).state


def test_an_approval_opens_the_next_example_to_review() -> None:
    first = make_example_in_review()
    project, author = first.project, author_of(first)
    reviewer = make_member(project, Role.REVIEWER)
    make_example(project, author=author)
    second = make_example_in_review(project, author=author)
    response = decide(first, reviewer, "approve", reason="Good.")
    assert response.redirect_chain[-1][0] == url_of("example", second)
    assert Review.objects.get().comment == "Good."
    response = decide(second, reviewer, "request_changes", reason="Shorter.")
    assert response.redirect_chain[-1][0].startswith(reverse("datasets:queue", args=[project.slug]))
    assert "Changes requested. No other example is waiting for you here." in page_text(response)


def test_the_next_example_is_in_the_same_filter() -> None:
    first = make_example_in_review()
    project, author = first.project, author_of(first)
    make_example_in_review(project, author=author)
    german = make_example_in_review(project, author=author, content=make_content(language="de"))
    reviewer = make_member(project, Role.REVIEWER)
    response = decide(first, reviewer, "approve", query="?language=de&mine=review")
    assert response.redirect_chain[-1][0] == f"{url_of('example', german)}?mine=review&language=de"


def test_a_submission_opens_the_next_draft() -> None:
    first = make_example()
    second = make_example(first.project, author=author_of(first))
    response = decide(first, author_of(first), "submit")
    assert state_of(first) == State.IN_REVIEW
    assert response.redirect_chain[-1][0] == url_of("example", second)


def test_a_comment_on_a_submission_is_shown_to_the_reviewer() -> None:
    example = make_example()
    decide(example, author_of(example), "submit", reason="  Please look at the price.  ")
    assert example.events.get(action="submit").reason == "Please look at the price."
    reviewer = make_member(example.project, Role.REVIEWER)
    page = page_text(signed_in(reviewer).get(url_of("example", example)))
    assert "submitted it with a comment Please look at the price." in page


@pytest.mark.parametrize("name", ["submit", "approve", "request_changes", "retire", "reopen"])
def test_a_rejected_decision_keeps_its_reason(name: str) -> None:
    """The action rejects what a form cannot know: here the state changed meanwhile."""
    example = make_example_in_review() if name == "submit" else make_example()
    if name == "retire":
        examples.retire(example_id=example.pk, actor=author_of(example), reason="Old.")
    user = make_member(example.project, Role.LEAD)
    response = decide(example, user, name, reason="What I wrote.")
    assert response.status_code == 409
    assert 'value="What I wrote."' in response.content.decode()
    assert response.context["errors"]


@pytest.mark.parametrize("name", ["request_changes", "retire", "reopen"])
def test_a_missing_reason_is_an_error_at_the_field(name: str) -> None:
    example = make_example_in_review()
    user = make_member(example.project, Role.LEAD)
    response = decide(example, user, name, reason="  ")
    assert response.status_code == 422
    assert "Describe what must change" in page_text(response) or "Give the reason" in page_text(
        response
    )
    assert state_of(example) == State.IN_REVIEW


def test_an_older_revision_cannot_be_decided() -> None:
    example = make_example_in_review()
    reviewer = make_member(example.project, Role.REVIEWER)
    response = decide(example, reviewer, "approve", revision_id=example.latest_revision.pk + 1)
    assert response.status_code == 409
    assert "Reload the page and read it again" in page_text(response)


def test_retiring_and_reopening() -> None:
    example = make_approved_example()
    lead = make_member(example.project, Role.LEAD)
    decide(example, lead, "retire", reason="The shop changed.")
    assert state_of(example) == State.RETIRED
    response = decide(example, lead, "reopen", reason="It changed back.")
    assert state_of(example) == State.DRAFT
    assert "It changed back." in page_text(response)


def test_one_click_replaces_personal_data() -> None:
    example = make_example(content=make_content(answer="Ask ann@example.org or bob@example.org."))
    client = signed_in(author_of(example))
    first = example.latest_revision.findings.all()[0]
    url = reverse("datasets:replace", args=[example.project.slug, first.pk])
    response = client.post(url, follow=True)
    assert "Replaced personal data with [EMAIL]. Saved as revision 2." in page_text(response)
    response = client.post(url_of("replace_all", example, number=2), follow=True)
    example.refresh_from_db()
    assert example.latest_revision.messages[2]["content"] == "Ask [EMAIL] or [EMAIL]."
    assert "No findings." in page_text(response)


@pytest.mark.parametrize(
    ("answer", "label"),
    [
        ("mob \u202edlrow", "Remove the character"),
        ("one\u2028two", "Replace with a line break"),
        ("Ask ann@example.org.", "Replace with [EMAIL]"),
    ],
)
def test_the_button_of_a_finding_names_the_replacement(answer: str, label: str) -> None:
    example = make_example(content=make_content(answer=answer))
    response = signed_in(author_of(example)).get(url_of("example", example))
    assert f">{label}</button>" in response.content.decode()


def test_the_markup_of_the_page_is_balanced() -> None:
    example = make_example()
    response = signed_in(author_of(example)).get(url_of("example", example))
    assert "}" not in page_text(response)


def test_taking_an_example_out_of_review_is_called_by_whose_submission_it_is() -> None:
    example = make_example_in_review()
    pages = {
        person: page_text(signed_in(person).get(url_of("example", example)))
        for person in (author_of(example), make_member(example.project, Role.REVIEWER))
    }
    of_author, of_reviewer = pages.values()
    assert ("Withdraw submission" in of_author, "Return to draft" in of_author) == (True, False)
    assert ("Withdraw submission" in of_reviewer, "Return to draft" in of_reviewer) == (False, True)


def test_what_opens_the_dismissal_of_a_finding_says_dismiss() -> None:
    example = make_example(content=make_content(answer="Ask ann@example.org."))
    page = signed_in(author_of(example)).get(url_of("example", example)).content.decode()
    (dismissal,) = re.findall(r"<summary>(\w+)</summary>\s*<form[^>]+/dismiss/", page)
    assert dismissal == "Dismiss"
    assert ">Dismiss finding</button>" in page


def test_a_dismissed_finding_shows_its_reason() -> None:
    example = make_example(content=make_content(answer="Ask ann@example.org."))
    finding = example.latest_revision.findings.get()
    url = reverse("datasets:dismiss", args=[example.project.slug, finding.pk])
    client = signed_in(author_of(example))
    response = client.post(url, {"reason": "x" * 501})
    assert response.status_code == 422
    assert "x" * 501 in response.content.decode()
    assert Finding.objects.get().state == "open"
    response = client.post(url, {"reason": "Our own help desk."}, follow=True)
    assert "“Our own help desk.”" in page_text(response)
    assert "Submit for review is disabled" not in page_text(response)


def test_findings_that_providers_reject_cannot_be_dismissed() -> None:
    content = make_content(messages=[{"role": "user", "content": "Hello?"}])
    example = make_example(content=content)
    finding = example.latest_revision.findings.get(code="no_assistant_message")
    url = reverse("datasets:dismiss", args=[example.project.slug, finding.pk])
    response = signed_in(author_of(example)).post(url, {"reason": "I like it."})
    assert response.status_code == 403
    assert "It must be fixed" in page_text(response)
