"""What a person's home says waits for them."""

import pytest
from django.urls import reverse

from reviewapp.people.models import Role
from tests.datasets.curation.pages import page_text, signed_in
from tests.factories.examples import make_example, make_example_in_review
from tests.factories.people import make_member, make_project
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db


def test_each_role_sees_its_own_work() -> None:
    project = make_project()
    author = make_member(project, Role.ANNOTATOR)
    make_example(project=project, author=author)
    make_example_in_review(project=project, author=author)
    reviewer = make_member(project, Role.REVIEWER)
    home = reverse("project_home", args=[project.slug])

    of_author, of_reviewer = (
        page_text(signed_in(person).get(home)) for person in (author, reviewer)
    )

    assert "1 draft to curate and submit" in of_author
    assert "to review" not in of_author
    assert "1 example to review" in of_reviewer
    assert "draft" not in of_reviewer


def test_a_number_and_its_word_agree() -> None:
    run, _reviewers = make_small_run()
    project = run.project
    author = make_member(project, Role.ANNOTATOR)
    for _ in range(2):
        make_example(project=project, author=author)
    lead = make_member(project, Role.LEAD)
    text = page_text(signed_in(lead).get(reverse("project_home", args=[project.slug])))
    assert "2 drafts to curate and submit" in text
    assert "1 run under way" in text
