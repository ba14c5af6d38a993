"""Threads on the page of an example, and the list of mentions."""

from dataclasses import dataclass
from functools import partial

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from datasets.comments import actions
from datasets.comments.forms import BodyForm, ReadForm, ThreadForm
from datasets.comments.members import proposed_members
from datasets.comments.mentioned import shown_mentions
from datasets.comments.models import Comment, Thread
from datasets.comments.threads import talk_of
from datasets.curation.models import GoldenExample
from datasets.curation.views.lookup import example_or_404, query_number, revision_or_404
from datasets.curation.views.places import kept_query
from reviewapp.core.forms import ActionForm
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission

MENTIONS = "mentions"


@dataclass(frozen=True)
class RejectedForm:
    """A form that was rejected, with the key of its place on the page."""

    key: str
    form: ActionForm


@require_POST
@project_view(Permission.VIEW)
def open_thread(request: ProjectRequest, example_id: int) -> HttpResponse:
    """Open a thread on an example."""
    example = example_or_404(request, example_id)
    form = ThreadForm(request.POST)
    comment = form.perform(partial(actions.open_thread, example_id=example.pk, actor=request.user))
    if comment is None:
        return _rejected(request, example, RejectedForm("new", form))
    return _done(request, example, gettext("Comment added."), thread=comment.thread)


@require_POST
@project_view(Permission.VIEW)
def reply(request: ProjectRequest, example_id: int, thread_id: int) -> HttpResponse:
    """Add a comment to a thread."""
    example, thread = _thread(request, example_id, thread_id)
    form = BodyForm(request.POST)
    if not form.perform(partial(actions.reply, thread_id=thread.pk, actor=request.user)):
        return _rejected(request, example, RejectedForm(f"reply-{thread.pk}", form), thread=thread)
    return _done(request, example, gettext("Reply added."), thread=thread)


@require_POST
@project_view(Permission.VIEW)
def resolve(request: ProjectRequest, example_id: int, thread_id: int) -> HttpResponse:
    """Resolve a thread."""
    example, thread = _thread(request, example_id, thread_id)
    actions.resolve(thread_id=thread.pk, actor=request.user)
    return _done(request, example, gettext("Thread resolved."), thread=thread)


@require_POST
@project_view(Permission.VIEW)
def reopen(request: ProjectRequest, example_id: int, thread_id: int) -> HttpResponse:
    """Open a resolved thread again."""
    example, thread = _thread(request, example_id, thread_id)
    actions.reopen(thread_id=thread.pk, actor=request.user)
    return _done(request, example, gettext("Thread reopened."), thread=thread)


@require_POST
@project_view(Permission.VIEW)
def edit_comment(request: ProjectRequest, example_id: int, comment_id: int) -> HttpResponse:
    """Change the text of an own comment."""
    example, comment = _comment(request, example_id, comment_id)
    form = BodyForm(request.POST)
    if not form.perform(partial(actions.edit_comment, comment_id=comment.pk, actor=request.user)):
        rejected = RejectedForm(f"edit-{comment.pk}", form)
        return _rejected(request, example, rejected, thread=comment.thread)
    return _done(request, example, gettext("Comment changed."), thread=comment.thread)


@require_POST
@project_view(Permission.VIEW)
def delete_comment(request: ProjectRequest, example_id: int, comment_id: int) -> HttpResponse:
    """Delete an own comment."""
    example, comment = _comment(request, example_id, comment_id)
    actions.delete_comment(comment_id=comment.pk, actor=request.user)
    return _done(request, example, gettext("Comment deleted."), thread=comment.thread)


@require_POST
@project_view(Permission.CURATE)
def accept_suggestion(request: ProjectRequest, example_id: int, comment_id: int) -> HttpResponse:
    """Save a suggested text as a new revision."""
    example, comment = _comment(request, example_id, comment_id)
    revision = actions.accept_suggestion(comment_id=comment.pk, actor=request.user)
    done = gettext("Suggestion accepted. Saved as revision %(number)s.")
    messages.success(request, done % {"number": revision.number})
    return redirect(_page(request, example, comment.thread))


