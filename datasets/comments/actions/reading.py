"""Mark threads and mentions as read by a member."""

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from datasets.comments.models import Comment, Mention, Thread, ThreadRead
from datasets.comments.notices import read
from datasets.curation.models import GoldenExample
from reviewapp.people.models import User


@transaction.atomic
def mark_read(*, example: GoldenExample, user: User, last_comment: int) -> None:
    """Mark the threads of an example as read by a user, up to a comment that was shown to them.

    Comments that come later stay unread, whatever the number.
    """
    shown = Comment.objects.filter(thread__example=example, pk__lte=last_comment)
    latest = shown.aggregate(latest=Max("pk"))["latest"]
    if latest is not None:
        threads = Thread.objects.filter(example=example, comments__pk__lte=latest).distinct()
        _store(list(threads), user, latest)


def read_thread(comment: Comment, user: User) -> None:
    """Mark a thread as read by a user, up to this comment."""
    _store([comment.thread], user, comment.pk)


def _store(threads: list[Thread], user: User, last_comment: int) -> None:
    """Store the marks; an older browser tab does not take a newer one back."""
    marks = ThreadRead.objects.filter(user=user, thread__in=threads)
    newer = set(marks.filter(last_comment__gte=last_comment).values_list("thread_id", flat=True))
    ThreadRead.objects.bulk_create(
        [
            ThreadRead(thread=thread, user=user, last_comment=last_comment)
            for thread in threads
            if thread.pk not in newer
        ],
        update_conflicts=True,
        unique_fields=["thread", "user"],
        update_fields=["last_comment"],
    )
    seen = Mention.objects.filter(
        user=user, seen_at=None, comment__thread__in=threads, comment__pk__lte=last_comment
    )
    seen.update(seen_at=timezone.now())
    shown = Comment.objects.filter(thread__in=threads, pk__lte=last_comment)
    read.send(sender=Thread, user=user, comments=shown)
