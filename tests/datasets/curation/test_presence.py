"""Who edits an example is shown to those who could edit it too, and only for a short time."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from datasets.curation import actions as examples
from datasets.curation.models import EditDraft, ExampleVisit, GoldenExample
from datasets.curation.presence import LASTS, VISIT_LASTS
from reviewapp.people.models import Role, User
from tests.datasets.curation.pages import editor_fields, page_text, signed_in, url_of
from tests.factories.examples import make_example
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db

MARK = "Editing now: Giulia"


def pages_with_the_mark(user: User, example: GoldenExample) -> list[str]:
    client = signed_in(user)
    queue = reverse("datasets:queue", args=[example.project.slug])
    answers = [client.get(url_of("example", example)), client.get(f"{queue}?language=")]
    answers.append(client.post(url_of("presence", example)))
    return [answer.request["PATH_INFO"] for answer in answers if MARK in page_text(answer)]


def test_an_editor_is_seen_by_other_editors_until_the_draft_rests() -> None:
    project = make_project()
    example = make_example(project)
    giulia = make_member(project, Role.ANNOTATOR, name="Giulia")
    annotator, lead = (make_member(project, role) for role in (Role.ANNOTATOR, Role.LEAD))
    reviewer = make_member(project, Role.REVIEWER)
    assert pages_with_the_mark(lead, example) == []
    answer = signed_in(giulia).post(
        url_of("keep_draft", example), {**editor_fields(example), "version": 1}
    )
    assert answer.status_code == 200
    for member, count in ((annotator, 3), (lead, 3), (reviewer, 0), (giulia, 0)):
        assert len(pages_with_the_mark(member, example)) == count
    assert not example.events.filter(actor=giulia).exists()
    EditDraft.objects.update(updated_at=timezone.now() - LASTS - timedelta(seconds=1))
    assert pages_with_the_mark(lead, example) == []
    EditDraft.objects.update(updated_at=timezone.now())
    examples.discard_draft(example_id=example.pk, user=giulia)
    assert pages_with_the_mark(lead, example) == []


def test_who_has_it_open_is_told_apart_from_who_edits_until_the_page_is_left() -> None:
    project = make_project()
    example = make_example(project)
    giulia, carl, lead = (
        make_member(project, role, name=name)
        for role, name in (
            (Role.ANNOTATOR, "Giulia"),
            (Role.ANNOTATOR, "Carl"),
            (Role.LEAD, "Lena"),
        )
    )
    at, queue = url_of("presence", example), reverse("datasets:queue", args=[project.slug])

    def told(user: User) -> str:
        return page_text(signed_in(user).post(at))

    assert "Has it open" not in told(giulia), "nobody else is there"
    signed_in(carl).get(url_of("example", example))
    assert "Carl" not in told(giulia), "a page without script is not known to stay open"
    told(carl)
    answer = signed_in(carl).post(
        url_of("keep_draft", example), {**editor_fields(example), "version": 1}
    )
    assert answer.status_code == 200
    text = told(lead)
    assert "Editing now: Carl" in text
    assert "Has it open, without changes: Giulia." in text
    assert "Has it open: Giulia and Lena" in page_text(signed_in(carl).get(f"{queue}?language="))
    assert signed_in(giulia).post(url_of("leave", example)).status_code == 204
    assert "Giulia" not in told(lead)
    told(giulia)
    ExampleVisit.objects.update(seen_at=timezone.now() - VISIT_LASTS - timedelta(seconds=1))
    assert "Giulia" not in told(lead)
    assert not ExampleVisit.objects.filter(user=lead, seen_at__lt=timezone.now() - VISIT_LASTS)


@pytest.mark.parametrize("role", [Role.REVIEWER, None])
def test_nobody_without_access_to_the_editor_sees_or_leaves_a_visit(role: Role | None) -> None:
    example = make_example()
    project = example.project if role else make_project()
    user = make_member(project, role or Role.ANNOTATOR)
    expected = 403 if role else 404
    for name in ("presence", "leave"):
        assert signed_in(user).post(url_of(name, example)).status_code == expected
    assert not ExampleVisit.objects.exists()
