"""Open and unread threads, and unread mentions, of one member, each with one query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from datasets.comments.models import Comment, Mention, Thread, ThreadRead
from datasets.curation.filters import TalkFilter
from datasets.curation.models import GoldenExample
from datasets.curation.visibility import hidden_among, hidden_from
from reviewapp.core.db.compiled import CompiledQuery
from reviewapp.core.formats import count
from reviewapp.people.models import Project, User


@dataclass(frozen=True)
class TalkCount:
    """The open threads of an example, and how many of them have comments that are new to a user."""

    open: int
    unread: int


def open_threads(user: User, project: Project) -> QuerySet[Thread]:
    """Return the open threads of a project, without those of hidden examples."""
    found = _open(project.pk)
    for hidden, _reason in hidden_from(user, project):
        found = found.exclude(example__in=hidden)
    return found


def _open(project: int) -> QuerySet[Thread]:
    return Thread.objects.filter(project=project, example__deleted_at=None, resolved_at=None)


def _unread(threads: QuerySet[Thread], user: int) -> QuerySet[Thread]:
    """Annotate threads with `is_unread`: others commented after what the user has read."""
    marks = ThreadRead.objects.filter(thread=OuterRef("thread"), user=user).values("last_comment")
    new = Comment.objects.filter(thread=OuterRef("pk"), deleted_at=None).exclude(author=user)
    new = new.filter(pk__gt=Coalesce(Subquery(marks), Value(0)))
    return threads.annotate(is_unread=Exists(new))


def talk_condition(value: str, user: User, project: Project) -> Q:
    """Return the condition for examples with open or unread threads, as the queue filters them."""
    threads = open_threads(user, project)
    if value == TalkFilter.UNREAD:
        threads = _unread(threads, user.pk).filter(Q(is_unread=True))
    return Q(pk__in=threads.values("example"))


def _talk(user: int, project: int, examples: int) -> QuerySet[Thread, tuple[int, int, int]]:
    """Return examples with the number of their open threads, and of the unread ones."""
    threads = _unread(_open(project).filter(example__in=[examples]), user)
    counted = threads.order_by().values_list("example")
    return counted.annotate(total=Count("pk"), new=Count("pk", filter=Q(is_unread=True)))


_TALK: Final = CompiledQuery(_talk, "user", "project", "examples")
_UNREAD_MENTIONS: Final = CompiledQuery(
    lambda user, project: (
        Mention.objects.of(user, project)
        .filter(seen_at=None)
        .values_list("comment__thread__example")
    ),
    "user",
    "project",
)


def with_talk(
    examples: Sequence[GoldenExample], user: User, project: Project
) -> Sequence[GoldenExample]:
    """Give each example the attribute `talk`, its `TalkCount`; None without open threads."""
    ids = [example.pk for example in examples]
    rows = _TALK.rows(user=user.pk, project=project.pk, examples=ids)
    counts = {example: TalkCount(all_, unread) for example, all_, unread in rows}
    hidden = hidden_among(counts, user, project)
    for example in examples:
        talk = None if example.pk in hidden else counts.get(example.pk)
        example.talk = talk  # type: ignore[attr-defined]
    return examples


def comment_counts(
    rows: Sequence[GoldenExample], user: User, project: Project
) -> Mapping[int, str]:
    """Return how many comments each example has, as the queue shows them."""
    found = Comment.objects.filter(thread__example__in=[row.pk for row in rows], deleted_at=None)
    counted = dict(found.order_by().values_list("thread__example").annotate(Count("pk")))
    hidden = hidden_among(counted, user, project)
    return {example: count(total) for example, total in counted.items() if example not in hidden}


def mentions_of(user: User, project: Project) -> QuerySet[Mention]:
    """Return the mentions of a user in threads of examples that they may read, newest first."""
    found = Mention.objects.of(user.pk, project.pk)
    for hidden, _reason in hidden_from(user, project):
        found = found.exclude(comment__thread__example__in=hidden)
    return found


def unread_mentions(user: User, project: Project) -> int:
    """Return how many mentions of a user they have not seen."""
    examples = _UNREAD_MENTIONS.column(user=user.pk, project=project.pk)
    hidden = hidden_among(examples, user, project)
    return sum(example not in hidden for example in examples)
