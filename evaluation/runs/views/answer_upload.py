"""Uploading ready answers of two models: the form, the preview, the progress."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh

from evaluation.runs.actions import answer_uploads
from evaluation.runs.actions.answer_import import reviewers_of
from evaluation.runs.forms.answer_upload import AnswerUploadForm, ConfirmUploadForm
from evaluation.runs.forms.prompt_file import MAX_PROMPT_FILE_MB
from evaluation.runs.models import AnswerUpload
from evaluation.runs.reviewer_capacity import default_overlap_votes
from evaluation.runs.tasks import UPLOADS
from evaluation.runs.upload_preview import (
    forecast_of_upload,
    short_languages_of_upload,
    unread_messages,
)
from evaluation.runs.views.proposals import terms_like
from reviewapp.core.messages import Message
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.models import User
from reviewapp.people.permissions import Permission

SHOWN_UPLOADS = 10


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def upload_answers(request: ProjectRequest) -> HttpResponse:
    """Accept files of answers; the next page shows what they hold."""
    if request.method != "POST":
        return _form_page(request, AnswerUploadForm(initial=_proposed(request)))
    form = AnswerUploadForm(request.POST, request.FILES)

    def accept(**_fields: object) -> AnswerUpload:
        project, files = request.project, form.files_by_part()
        return answer_uploads.accept_answers(
            project=project, plan=form.plan(), files=files, actor=request.user
        )

    upload = form.perform(accept)
    if upload is None:
        return _form_page(request, form)
    return redirect("evaluation:answer_upload", request.project.slug, upload.pk)


def _proposed(request: ProjectRequest) -> dict[str, Any]:
    """Return the models that a link proposes, and as many votes as the reviewers can give."""
    names = ("baseline", "candidate", "overlap_percent")
    reviewers = reviewers_of(request.project).exclude(pk=request.user.pk).count()
    votes = default_overlap_votes(reviewer_count=reviewers, votes_per_example=1)
    proposed = {name: request.GET[name] for name in names if name in request.GET}
    return {"overlap_votes": votes, **terms_like(request), **proposed}


def _form_page(request: ProjectRequest, form: AnswerUploadForm) -> HttpResponse:
    waiting = AnswerUpload.objects.filter(
        project=request.project, confirmed_at=None, state=AnswerUpload.State.WAITING
    )
    context = {
        "form": form,
        "waiting": waiting[:SHOWN_UPLOADS],
        "max_megabytes": MAX_PROMPT_FILE_MB,
        "max_rows": answer_uploads.MAX_ROWS,
    }
    template = "evaluation/runs/answer_upload_form.html"
    return render(request, template, context, status=form.status)


@require_safe
@project_view(Permission.LEAD)
def answer_upload(request: ProjectRequest, upload_id: int) -> HttpResponse:
    """Show what the files hold, or how far the import is."""
    return _page(request, _upload(request, upload_id), ConfirmUploadForm())


def _upload(request: ProjectRequest, upload_id: int) -> AnswerUpload:
    uploads = AnswerUpload.objects.select_related("created_by", "run")
    return get_object_or_404(uploads, pk=upload_id, project=request.project)


def _page(request: ProjectRequest, upload: AnswerUpload, form: ConfirmUploadForm) -> HttpResponse:
    found = upload.findings
    reviewers = list(answer_uploads.reviewers_of_upload(upload))
    is_open = upload.confirmed_at is None and not upload.is_over
    context = {
        **(_outlook(upload, reviewers) if is_open else {}),
        "unread": unread_messages(found.get("unread", {})),
        "upload": upload,
        "form": form,
        "is_open": is_open,
        "is_running": upload.confirmed_at is not None and not upload.is_over,
        "errors": [
            {"line": error["line"], "text": Message.from_json(error["message"])}
            for error in found.get("errors", [])
        ],
        "models": [
            {"name": name, "label": label, "is_new": name not in found.get("known_models", [])}
            for name, label in (
                (upload.baseline, gettext("Baseline")),
                (upload.candidate, gettext("Candidate")),
            )
        ],
        "intents": [
            {"name": name, "number": number, "is_watched": name in found.get("watched", [])}
            for name, number in found.get("intents", {}).items()
        ],
        "reviewers": [str(person) for person in reviewers],
        "is_left_out": reviewers_of(request.project).filter(pk=upload.created_by_id).exists(),
    }
    template = "evaluation/runs/answer_upload.html"
    return render(request, template, context, status=form.status)


def _outlook(upload: AnswerUpload, reviewers: list[User]) -> dict[str, Any]:
    """Return how the run would probably end, and the languages that too few people read."""
    votes = answer_uploads.overlap_votes_of(upload)
    people = [person.pk for person in reviewers]
    short = short_languages_of_upload(upload, people, overlap_votes=votes)
    return {
        "forecast": forecast_of_upload(upload, reviewer_count=len(people), overlap_votes=votes),
        "short_languages": [language.message() for language in short],
        "votes_needed": max(upload.votes_per_example, votes if upload.overlap_percent else 1),
    }


@require_POST
@project_view(Permission.LEAD)
def confirm_upload(request: ProjectRequest, upload_id: int) -> HttpResponse:
    """Start the import."""
    upload = _upload(request, upload_id)
    form = ConfirmUploadForm(request.POST)

    def confirm(**fields: Any) -> AnswerUpload:
        return answer_uploads.confirm(
            project=request.project, upload_id=upload.pk, actor=request.user, **fields
        )

    if form.perform(confirm) is None:
        return _page(request, upload, form)
    UPLOADS.send(upload.pk)
    return redirect("evaluation:answer_upload", request.project.slug, upload.pk)


@require_POST
@project_view(Permission.LEAD)
def discard_upload(request: ProjectRequest, upload_id: int) -> HttpResponse:
    """Delete the files without making a run."""
    upload = _upload(request, upload_id)
    answer_uploads.discard(project=request.project, upload_id=upload.pk, actor=request.user)
    return redirect("evaluation:upload_answers", request.project.slug)


@require_safe
@project_view(Permission.LEAD)
def upload_progress(request: ProjectRequest, upload_id: int) -> HttpResponse:
    """Return the progress as a partial; go to the set-up of the run when it is made."""
    upload = _upload(request, upload_id)
    if upload.run_id:
        address = reverse("evaluation:run_setup", args=[request.project.slug, upload.run_id])
        return HttpResponseClientRedirect(address)
    if upload.is_over:
        return HttpResponseClientRefresh()
    template = "evaluation/runs/_answer_upload_progress.html"
    return render(request, template, {"upload": upload, "project": request.project})
