"""Decisions about an example and its findings."""

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from datasets.conversations.messages import line_feeds
from datasets.curation import actions as examples
from datasets.curation.actions import content_of, reviews
from datasets.curation.filters import ExampleFilter, MineFilter
from datasets.curation.forms.examples import (
    ApprovalForm,
    ChangesForm,
    ReasonForm,
    SubmissionForm,
)
from datasets.curation.lifecycle import State
from datasets.curation.models import Finding, GoldenExample, Revision
from datasets.curation.models.examples import GoldenExampleQuerySet
from datasets.curation.models.sorting import Place, order_of
from datasets.curation.views.editor import saved_editor
from datasets.curation.views.example_page import go_to_example, render_example
from datasets.curation.views.lookup import example_or_404, finding_or_404
from datasets.curation.views.opened import opened_or_404
from datasets.curation.views.places import place_of
from datasets.curation.visibility import searched
from reviewapp.core.forms import ActionForm
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission

# Lists of what waits for its reader to edit.
_OWN_WORK = frozenset({MineFilter.ASSIGNED, MineFilter.FIX})


@require_POST
@project_view(Permission.CURATE)
def submit(request: ProjectRequest, example_id: int) -> HttpResponse:
    """Submit an example for review and go to the next one to work on."""
    example = example_or_404(request, example_id)
    place, form = place_of(request, example), SubmissionForm(request.POST)
    if not form.perform(partial(reviews.submit, example_id=example.pk, actor=request.user)):
        return _show_errors(request, example, form)
    example_filter = ExampleFilter.from_query(request.GET)
    is_own_work = example_filter.state == State.DRAFT or example_filter.mine in _OWN_WORK
    choices = [
        *([example_filter] if is_own_work else []),
        example_filter.only(mine=MineFilter.ASSIGNED),
        example_filter.only(mine=MineFilter.FIX),
        example_filter.only(state=State.DRAFT),
    ]
    return _redirect_to_next(request, place, choices, gettext("Submitted for review."))


@require_POST
@project_view(Permission.REVIEW)
def approve(request: ProjectRequest, example_id: int) -> HttpResponse:
    """Approve the revision that was read and go to the next example that waits."""
    example = example_or_404(request, example_id)
    place, form = place_of(request, example), ApprovalForm(request.POST)
    if not form.perform(partial(reviews.approve, example_id=example.pk, reviewer=request.user)):
        return _show_errors(request, example, form)
    example_filter = ExampleFilter.from_query(request.GET)
    return _redirect_to_next(
        request, place, [example_filter.only(mine=MineFilter.REVIEW)], gettext("Approved.")
    )


@require_POST
@project_view(Permission.REVIEW)
def request_changes(request: ProjectRequest, example_id: int) -> HttpResponse:
    """Request changes with the reason and go to the next example that waits."""
    example = example_or_404(request, example_id)
    place, form = place_of(request, example), ChangesForm(request.POST)
    if not form.perform(
        partial(reviews.request_changes, example_id=example.pk, reviewer=request.user)
    ):
        return _show_errors(request, example, form)
    example_filter = ExampleFilter.from_query(request.GET)
    choices = [example_filter.only(mine=MineFilter.REVIEW)]
    return _redirect_to_next(request, place, choices, gettext("Changes requested."))


@require_POST
@project_view(Permission.VIEW)
def reopen(request: ProjectRequest, example_id: int) -> HttpResponse:
    """Return an example to draft."""
    example = example_or_404(request, example_id)
    form = ReasonForm(request.POST)
    if not form.perform(partial(examples.reopen, example_id=example.pk, actor=request.user)):
        return _show_errors(request, example, form)
    messages.success(request, gettext("The example is a draft again."))
    return go_to_example(request, example)


@require_POST
@project_view(Permission.CURATE)
def retire(request: ProjectRequest, example_id: int) -> HttpResponse:
    """Retire an example: new dataset versions leave it out."""
    example = example_or_404(request, example_id)
    form = ReasonForm(request.POST)
    if not form.perform(partial(examples.retire, example_id=example.pk, actor=request.user)):
        return _show_errors(request, example, form)
    done = gettext("Retired. Frozen dataset versions keep it; new ones leave it out.")
    messages.success(request, done)
    return go_to_example(request, example)


@require_POST
@project_view(Permission.CURATE)
def replace_one(request: ProjectRequest, finding_id: int) -> HttpResponse:
    """Replace the text of one finding, or add the text or policy that was chosen."""
    finding = finding_or_404(request, finding_id)
    choice = line_feeds(request.POST.get("choice", ""))
    revision = examples.replace_finding(finding_id=finding.pk, actor=request.user, choice=choice)
    messages.success(request, _saved_note(revision))
    return go_to_example(request, revision.example)


@require_POST
@project_view(Permission.CURATE)
def replace_all(request: ProjectRequest, example_id: int, number: int) -> HttpResponse:
    """Replace the text of all findings of a revision that have a replacement."""
    example = example_or_404(request, example_id)
    revision = examples.replace_all_findings(
        example_id=example.pk, base_number=number, actor=request.user
    )
    messages.success(request, _saved_note(revision))
    return go_to_example(request, example)


@require_POST
@project_view(Permission.VIEW)
def dismiss(request: ProjectRequest, finding_id: int) -> HttpResponse:
    """Dismiss a finding, with a reason."""
    finding = finding_or_404(request, finding_id)
    form = ReasonForm(request.POST)
    dismiss_it = partial(examples.dismiss_finding, finding_id=finding.pk, actor=request.user)
    if not form.perform(dismiss_it):
        return _show_errors(request, finding.revision.example, form, finding)
    messages.success(request, gettext("Finding dismissed."))
    return go_to_example(request, finding.revision.example)


def _saved_note(revision: Revision) -> str:
    return gettext("%(note)s. Saved as revision %(number)s.") % {
        "note": revision.note_text,
        "number": revision.number,
    }


def _show_errors(
    request: ProjectRequest,
    example: GoldenExample,
    form: ActionForm,
    finding: Finding | None = None,
) -> HttpResponse:
    """Show the page again with what was typed and the error."""
    opened = opened_or_404(request, example.pk)
    editor = saved_editor(opened.revision, content_of(opened.revision), request.permissions)
    if finding is not None:
        editor = editor.with_dismissal(finding.pk, form)
    return render_example(request, opened, editor, form=form)


def _redirect_to_next(
    request: ProjectRequest, place: Place, choices: list[ExampleFilter], done: str
) -> HttpResponse:
    """Redirect to the next example that waits for the user: after a place, else the first."""
    for example_filter in choices:
        matching = request.project.examples.matching(example_filter, user=request.user)
        waiting = searched(matching, example_filter, request.user, request.project)
        following = _first_after(place, waiting, example_filter)
        if following is not None:
            messages.success(request, " ".join((done, gettext("This is the next example."))))
            return go_to_example(request, following)
    nothing_left = gettext("No other example is waiting for you here.")
    messages.success(request, " ".join((done, nothing_left)))
    query = choices[0].query
    return redirect(f"{reverse('datasets:queue', args=[request.project.slug])}?{query}")


def _first_after(
    place: Place, waiting: GoldenExampleQuerySet, example_filter: ExampleFilter
) -> GoldenExample | None:
    order = order_of(example_filter)
    later = order.page(waiting, after=order.narrowed(place), limit=1).rows
    first = later or order.page(waiting, limit=1).rows
    return first[0] if first else None
