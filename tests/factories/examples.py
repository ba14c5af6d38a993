"""Golden examples for tests, in each state, created by the actions of the pages."""

from itertools import count
from typing import Any

from datasets.conversations import chat
from datasets.conversations.chat import Content
from datasets.curation import actions as examples
from datasets.curation.actions import reviews
from datasets.curation.models import GoldenExample
from reviewapp.people.models import Project, Role, User
from tests.factories.people import make_member, make_project

_numbers = count(1)


def make_content(*, question: str = "", answer: str = "", **fields: Any) -> Content:
    """Return a conversation of three messages without findings, different from all others."""
    number = next(_numbers)
    row = {
        "messages": [
            {"role": "system", "content": "You answer customers of a shop."},
            {"role": "user", "content": question or f"Where is parcel {number} of mine?"},
            {"role": "assistant", "content": answer or "Open My orders to see where it is."},
        ],
        "intent": "delivery",
        "language": "en",
        **fields,
    }
    return chat.normalise(row)


def make_example(
    project: Project | None = None, *, author: User | None = None, content: Content | None = None
) -> GoldenExample:
    """Return a draft, written by `author` or by a new annotator."""
    project = project or make_project()
    author = author or make_member(project, Role.ANNOTATOR)
    return examples.create_example(project=project, content=content or make_content(), actor=author)


def make_example_in_review(
    project: Project | None = None, *, author: User | None = None, content: Content | None = None
) -> GoldenExample:
    """Return an example that its author submitted."""
    example = make_example(project, author=author, content=content)
    assert example.created_by is not None
    return reviews.submit(example_id=example.pk, actor=example.created_by)


def make_approved_example(
    project: Project | None = None, *, author: User | None = None, content: Content | None = None
) -> GoldenExample:
    """Return an example that an independent reviewer approved."""
    example = make_example_in_review(project, author=author, content=content)
    return reviews.approve(
        example_id=example.pk,
        revision_id=example.latest_revision.pk,
        reviewer=make_member(example.project, Role.REVIEWER),
    )
