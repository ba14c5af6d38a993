"""Threads that the evaluation opens: reports of broken examples, and disagreement of reviewers."""

from django.db import transaction

from datasets.comments.models import Comment, Thread, ThreadSource
from datasets.comments.notices import Act, record
from datasets.curation.models import GoldenExample, Revision
from reviewapp.core.messages import message
from reviewapp.people.models import User


@transaction.atomic
def open_report(*, revision: Revision, actor: User, note: str) -> Comment:
    """Open a thread with the words of a reviewer who could not judge the example.

    It names neither the run nor an answer: other reviewers of the open run may read it.
    """
    thread = _thread(revision, ThreadSource.BROKEN, actor)
    comment = Comment.objects.create(thread=thread, author=actor, body=note)
    record(Act("comment", comment, actor))
    return comment


@transaction.atomic
def open_disagreement(*, revision: Revision, run: int) -> Comment | None:
    """Open a thread because reviewers of a closed run disagreed; None if there is one for the run.

    Args:
        run: the id of the run, which must be closed.
    """
    example = GoldenExample.objects.select_for_update(of=("self",)).get(pk=revision.example_id)
    existing = Comment.objects.filter(
        thread__example=example, text__code="comments.disagreement", text__params__run=run
    )
    if example.erased_at is not None or existing.exists():
        return None
    thread = _thread(revision, ThreadSource.DISAGREEMENT, None)
    comment = Comment.objects.create(thread=thread, text=message("comments.disagreement", run=run))
    record(Act("comment", comment, None))
    return comment


def _thread(revision: Revision, source: ThreadSource, actor: User | None) -> Thread:
    return Thread.objects.create(
        project_id=revision.example.project_id,
        example_id=revision.example_id,
        revision=revision,
        source=source,
        created_by=actor,
    )
