"""Decisions about an example, and about what the inspections found in it."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from http import HTTPStatus

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from datasets.curation import actions as examples
from datasets.curation.actions import content_of, reviews
from datasets.curation.filters import ExampleFilter, Mine
from datasets.curation.forms.examples import (
    ApprovalForm,
    ChangesForm,
    ReasonForm,
    SubmissionForm,
    first_errors,
)
from datasets.curation.lifecycle import State
from datasets.curation.models import GoldenExample
from datasets.curation.views.editor import saved_editor
from datasets.curation.views.example_page import Trouble, go_to_example, render_example
from datasets.curation.views.lookup import example_of, finding_of, revision_of
from reviewapp.core.errors import DomainError, InvalidInput, NotAllowed
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Power


@require_POST
@project_view(Power.CURATE)
def submit(request: ProjectRequest, example_id: int) -> HttpResponse:
    """Submit an example for review and go to the next one to work on."""
    example = example_of(request, example_id)
    act = partial(reviews.submit, example_id=example.pk, actor=request.user)
    if page := _refused(request, example, SubmissionForm(request.POST), act):
        return page
    wanted = ExampleFilter.from_query(request.GET)
    choices = [wanted.only(mine=Mine.FIX), wanted.only(state=State.DRAFT)]
    return _go_on(request, example, choices, "Submitted for review.")


@require_POST
@project_view(Power.REVIEW)
def approve(request: ProjectRequest, example_id: int) -> HttpResponse:
    """Approve what was read and go to the next one that waits."""
    example = example_of(request, example_id)
    act = partial(reviews.approve, example_id=example.pk, reviewer=request.user)
    if page := _refused(request, example, ApprovalForm(request.POST), act):
        return page
    wanted = ExampleFilter.from_query(request.GET)
    return _go_on(request, example, [wanted.only(mine=Mine.REVIEW)], "Approved.")


@require_POST
@project_view(Power.REVIEW)
def request_changes(request: ProjectRequest, example_id: int) -> HttpResponse:
    """Send an example back with the reason and go to the next one that waits."""
    example = example_of(request, example_id)
    act = partial(reviews.request_changes, example_id=example.pk, reviewer=request.user)
    if page := _refused(request, example, ChangesForm(request.POST), act):
        return page
    wanted = ExampleFilter.from_query(request.GET)
    return _go_on(request, example, [wanted.only(mine=Mine.REVIEW)], "Sent back to its author.")


@require_POST
@project_view(Power.VIEW)
def reopen(request: ProjectRequest, example_id: int) -> HttpResponse:
    """Take an example back to draft."""
    example = example_of(request, example_id)
    act = partial(examples.reopen, example_id=example.pk, actor=request.user)
    if page := _refused(request, example, ReasonForm(request.POST), act):
        return page
    messages.success(request, "It is a draft again.")
    return go_to_example(request, example)


@require_POST
@project_view(Power.CURATE)
def retire(request: ProjectRequest, example_id: int) -> HttpResponse:
    """Take an example out of future dataset versions."""
    example = example_of(request, example_id)
    act = partial(examples.retire, example_id=example.pk, actor=request.user)
    if page := _refused(request, example, ReasonForm(request.POST), act):
        return page
    messages.success(request, "Retired. Frozen dataset versions keep it; new ones leave it out.")
    return go_to_example(request, example)


@require_POST
@project_view(Power.CURATE)
def mend(request: ProjectRequest, finding_id: int) -> HttpResponse:
    """Replace what one finding points at."""
    finding = finding_of(request, finding_id)
    revision = examples.mend_finding(finding_id=finding.pk, actor=request.user)
    messages.success(request, f"{revision.note}. Saved as revision {revision.number}.")
    return go_to_example(request, revision.example)


@require_POST
@project_view(Power.CURATE)
def mend_all(request: ProjectRequest, example_id: int, number: int) -> HttpResponse:
    """Replace what all findings of a revision point at."""
    example = example_of(request, example_id)
    revision = examples.mend_all_personal(
        example_id=example.pk, base_number=number, actor=request.user
    )
    messages.success(request, f"{revision.note}. Saved as revision {revision.number}.")
    return go_to_example(request, example)


@require_POST
@project_view(Power.VIEW)
def dismiss(request: ProjectRequest, finding_id: int) -> HttpResponse:
    """Let a finding stand, with a reason."""
    finding = finding_of(request, finding_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(" ".join(first_errors(form)))
    examples.dismiss_finding(finding_id=finding.pk, actor=request.user, **form.cleaned_data)
    messages.success(request, "The finding is dismissed; your reason stands beside it.")
    return go_to_example(request, finding.revision.example)


def _refused(
    request: ProjectRequest, example: GoldenExample, form: Form, act: Callable[..., GoldenExample]
) -> HttpResponse | None:
    """Decide with the form's fields; return the page with what was typed if it was refused."""
    if not form.is_valid():
        at_reason = [str(error) for error in form.errors.pop("reason", [])]
        trouble = Trouble(first_errors(form), at_reason=" ".join(at_reason))
    else:
        try:
            act(**form.cleaned_data)
        except DomainError as error:
            status = HTTPStatus.FORBIDDEN if isinstance(error, NotAllowed) else HTTPStatus.CONFLICT
            trouble = Trouble([str(error)], status=status)
        else:
            return None
    example = example_of(request, example.pk)
    revision = revision_of(example, example.latest_number)
    editor = saved_editor(revision, content_of(revision), request.user)
    trouble = replace(trouble, reason=request.POST.get("reason", ""))
    return render_example(request, revision, editor, trouble=trouble)


def _go_on(
    request: ProjectRequest, example: GoldenExample, choices: list[ExampleFilter], done: str
) -> HttpResponse:
    """Redirect to the next example that waits for this person: after this one, else the first."""
    for wanted in choices:
        waiting = request.project.examples.matching(wanted, user=request.user).order_by("pk")
        following = waiting.filter(pk__gt=example.pk).first() or waiting.first()
        if following is not None:
            messages.success(request, f"{done} This is the next one.")
            return go_to_example(request, following)
    messages.success(request, f"{done} Nothing else waits for you here.")
    query = choices[0].query
    return redirect(f"{reverse('datasets:queue', args=[request.project.slug])}?{query}")
