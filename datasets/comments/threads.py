"""The threads of an example as its page and the API show them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, F, OuterRef, Q, QuerySet, When
from django.db.models.functions import JSONArray

from datasets.comments.anchors import Place, moved, quoted, text_at
from datasets.comments.bodies import BodyPiece, body_pieces, typed_body
from datasets.comments.members import labels_of
from datasets.comments.models import (
    Comment,
    CommentVersion,
    Mention,
    Suggestion,
    SuggestionState,
    Thread,
    ThreadRead,
)
from datasets.comments.permissions import commenting_denied_reason
from datasets.conversations.diffs import Piece, word_diff
from datasets.curation.models import GoldenExample, Revision
from reviewapp.core.texts import render
from reviewapp.people.models import User
from reviewapp.people.permissions import Permission


@dataclass(frozen=True)
class ShownSuggestion:
    """A suggested edit with its word diff; `is_outdated` if its passage was changed meanwhile."""

    suggestion: Suggestion
    pieces: list[Piece]
    is_outdated: bool
    is_own: bool

    @property
    def is_open(self) -> bool:
        """Whether it waits for a decision."""
        return self.suggestion.state == SuggestionState.OPEN


@dataclass(frozen=True)
class ShownComment:
    """A comment with its mentions by name; `typed` is its text for editing."""

    comment: Comment
    pieces: list[BodyPiece]
    typed: str
    is_own: bool
    is_new: bool
    suggestion: ShownSuggestion | None = None
    earlier: list[tuple[str, datetime]] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Names the form in which it is edited."""
        return f"edit-{self.comment.pk}"

    @property
    def is_deleted(self) -> bool:
        """Whether its author deleted it."""
        return self.comment.deleted_at is not None


@dataclass(frozen=True)
class ShownThread:
    """A thread at its place in the latest revision.

    Attributes:
        quote: the passage as it was marked; empty for a whole message or example.
        is_gone: the passage or message is not in the latest revision any more.
    """

    thread: Thread
    place: Place
    quote: str
    is_gone: bool
    comments: list[ShownComment]

    @property
    def key(self) -> str:
        """Names the form of a reply."""
        return f"reply-{self.thread.pk}"

    @property
    def message_number(self) -> int | None:
        """The number of its message, from 1; None for the whole example."""
        return None if self.place.message_index is None else self.place.message_index + 1

    @property
    def is_open(self) -> bool:
        """Whether it is not resolved."""
        return self.thread.resolved_at is None

    @property
    def is_new(self) -> bool:
        """Whether it has comments of others that the reader has not seen."""
        return any(shown.is_new for shown in self.comments)


@dataclass(frozen=True)
class Talk:
    """All threads of an example for one reader.

    Attributes:
        messages: number and role of each message of the latest revision.
        last_comment: the id of the latest comment; 0 without any.
        denied_reason: why the reader may not comment; empty if they may.
        may_edit: whether they may accept suggestions.
    """

    threads: list[ShownThread]
    messages: list[tuple[int, str]]
    last_comment: int
    denied_reason: str
    may_edit: bool

    @property
    def open(self) -> list[ShownThread]:
        """The open threads in the order of the text."""
        return [shown for shown in self.threads if shown.is_open]

    @property
    def resolved(self) -> list[ShownThread]:
        """The resolved threads in the order of the text."""
        return [shown for shown in self.threads if not shown.is_open]

    @property
    def new(self) -> int:
        """The number of open threads with unread comments."""
        return sum(shown.is_new for shown in self.open)


def talk_of(
    example: GoldenExample, latest: Revision, user: User, permissions: frozenset[Permission]
) -> Talk:
    """Return the threads of an example at their places in the latest revision, in one query."""
    earlier = Case(When(~Q(thread__revision=latest.pk), then=F("thread__revision__messages")))
    found = _comments_for(user, permissions).filter(thread__example=example)
    found = found.select_related("thread__resolved_by").annotate(marked_messages=earlier)
    comments: list[Any] = [*found]
    threads: dict[int, Thread] = {comment.thread_id: comment.thread for comment in comments}
    for comment in comments:
        thread, messages = threads[comment.thread_id], comment.marked_messages
        thread.example = example
        thread.revision = latest
        if messages is not None:
            thread.revision = Revision(number=0, example=example, messages=messages)
    reader = _Reader.of(comments, user)
    shown = [reader.shown(thread, latest) for thread in threads.values()]
    return Talk(
        threads=sorted(shown, key=_in_text),
        messages=[
            (number, str(turn.get("role", ""))) for number, turn in enumerate(latest.messages, 1)
        ],
        last_comment=max((comment.pk for comment in comments), default=0),
        denied_reason=commenting_denied_reason(permissions, example),
        may_edit=Permission.CURATE in permissions,
    )


def shown_threads(
    threads: Collection[Thread],
    latest: Mapping[int, Revision],
    user: User,
    permissions: frozenset[Permission],
) -> list[ShownThread]:
    """Return threads at their places in the latest revisions, which are given by example."""
    if not threads:
        return []
    reader = _Reader.of(_comments_for(user, permissions).filter(thread__in=threads), user)
    known = {revision.pk: revision for revision in latest.values()}
    missing = {thread.revision_id for thread in threads}.difference(known)
    marked = {**known, **(Revision.objects.in_bulk(missing) if missing else {})}
    for thread in threads:
        thread.revision = marked[thread.revision_id]
    return [reader.shown(thread, latest[thread.example_id]) for thread in threads]


