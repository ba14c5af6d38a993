"""The threads of an example as its page and the API show them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import OuterRef

from datasets.comments.anchors import Place, moved, quoted, text_at
from datasets.comments.bodies import BodyPiece, body_pieces, may_mention, typed_body
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
    """Return the threads of an example at their places in the latest revision."""
    found = Thread.objects.filter(example=example).order_by("pk")
    threads = list(found.select_related("created_by", "resolved_by"))
    for thread in threads:
        thread.example = example
    shown = shown_threads(threads, {example.pk: latest}, user, permissions)
    ids = (answer.comment.pk for thread in shown for answer in thread.comments)
    return Talk(
        threads=sorted(shown, key=_in_text),
        messages=[
            (number, str(turn.get("role", ""))) for number, turn in enumerate(latest.messages, 1)
        ],
        last_comment=max(ids, default=0),
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
    reader = _Reader.of(threads, user, permissions)
    known = {revision.pk: revision for revision in latest.values()}
    before = {**known, **_revisions(threads, known=known.keys())}
    for thread in threads:
        thread.revision = before[thread.revision_id]
    return [reader.shown(thread, latest[thread.example_id]) for thread in threads]


def _in_text(shown: ShownThread) -> tuple[int, int, int]:
    index, start = shown.place.message_index, shown.place.start
    return -1 if index is None else index, -1 if start is None else start, shown.thread.pk


def _revisions(threads: Collection[Thread], *, known: Collection[int]) -> dict[int, Revision]:
    missing = {thread.revision_id for thread in threads}.difference(known)
    if not missing:
        return {}
    return Revision.objects.in_bulk(missing)


@dataclass(frozen=True)
class _Reader:
    """What one reader sees of some threads, read with one query for each kind of row."""

    user: User
    comments: Mapping[int, list[Comment]]
    labels: Mapping[int, Mapping[int, str]]
    versions: Mapping[int, list[tuple[str, datetime]]]

    @classmethod
    def of(
        cls, threads: Collection[Thread], user: User, permissions: frozenset[Permission]
    ) -> "_Reader":
        found = Comment.objects.filter(thread__in=threads).order_by("pk")
        marks = ThreadRead.objects.filter(user=user, thread=OuterRef("thread"))
        found = found.annotate(read_up_to=marks.values("last_comment"))
        comments: dict[int, list[Comment]] = {}
        related = ("author", "suggestion__decided_by", "suggestion__revision")
        texts = ("suggestion__revision__messages", "suggestion__revision__tools")
        found = found.select_related(*related).defer(*texts)
        for comment in found:
            comments.setdefault(comment.thread_id, []).append(comment)
        is_lead = Permission.LEAD in permissions
        versions = _versions(threads) if is_lead else []
        bodies = [comment.body for comment in found] + [body for _pk, body, _until in versions]
        labels = mention_labels(threads) if any(map(may_mention, bodies)) else {}
        return cls(user, comments, labels, _typed_versions(versions, labels))

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
        self, comment: Comment, thread: Thread, place: Place, latest: Revision
    ) -> ShownComment:
        comment.thread = thread
        labels = self.labels.get(comment.pk, {})
        is_own = comment.author_id == self.user.pk
        read_up_to: int | None = comment.read_up_to  # type: ignore[attr-defined]
        is_unread = comment.pk > (read_up_to or 0)
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
            earlier=self.versions.get(comment.pk, []),
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


def mention_labels(threads: Collection[Thread]) -> dict[int, dict[int, str]]:
    """Return the labels of those who are mentioned, by user, for each comment of the threads."""
    found = Mention.objects.filter(comment__thread__in=threads).select_related("user")
    mentions = list(found)
    names = labels_of(mention.user for mention in mentions)
    labels: dict[int, dict[int, str]] = {}
    for mention in mentions:
        labels.setdefault(mention.comment_id, {})[mention.user_id] = names[mention.user_id]
    return labels


def _versions(threads: Collection[Thread]) -> list[tuple[int, str, datetime]]:
    """Return the earlier texts of comments as they are stored, the oldest first."""
    rows = CommentVersion.objects.filter(comment__thread__in=threads).order_by("pk")
    return [*rows.values_list("comment_id", "body", "until")]


def _typed_versions(
    versions: Iterable[tuple[int, str, datetime]], labels: Mapping[int, Mapping[int, str]]
) -> dict[int, list[tuple[str, datetime]]]:
    found: dict[int, list[tuple[str, datetime]]] = {}
    for pk, body, until in versions:
        found.setdefault(pk, []).append((typed_body(body, labels.get(pk, {})), until))
    return found
