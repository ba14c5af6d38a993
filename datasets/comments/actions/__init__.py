"""Actions on threads: open, reply, edit, delete, resolve, reopen, mark as read, suggest edits."""

from datasets.comments.actions.comments import delete_comment, edit_comment
from datasets.comments.actions.reading import mark_read
from datasets.comments.actions.reports import open_disagreement, open_report
from datasets.comments.actions.suggestions import accept_suggestion, decline_suggestion
from datasets.comments.actions.threads import Target, open_thread, reopen, reply, resolve

__all__ = [
    "Target",
    "accept_suggestion",
    "decline_suggestion",
    "delete_comment",
    "edit_comment",
    "mark_read",
    "open_disagreement",
    "open_report",
    "open_thread",
    "reopen",
    "reply",
    "resolve",
]
