"""Threads for tests."""

from typing import Any

from datasets.comments import actions
from datasets.comments.actions import Target
from datasets.comments.models import Comment
from datasets.comments.threads import Talk, talk_of
from datasets.curation.models import GoldenExample
from reviewapp.people.models import User
from reviewapp.people.permissions import permissions_of


def comment_on(
    example: GoldenExample, author: User, body: str = "Is this so?", **fields: Any
) -> Comment:
    """Open a thread; `message` and `quote` say where, `replacement` suggests a text."""
    replacement = fields.pop("replacement", None)
    number = GoldenExample.objects.get(pk=example.pk).latest_number
    return actions.open_thread(
        example_id=example.pk,
        target=Target(number, **fields),
        actor=author,
        body=body,
        replacement=replacement,
    )


def talk_for(example: GoldenExample, user: User) -> Talk:
    """Return what a user sees."""
    example = GoldenExample.objects.get(pk=example.pk)
    return talk_of(example, example.latest_revision, user, permissions_of(user, example.project))
