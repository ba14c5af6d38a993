"""Who edits an example is shown to those who could edit it too, and only for a short time."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from datasets.curation import actions as examples
from datasets.curation.models import EditDraft, GoldenExample
from datasets.curation.presence import LASTS
from reviewapp.people.models import Role, User
from tests.datasets.curation.pages import editor_fields, page_text, signed_in, url_of
from tests.factories.examples import make_example
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db

MARK = "Editing now: Giulia"


def pages_with_the_mark(user: User, example: GoldenExample) -> list[str]:
    client = signed_in(user)
    queue = reverse("datasets:queue", args=[example.project.slug])
    addresses = [url_of("example", example), f"{queue}?language=", url_of("presence", example)]
    return [name for name in addresses if MARK in page_text(client.get(name))]


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
