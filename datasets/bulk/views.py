"""Pages of bulk actions: the list, the preview with its confirmation, the progress, the result."""

from functools import partial

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from datasets.bulk import actions
from datasets.bulk.actions.selecting import Selection
from datasets.bulk.actions.text_changes import text_changes
from datasets.bulk.forms import PARAMS_FORMS, ConfirmForm, ParamsForm, chosen_values
from datasets.bulk.models import REVISING, BulkAction, BulkKind, Outcome, Stage
from datasets.bulk.permissions import kinds_for, require_own
from datasets.bulk.summary import may_undo, summary_of
from datasets.bulk.tasks import start
from datasets.bulk.texts import TITLES, confirm_label, group_reason
from datasets.curation.filters import ExampleFilter
from datasets.curation.views.lookup import query_number
from datasets.ingest.models import ImportBatch
from reviewapp.core import formats
from reviewapp.core.errors import InvalidInput, PermissionDeniedError
from reviewapp.core.forms import ActionForm
from reviewapp.core.paging import PAGE_SIZE, page_by_id
from reviewapp.jobs.actions import CANCELLED
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission

MAX_PICKED = 1000
SHOWN_RESTORED = 10
# What the column can hold.
MAX_EXPECTED = 2**31 - 1


@require_safe
@project_view(Permission.VIEW)
def bulk_actions(request: ProjectRequest) -> HttpResponse:
    """Show the latest bulk actions of the project that were confirmed, newest first."""
    confirmed = BulkAction.objects.filter(project=request.project, stage=Stage.CHANGING)
    latest = confirmed.with_undone().select_related("created_by").order_by("-pk")[:PAGE_SIZE]
    return render(request, "datasets/bulk/bulk_actions.html", {"actions": latest})


@require_POST
@project_view(Permission.VIEW)
def new_bulk_action(request: ProjectRequest) -> HttpResponse:
    """Store the selection of the queue, check it and go to its preview."""
    kind, posted = request.POST.get("kind", ""), request.POST
    example_filter = ExampleFilter.from_query(QueryDict(posted.get("query", "")))
    back = f"{reverse('datasets:queue', args=[request.project.slug])}?{example_filter.query}"
    if kind not in kinds_for(request.permissions):
        messages.error(request, gettext("Choose what to do with the selected examples."))
        return redirect(back)
    selection = Selection(
        ids=[int(number) for number in posted.getlist("example")[:MAX_PICKED] if _is_id(number)],
        example_filter=example_filter if posted.get("all") else None,
        expected=min(query_number(posted, "expected") or 0, MAX_EXPECTED),
    )
    try:
        action = actions.select_examples(
            project=request.project, kind=BulkKind(kind), selection=selection, actor=request.user
        )
    except InvalidInput as error:
        messages.error(request, str(error))
        return redirect(back)
    return _started(request, action)


@require_safe
@project_view(Permission.VIEW)
def bulk_action(request: ProjectRequest, action_id: int) -> HttpResponse:
    """Show a bulk action at its present stage."""
    action = _found(request, action_id)
    return _page(request, action)


@require_safe
@project_view(Permission.VIEW)
def progress(request: ProjectRequest, action_id: int) -> HttpResponse:
    """Return the progress as a partial; reload the whole page when the stage is over."""
    action = _found(request, action_id)
    if action.is_over:
        return HttpResponseClientRefresh()
    context = {"action": action, "slug": request.project.slug}
    return render(request, "datasets/bulk/_progress.html", context)


@require_POST
@project_view(Permission.VIEW)
def choose_params(request: ProjectRequest, action_id: int) -> HttpResponse:
    """Store what the kind needs, and check the examples again."""
    action = _found(request, action_id)
    form_class = PARAMS_FORMS.get(action.kind)
    if form_class is None:
        return redirect(_url(request, action))
    form = form_class(request.POST, action=action)
    choose = partial(actions.choose_params, action_id=action.pk, actor=request.user)
    if form.perform(choose) is None:
        return _page(request, action, params_form=form)
    return _started(request, action)


@require_POST
@project_view(Permission.VIEW)
def confirm(request: ProjectRequest, action_id: int) -> HttpResponse:
    """Change the examples that can be changed."""
    action = _found(request, action_id)
    form = ConfirmForm(request.POST, action=action)
    if form.perform(partial(actions.confirm, action_id=action.pk, actor=request.user)) is None:
        return _page(request, action, confirm_form=form)
    response = _started(request, action)
    action.refresh_from_db()
    if action.has_changed:
        changed = summary_of(action).changed
        text = ngettext("%(n)s example changed.", "%(n)s examples changed.", changed)
        if action.is_deleting:
            text = ngettext("%(n)s example deleted.", "%(n)s examples deleted.", changed)
        elif action.undoes_id:
            text = ngettext("%(n)s example restored.", "%(n)s examples restored.", changed)
        messages.success(request, text % {"n": formats.count(changed)})
    return response


@require_POST
@project_view(Permission.VIEW)
def cancel(request: ProjectRequest, action_id: int) -> HttpResponse:
    """Stop a bulk action that waits or runs."""
    action = _found(request, action_id)
    if not actions.cancel(action_id=action.pk, actor=request.user):
        messages.info(request, gettext("The bulk action had ended already."))
    return redirect(_url(request, action))


