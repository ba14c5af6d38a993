"""The comments that mention a member, as their list shows them."""

from dataclasses import dataclass

from datasets.comments.anchors import Place, quoted
from datasets.comments.bodies import BodyPiece, body_pieces
from datasets.comments.models import Comment, Mention, Thread
from datasets.comments.threads import mention_labels
from datasets.comments.unread import mentions_of
from reviewapp.core.paging import newest_first
from reviewapp.people.models import Project, User


@dataclass(frozen=True)
class ShownMention:
    """A comment that mentions the reader.

    Attributes:
        quote: the passage that its thread is about; empty for a whole message or example.
        answered: whether the reader wrote in its thread afterwards.
    """

    mention: Mention
    comment: Comment
    thread: Thread
    pieces: list[BodyPiece]
    quote: str
    answered: bool

    @property
    def is_new(self) -> bool:
        """Whether the reader has not seen it."""
        return self.mention.seen_at is None


def shown_mentions(
    user: User, project: Project, *, before: int | None = None
) -> tuple[list[ShownMention], int | None]:
    """Return a page of mentions, the newest first, and the id that requests the next page."""
    related = mentions_of(user, project).select_related(
        "comment__author", "comment__thread__example", "comment__thread__revision"
    )
    rows, following = newest_first(related.order_by(), before=before)
    threads = [row.comment.thread for row in rows]
    mentions = Mention.objects.filter(comment__in=[row.comment_id for row in rows])
    mentioned: dict[int, list[User]] = {}
    for mention in mentions.select_related("user"):
        mentioned.setdefault(mention.comment_id, []).append(mention.user)
    labels = mention_labels(mentioned)
    own = Comment.objects.filter(thread__in=threads, author=user).order_by("pk")
    last_own = dict(own.values_list("thread_id", "pk"))
    return [
        ShownMention(
            mention=row,
            comment=row.comment,
            thread=row.comment.thread,
            pieces=body_pieces(row.comment.body, labels[row.comment_id], own_id=user.pk),
            quote=_quote(row.comment.thread),
            answered=last_own.get(row.comment.thread_id, 0) > row.comment_id,
        )
        for row in rows
    ], following


def _quote(thread: Thread) -> str:
    if thread.example.erased_at is not None:
        return ""
    place = Place(thread.message_index, thread.start, thread.end)
    return quoted(thread.revision.messages, place)
