"""Typed texts are shown in the direction of their script."""

import re

import pytest
from django.urls import reverse

from datasets.curation import actions as examples
from datasets.curation.actions import reviews
from reviewapp.people.models import Role
from tests.datasets.curation.pages import signed_in, url_of
from tests.factories.examples import make_content, make_example
from tests.factories.people import make_member

pytestmark = pytest.mark.django_db
ARABIC = "\u0623\u064a\u0646 \u0637\u0631\u062f\u064a\u061f"
ELEMENT = re.compile(rf"<(\w+)([^>]*)>\s*(?:<a [^>]*>\s*)?{ARABIC}")


def test_every_text_of_an_example_has_automatic_direction() -> None:
    example = make_example(content=make_content(question=ARABIC, answer=ARABIC))
    assert example.created_by is not None
    reviews.submit(example_id=example.pk, actor=example.created_by, comment=ARABIC)
    reviewer = make_member(example.project, Role.LEAD)
    examples.reopen(example_id=example.pk, actor=reviewer, reason=ARABIC)
    client = signed_in(reviewer)
    queue = reverse("datasets:queue", args=[example.project.slug])
    found = []
    for url in (url_of("example", example), queue):
        page = client.get(url).content.decode()
        found += ELEMENT.findall(page.split("<main", 1)[1])
    names = {name for name, _attributes in found}
    assert {"h1", "span", "div", "textarea", "td"} <= names
    assert [name for name, attributes in found if 'dir="auto"' not in attributes] == []