@require_POST
@project_view(Permission.VIEW)
def undo(request: ProjectRequest, action_id: int) -> HttpResponse:
    """Check what can be restored, and go to the preview of the undo."""
    action = _found(request, action_id)
    return _started(request, actions.select_undo(action_id=action.pk, actor=request.user))


@require_POST
@project_view(Permission.VIEW)
def repeat(request: ProjectRequest, action_id: int) -> HttpResponse:
    """Select the examples of an undone bulk action for the same again, and go to its page."""
    action = _found(request, action_id)
    return _started(request, actions.select_repeat(action_id=action.pk, actor=request.user))


@require_POST
@project_view(Permission.CURATE)
def take_back(request: ProjectRequest, batch_id: int) -> HttpResponse:
    """Check which examples of an import nobody has touched, and go to the preview."""
    batch = get_object_or_404(ImportBatch, pk=batch_id, project=request.project)
    return _started(request, actions.select_import(batch_id=batch.pk, actor=request.user))


@require_safe
@project_view(Permission.VIEW)
def left_out(request: ProjectRequest, action_id: int) -> HttpResponse:
    """List all examples that a bulk action leaves out, with the reason of each."""
    action = _found(request, action_id)
    after, before = (query_number(request.GET, name) for name in ("after", "before"))
    rejected = action.items.filter(outcome=Outcome.REJECTED)
    page = page_by_id(rejected, after=after, before=before)
    context = {
        "action": action,
        "slug": request.project.slug,
        "title": _title(action),
        "rows": [(item.example_id, group_reason(item.reason)) for item in page.rows],
        "previous_url": page.before and f"?before={page.before}",
        "next_url": page.after and f"?after={page.after}",
    }
    return render(request, "datasets/bulk/left_out.html", context)


def _title(action: BulkAction) -> Promise:
    return TITLES[BulkKind(action.kind)]


def _started(request: ProjectRequest, action: BulkAction) -> HttpResponse:
    action.refresh_from_db()
    if not action.is_over:
        start(action)
    return redirect(_url(request, action))


def _page(
    request: ProjectRequest,
    action: BulkAction,
    *,
    params_form: ParamsForm | None = None,
    confirm_form: ConfirmForm | None = None,
) -> HttpResponse:
    is_own = action.created_by_id == request.user.pk
    is_open = action.stage != Stage.CHANGING and action.state == "done"
    form_class = PARAMS_FORMS.get(action.kind)
    if params_form is None and is_own and is_open and form_class is not None:
        params_form = form_class(action=action)
    if confirm_form is None and is_own and action.is_checked:
        confirm_form = ConfirmForm(action=action)
    summary, may_decide = summary_of(action), _may_decide(request, action)
    shown: ActionForm | None = confirm_form if confirm_form and confirm_form.errors else params_form
    context = {
        "action": action,
        "slug": request.project.slug,
        "title": _title(action),
        "summary": summary,
        "params_form": params_form,
        "confirm_form": confirm_form if summary.ready else None,
        "was_cancelled": action.error_code == CANCELLED,
        "may_decide": may_decide,
        "chosen": chosen_values(action),
        "changes": text_changes(action, request.user) if action.is_over else [],
        "becomes_draft": action.kind in REVISING,
        "restored": _restored(action),
        "seen_difference": action.expected not in (0, action.selected),
        "undone_by": action.finished_undos().order_by("-pk").first(),
        "may_undo": may_decide and may_undo(action, summary),
        "repeatable": _repeatable(request, action),
        "confirm_label": confirm_label(action, summary.ready),
    }
    status = shown.status if shown is not None else 200
    return render(request, "datasets/bulk/bulk_action.html", context, status=status)


def _repeatable(request: ProjectRequest, action: BulkAction) -> BulkAction | None:
    """Return the undone bulk action that the user may do again: this one, or what it undid."""
    original = action.undoes or action
    is_allowed = original.kind in kinds_for(request.permissions)
    return original if is_allowed and original.may_be_repeated() else None


def _restored(action: BulkAction) -> list[int]:
    """Return the first examples that the undo of a deletion has restored."""
    if action.undoes is None or not action.undoes.is_deleting or not action.has_changed:
        return []
    changed = action.items.filter(outcome=Outcome.CHANGED).order_by("example")
    return list(changed.values_list("example", flat=True)[:SHOWN_RESTORED])


def _may_decide(request: ProjectRequest, action: BulkAction) -> bool:
    try:
        require_own(action, request.user)
    except PermissionDeniedError:
        return False
    return True


def _found(request: ProjectRequest, action_id: int) -> BulkAction:
    found = BulkAction.objects.select_related("project", "created_by", "undoes", "batch")
    return get_object_or_404(found, pk=action_id, project=request.project)


def _url(request: ProjectRequest, action: BulkAction) -> str:
    return reverse("datasets:bulk_action", args=[request.project.slug, action.pk])


def _is_id(value: str) -> bool:
    return query_number({"id": value}, "id") is not None
