"""Notify of what the features of datasets report."""

from typing import Any, Final

from django.db.models import QuerySet

from datasets.comments.models import Comment
from datasets.comments.notices import CommentNotice
from datasets.curation.lifecycle import Action
from datasets.curation.models import ExampleEvent
from datasets.ingest.models import ImportBatch
from datasets.notices import kinds, recipients
from reviewapp.notifications.actions.inbox import mark_read
from reviewapp.notifications.actions.notifying import Notice, notify
from reviewapp.notifications.models import Notification
from reviewapp.people.models import Project, User

MAX_LISTED: Final = 100
"""How many examples an event outside lists; its count is of all."""
_COMMENT_KINDS = {"mentioned": kinds.MENTIONED, "replied": kinds.REPLIED}


def on_assigned(
    *, project: Project, actor: User, given: dict[int, list[int]], **_more: Any
) -> None:
    """Notify members of examples that were assigned to them; `given` has the ids by member."""
    for assignee_id, ids in given.items():
        params = {"count": len(ids), "example": ids[-1], "actor": str(actor)}
        public = {"assignee": assignee_id, "count": len(ids), "examples": ids[:MAX_LISTED]}
        notice = Notice(kinds.ASSIGNED.code, project, params, actor, public=public)
        notify(notice, recipients.of_assignment(assignee_id))


def on_comment(*, notice: CommentNotice, **_more: Any) -> None:
    """Notify those whom a comment concerns; its text stays on the page of the example."""
    kind = _COMMENT_KINDS.get(notice.code)
    if kind is None:
        return
    thread = notice.comment.thread
    params = {
        "example": thread.example_id,
        "comment": notice.comment.pk,
        "actor": str(notice.actor or ""),
    }
    public = {"example": thread.example_id, "thread": thread.pk}
    event = Notice(kind.code, thread.project, params, notice.actor, public=public)
    notify(event, recipients.of_comment(notice))


def on_read_threads(*, user: User, comments: QuerySet[Comment], **_more: Any) -> None:
    """Mark the notifications of a user about these comments as read."""
    codes = [kind.code for kind in _COMMENT_KINDS.values()]
    ids = list(comments.values_list("pk", flat=True))
    about = Notification.objects.filter(kind__in=codes, text__params__comment__in=ids)
    mark_read(user=user, among=about)


def on_example_event(*, instance: ExampleEvent, created: bool, **_more: Any) -> None:
    """Notify the authors and the assignee of requested changes."""
    if not created or instance.action != Action.REQUEST_CHANGES:
        return
    params = {"example": instance.example_id, "actor": str(instance.actor or "")}
    public = {"example": instance.example_id}
    kind, project = kinds.CHANGES_REQUESTED.code, instance.project
    notice = Notice(kind, project, params, instance.actor, public=public)
    notify(notice, recipients.of_requested_changes(instance.example))


def on_failed_import(*, batch: ImportBatch, **_more: Any) -> None:
    """Notify who uploaded a file that could not be imported."""
    params = {"batch": batch.pk, "file": batch.file_name}
    notice = Notice(
        kinds.IMPORT_FAILED.code,
        batch.project,
        params,
        subject=f"import-{batch.pk}",
        public={"import": batch.pk},
    )
    notify(notice, recipients.of_failed_import(batch))
