"""The number of statements of the ten main pages, as a lead or a reviewer opens them again."""

from http import HTTPStatus

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from datasets.assignments.actions import assign
from datasets.curation.models import GoldenExample
from evaluation.results.actions import gates
from reviewapp.people.models import Role, User
from tests.datasets.comments.talk import comment_on
from tests.factories.people import make_member
from tests.factories.promotions import make_decided_run
from tests.factories.versions import make_version
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db

STATEMENTS = {
    "home": 38,
    "queue": 22,
    "example": 14,
    "example with comments": 14,
    "versions": 8,
    "version": 10,
    "models": 6,
    "runs": 10,
    "run": 22,
    "promotions": 9,
    "vote": 17,
}
"""Those of docs/benchmarks.md, for a lead; the last for a reviewer."""


def talk_about(example: GoldenExample, lead: User, reviewer: User) -> None:
    """Give an example comments, a mention of the lead and assignments, the last to the lead."""
    comment_on(example, reviewer, f"@{lead.name}, is this so?")
    for assignee in (make_member(example.project, Role.ANNOTATOR), lead):
        assign(example_id=example.pk, assignee=assignee, actor=lead)


def test_the_main_pages_take_few_statements() -> None:
    version = make_version()
    project = version.project
    decided = make_decided_run(project, examples=20, losses=0)
    voting, (reviewer, *_others) = make_small_run(project=project)
    gates.measure_gates(run_id=voting.pk)  # As a worker does within seconds.
    lead = make_member(project, Role.LEAD, name="Ada")
    example = project.examples.latest("pk")
    slug = [project.slug]
    addresses = {
        "home": reverse("project_home", args=slug),
        "queue": reverse("datasets:queue", args=slug),
        "example": reverse("datasets:example", args=[*slug, example.pk]),
        "versions": reverse("datasets:versions", args=slug),
        "version": reverse("datasets:version", args=[*slug, version.number]),
        "models": reverse("evaluation:models", args=slug),
        "runs": reverse("evaluation:runs", args=slug),
        "run": reverse("evaluation:run", args=[*slug, decided.pk]),
        "promotions": reverse("evaluation:promotions", args=slug),
        "vote": reverse("evaluation:vote", args=[*slug, voting.pk]),
    }
    addresses["example with comments"] = addresses["example"]
    client = Client()
    taken = {}
    for name, address in addresses.items():
        if name == "example with comments":
            talk_about(example, lead, reviewer)
        client.force_login(reviewer if name == "vote" else lead)
        assert client.get(address).status_code == HTTPStatus.OK, name
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        taken[name] = len(asked)
    assert taken == STATEMENTS, "change docs/benchmarks.md too"