@require_POST
@project_view(Permission.VIEW)
def decline_suggestion(request: ProjectRequest, example_id: int, comment_id: int) -> HttpResponse:
    """Decline a suggested text, or withdraw one's own."""
    example, comment = _comment(request, example_id, comment_id)
    actions.decline_suggestion(comment_id=comment.pk, actor=request.user)
    return _done(request, example, gettext("Suggestion declined."), thread=comment.thread)


@require_POST
@project_view(Permission.VIEW)
def mark_read(request: ProjectRequest, example_id: int) -> HttpResponse:
    """Mark the threads of an example as read, up to the comment that the page showed."""
    example = example_or_404(request, example_id)
    form = ReadForm(request.POST)
    if not form.is_valid():
        raise Http404("The form has no such field.")
    actions.mark_read(example=example, user=request.user, **form.cleaned_data)
    if request.headers.get("Accept") == "application/json":
        return HttpResponse(status=204)
    return _done(request, example, gettext("Marked as read."))


@require_safe
@project_view(Permission.VIEW)
def mentionable(request: ProjectRequest, example_id: int) -> JsonResponse:
    """Return the names that a mention may be completed to, as JSON for the script."""
    example = example_or_404(request, example_id)
    beginning = request.GET.get("q", "").replace("\x00", "")[:120]
    found = proposed_members(example, beginning, actor=request.user)
    return JsonResponse({"names": found})


@require_safe
@project_view(Permission.VIEW)
def mentions(request: ProjectRequest) -> HttpResponse:
    """List the comments that mention the user, the newest first."""
    before = query_number(request.GET, "before")
    found, following = shown_mentions(request.user, request.project, before=before)
    context = {"found": found, "next_url": f"?before={following}" if following else ""}
    return render(request, "datasets/comments/mentions.html", context)


def _thread(
    request: ProjectRequest, example_id: int, thread_id: int
) -> tuple[GoldenExample, Thread]:
    example = example_or_404(request, example_id)
    return example, get_object_or_404(Thread, pk=thread_id, example=example)


def _comment(
    request: ProjectRequest, example_id: int, comment_id: int
) -> tuple[GoldenExample, Comment]:
    example = example_or_404(request, example_id)
    comments = Comment.objects.select_related("thread")
    return example, get_object_or_404(comments, pk=comment_id, thread__example=example)


def _page(request: ProjectRequest, example: GoldenExample, thread: Thread | None) -> str:
    """Return the address to go to after an act: the list it was done on, or the thread."""
    if request.POST.get("back") == MENTIONS:
        return reverse("datasets:mentions", args=[request.project.slug])
    path = reverse("datasets:example", args=[request.project.slug, example.pk])
    if query := kept_query(request, example):
        path += f"?{query}"
    return f"{path}#thread-{thread.pk}" if thread else path


def _done(
    request: ProjectRequest, example: GoldenExample, done: str, *, thread: Thread | None = None
) -> HttpResponse:
    if request.htmx:
        return _threads(request, example, done=done)
    messages.success(request, done)
    return redirect(_page(request, example, thread))


def _rejected(
    request: ProjectRequest,
    example: GoldenExample,
    rejected: RejectedForm,
    *,
    thread: Thread | None = None,
) -> HttpResponse:
    """Show the rejected form with what was typed: in its place, or on a page without a script."""
    if request.htmx:
        return _threads(request, example, rejected=rejected)
    context = {
        "example": example,
        "form": rejected.form,
        "action": request.get_full_path(),
        "back": request.POST.get("back", ""),
        "back_url": _page(request, example, thread),
    }
    status = rejected.form.status
    return render(request, "datasets/comments/comment_form.html", context, status=status)


def _threads(
    request: ProjectRequest,
    example: GoldenExample,
    *,
    rejected: RejectedForm | None = None,
    done: str = "",
) -> HttpResponse:
    """Return the threads as a partial."""
    latest = revision_or_404(example, example.latest_number)
    context = {
        "example": example,
        "revision": latest,
        "talk": talk_of(example, latest, request.user, request.permissions),
        "rejected": rejected,
        "done": done,
    }
    status = rejected.form.status if rejected else 200
    return render(request, "datasets/comments/_threads.html", context, status=status)