def _in_text(shown: ShownThread) -> tuple[int, int, int]:
    index, start = shown.place.message_index, shown.place.start
    return -1 if index is None else index, -1 if start is None else start, shown.thread.pk


def _comments_for(user: User, permissions: frozenset[Permission]) -> "QuerySet[Comment, Any]":
    """Return the query for comments and all that a user sees of them, the oldest first."""
    marks = ThreadRead.objects.filter(user=user, thread=OuterRef("thread"))
    mentions = Mention.objects.filter(comment=OuterRef("pk"))
    names = mentions.values_list(JSONArray("user", "user__name", "user__email"), flat=True)
    found = Comment.objects.annotate(
        read_up_to=marks.values("last_comment"), mentioned=ArraySubquery(names)
    )
    if Permission.LEAD in permissions:
        versions = CommentVersion.objects.filter(comment=OuterRef("pk")).order_by("pk")
        found = found.annotate(
            earlier_bodies=ArraySubquery(versions.values("body")),
            earlier_until=ArraySubquery(versions.values("until")),
        )
    related = ("author", "suggestion__decided_by", "suggestion__revision")
    texts = ("suggestion__revision__messages", "suggestion__revision__tools")
    return found.select_related(*related).defer(*texts).order_by("pk")


@dataclass(frozen=True)
class _Reader:
    """What one reader sees of some threads: their comments, and the labels of the mentioned."""

    user: User
    comments: Mapping[int, list[Any]]
    labels: Mapping[int, Mapping[int, str]]

    @classmethod
    def of(cls, found: Iterable[Any], user: User) -> "_Reader":
        """Take the comments that `_comments_for` found."""
        comments: dict[int, list[Any]] = {}
        mentioned: dict[int, list[User]] = {}
        for comment in found:
            comments.setdefault(comment.thread_id, []).append(comment)
            mentioned[comment.pk] = [
                User(pk=pk, name=name, email=email) for pk, name, email in comment.mentioned
            ]
        return cls(user, comments, mention_labels(mentioned))

    def shown(self, thread: Thread, latest: Revision) -> ShownThread:
        marked = Place(thread.message_index, thread.start, thread.end)
        is_erased = thread.example.erased_at is not None
        place = moved(thread.revision.messages, latest.messages, marked)
        if is_erased:
            place = marked = Place(thread.message_index)
        is_same_kind = (place.message_index is None) == (marked.message_index is None)
        return ShownThread(
            thread=thread,
            place=place,
            quote=quoted(thread.revision.messages, marked),
            is_gone=not is_same_kind or place.is_passage != marked.is_passage,
            comments=[
                self._comment(comment, thread, place, latest)
                for comment in self.comments.get(thread.pk, [])
            ],
        )

    def _comment(
        self, comment: Any, thread: Thread, place: Place, latest: Revision
    ) -> ShownComment:
        comment.thread = thread
        labels = self.labels.get(comment.pk, {})
        is_own = comment.author_id == self.user.pk
        is_unread = comment.pk > (comment.read_up_to or 0)
        body = render(comment.text) if comment.text and not comment.body else comment.body
        return ShownComment(
            comment=comment,
            pieces=body_pieces(body, labels, own_id=self.user.pk),
            typed=typed_body(comment.body, labels),
            is_own=is_own,
            is_new=is_unread
            and not is_own
            and comment.deleted_at is None
            and thread.resolved_at is None,
            suggestion=self._suggestion(comment, thread, place, latest),
            earlier=_earlier(comment, labels),
        )

    def _suggestion(
        self, comment: Comment, thread: Thread, place: Place, latest: Revision
    ) -> ShownSuggestion | None:
        suggestion = getattr(comment, "suggestion", None)
        if suggestion is None or thread.message_index is None or comment.deleted_at is not None:
            return None
        marked = Place(thread.message_index, thread.start, thread.end)
        before = _text_of(thread.revision, marked)
        now = None if place.message_index is None else _text_of(latest, place)
        pieces = [] if thread.example.erased_at else word_diff(before, suggestion.replacement)
        return ShownSuggestion(
            suggestion=suggestion,
            pieces=pieces,
            is_outdated=now != before or place.is_passage != marked.is_passage,
            is_own=comment.author_id == self.user.pk,
        )


def _text_of(revision: Revision, place: Place) -> str:
    if place.is_passage:
        return quoted(revision.messages, place)
    return text_at(revision.messages, place.message_index or 0)


def mention_labels(mentioned: Mapping[int, Collection[User]]) -> dict[int, dict[int, str]]:
    """Return the labels of those who are mentioned, by user, for each comment."""
    names = labels_of(user for users in mentioned.values() for user in users)
    return {pk: {user.pk: names[user.pk] for user in users} for pk, users in mentioned.items()}


def _earlier(comment: Any, labels: Mapping[int, str]) -> list[tuple[str, datetime]]:
    """Return the earlier texts of a comment, the oldest first, and until when each was shown."""
    bodies = getattr(comment, "earlier_bodies", [])
    return [
        (typed_body(body, labels), until)
        for body, until in zip(bodies, getattr(comment, "earlier_until", []), strict=True)
    ]
