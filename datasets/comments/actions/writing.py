"""Check and store the text of a comment with its mentions; lock the example before."""

from django.utils.translation import gettext

from datasets.comments.bodies import stored_body
from datasets.comments.members import labels_of, may_read, members_of
from datasets.comments.models import Comment, Mention, Thread
from datasets.comments.permissions import check_commenting
from datasets.curation.actions.locking import locked_example
from datasets.curation.models import GoldenExample
from reviewapp.core import formats
from reviewapp.core.errors import InvalidInput
from reviewapp.people.models import User

MAX_BODY_LENGTH = 4000


def locked_thread(thread_id: int, *, actor: User) -> Thread:
    """Lock the example of a thread, check that the actor may comment on it, and return the thread.

    Raises: as `check_commenting`.
    """
    thread = Thread.objects.get(pk=thread_id)
    thread.example = commentable_example(thread.example_id, actor=actor)
    return thread


def locked_comment(comment_id: int, *, actor: User) -> Comment:
    """Lock the example of a comment, check that the actor may comment on it; return the comment.

    Raises: as `check_commenting`.
    """
    thread = locked_thread(Thread.objects.get(comments=comment_id).pk, actor=actor)
    comment = Comment.objects.get(pk=comment_id)
    comment.thread = thread
    return comment


def commentable_example(example_id: int, *, actor: User) -> GoldenExample:
    """Lock an example and return it.

    Raises: as `check_commenting`.
    """
    example = locked_example(example_id)
    check_commenting(actor, example)
    return example


def checked_body(text: str, *, may_be_empty: bool = False) -> str:
    """Return a text without outer white space, with line feeds.

    Raises:
        InvalidInput: it is empty or longer than 4,000 characters.
    """
    text = text.replace("\r\n", "\n").strip()
    if not text and not may_be_empty:
        raise InvalidInput(gettext("Write a comment."), field="body")
    if len(text) > MAX_BODY_LENGTH:
        raise InvalidInput(
            gettext("Shorten the comment to %(limit)s characters or fewer.")
            % {"limit": formats.count(MAX_BODY_LENGTH)},
            field="body",
        )
    return text


def with_mentions(
    text: str, example: GoldenExample, *, earlier: frozenset[int] = frozenset()
) -> tuple[str, set[int]]:
    """Return a text as it is stored, and the ids of those who are mentioned in it.

    Args:
        earlier: who was mentioned in the comment before it was edited; they stay mentioned, also
            if they left meanwhile.

    Raises:
        InvalidInput: a member is mentioned who may not read the example at present.
    """
    if "@" not in text:
        return text, set()
    former = User.objects.filter(pk__in=earlier) if earlier else ()
    users = {user.pk: user for user in (*members_of(example.project), *former)}
    people = {user.email: pk for pk, user in users.items()}
    people |= {label: pk for pk, label in labels_of(users.values()).items()}
    body, ids = stored_body(text, people)
    for pk in sorted(ids - earlier):
        if not may_read(users[pk], example):
            raise InvalidInput(
                gettext("%(name)s cannot be mentioned here at present. Remove the mention.")
                % {"name": users[pk]},
                field="body",
            )
    return body, ids


def store_mentions(comment: Comment, ids: set[int]) -> set[int]:
    """Make the mentions of a comment those of these users; return the ids of the new ones."""
    existing = set(comment.mentions.values_list("user_id", flat=True))
    comment.mentions.filter(user__in=existing - ids).delete()
    Mention.objects.bulk_create(
        Mention(comment=comment, user_id=pk) for pk in sorted(ids - existing)
    )
    return ids - existing
