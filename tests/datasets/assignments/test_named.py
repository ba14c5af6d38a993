"""Pages name whom an example was assigned to, which role was given, and what was restored."""

import pytest
from django.urls import reverse

from datasets.assignments import actions as assignments
from datasets.bulk.models import BulkKind
from reviewapp.people.models import Role
from tests.datasets.bulk.test_bulk_actions import preview, run, undo
from tests.datasets.curation.pages import page_text, signed_in, url_of
from tests.factories.examples import make_example
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db


def test_pages_name_assignee_role_and_restored_example() -> None:
    project = make_project()
    lead = make_member(project, Role.LEAD, name="Lena")
    giulia = make_member(project, Role.ANNOTATOR, name="Giulia")
    example, client = make_example(project), signed_in(lead)
    assignments.assign(example_id=example.pk, assignee=giulia, actor=lead)
    assert "Assigned to Giulia by Lena" in page_text(client.get(url_of("example", example)))
    trail = client.get(reverse("audit", args=[project.slug]), {"kind": "example"})
    assert "Giulia" in page_text(trail)
    assignments.assign(example_id=example.pk, assignee=None, actor=lead)
    assert "Assignment ended by Lena" in page_text(client.get(url_of("example", example)))
    given = {"email": giulia.email, "role": "reviewer"}
    added = client.post(reverse("add_member", args=[project.slug]), given)
    assert f"{giulia.email} has the role “Reviewer” now." in page_text(added)
    restoring = undo(run(preview(BulkKind.DELETE, [example], lead), reason="Not needed."))
    page = client.get(reverse("datasets:bulk_action", args=[project.slug, restoring.pk]))
    assert f'href="{url_of("example", example)}"' in page.content.decode()
