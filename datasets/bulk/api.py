"""The HTTP API of bulk actions: the preview is the dry run, and a confirmation changes examples."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Router, Schema, Status

from datasets.bulk import actions
from datasets.bulk.dealing import DealRule
from datasets.bulk.forms import PARAMS_FORMS, FindingsForm, SplitForm
from datasets.bulk.models import BulkAction, BulkKind, Outcome
from datasets.bulk.summary import Group, summary_of
from datasets.bulk.tasks import start
from datasets.conversations.split import SPLITS
from datasets.curation.api import ExampleQuery, filter_of
from datasets.ingest.models import ImportBatch
from reviewapp.core.api import Cursor, ObjectId, next_cursor
from reviewapp.core.errors import InvalidInput
from reviewapp.core.paging import newest_first, page_by_id
from reviewapp.core.texts import render_english
from reviewapp.people.actions.members import find_person
from reviewapp.people.api import project_for
from reviewapp.people.http import signed_in_user
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import Permission

router = Router(tags=["examples"])

MAX_IDS = 10_000
# Those that are recorded, and those that the API starts.
RECORDED = {BulkKind.UNDO, BulkKind.IMPORT_LABELS}
STARTED = [kind.value for kind in BulkKind if kind not in RECORDED]
Text = Annotated[str, Field(max_length=1000)]
Address = Annotated[str, Field(max_length=254)]
Words = Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=50)]


class BulkParams(Schema):
    """What some kinds need; what a kind does not know is ignored.

    `label`: from `intent` to `remove_policies`. `split`: `split`, null for the drawn one.
    `replace_findings`: `code`, and `choice` for a rule that leaves one: its text, or the slug of a
    policy. `replace_text`: from `find` to `roles`. `assign`: `assignees` by address or `unassign`,
    and from `rule` to `skips_assigned`.
    """

    intent: Annotated[str, Field(max_length=100)] = ""
    no_intent: bool = False
    language: Annotated[str, Field(max_length=12)] = ""
    add_tags: Words = []
    remove_tags: Words = []
    add_policies: Words = []
    remove_policies: Words = []
    split: Literal[*SPLITS] | None = None  # type: ignore[valid-type]
    code: Annotated[str, Field(max_length=40)] = ""
    choice: Text = ""
    find: Text = ""
    by: Text = ""
    is_regex: bool = False
    ignores_case: bool = False
    roles: Words = ["assistant"]
    assignees: Annotated[list[Address], Field(max_length=100)] = []
    unassign: bool = False
    rule: Literal[*DealRule.values] = DealRule.EVEN.value  # type: ignore[valid-type]
    due_on: date | None = None
    skips_assigned: bool = False


class BulkIn(Schema):
    """What to do, and the examples: by `ids`, by `filter` (empty for all), or of an import."""

    kind: Literal[*STARTED]  # type: ignore[valid-type]
    ids: Annotated[list[ObjectId], Field(max_length=MAX_IDS)] | None = None
    filter: ExampleQuery | None = None
    import_id: ObjectId | None = None
    params: BulkParams = BulkParams()


class ConfirmIn(Schema):
    """The reason or comment, where the kind takes one."""

    reason: Annotated[str, Field(max_length=2000)] = ""


class LeftOut(Schema):
    """How many examples are left out for a reason, with the first of them."""

    code: str
    message: str
    count: int
    examples: list[int]


class BulkOut(Schema):
    """A bulk action. Confirm it when `stage` is `checking` and `state` is `done`.

    `total` and `done` are of the present stage. `ready` can be changed, `changed` were. The kind
    `import_labels` records the labels that an import changed; `created_by` is null for a command.
    """

    id: int
    kind: str
    stage: Literal["selected", "checking", "changing"]
    state: Literal["waiting", "running", "done", "failed"]
    error_code: str
    selected: int
    total: int
    done: int
    ready: int
    changed: int
    left_out: int
    reasons: list[LeftOut]
    undoes: int | None
    import_id: int | None
    created_by: str | None
    created_at: datetime
    finished_at: datetime | None


class ItemOut(Schema):
    """An example that is left out."""

    example: int
    code: str
    message: str


class BulkDetail(BulkOut):
    """A bulk action with a page of the examples that are left out."""

    items: list[ItemOut]
    next: str | None


class BulkPage(Schema):
    """Bulk actions, the latest first, and the cursor of the next page."""

    items: list[BulkOut]
    next: str | None


@router.post(
    "/projects/{slug}/bulk-actions",
    operation_id="datasets_api_bulk_start",
    response={202: BulkOut},
    summary="Preview a bulk action",
)
def start_preview(request: HttpRequest, slug: str, body: BulkIn) -> Any:
    """Check which of the examples can be changed; change nothing before the confirmation.

    Up to 100 examples are checked at once, more by a worker: ask the bulk action how far it is. It
    is deleted after a day without a confirmation.
    """
    project, actor = project_for(request, slug, Permission.VIEW), signed_in_user(request)
    with transaction.atomic():
        action = _selected(project, actor, body)
        if action.kind in PARAMS_FORMS:
            form = PARAMS_FORMS[action.kind](_form_data(action.kind, body.params), action=action)
            if not form.is_valid():
                raise InvalidInput(_errors_of(form))
            actions.choose_params(action_id=action.pk, actor=actor, **form.cleaned_data)
    return _started(action)


@router.get(
    "/projects/{slug}/bulk-actions",
    operation_id="datasets_api_bulk_list",
    response={200: BulkPage},
    summary="List bulk actions",
)
def list_actions(request: HttpRequest, slug: str, cursor: Cursor = None) -> dict[str, Any]:
    """Return a page of 50 bulk actions, the latest first."""
    project = project_for(request, slug, Permission.VIEW)
    found = BulkAction.objects.filter(project=project).select_related("created_by")
    shown, following = newest_first(found, before=cursor, by="pk")
    return {
        "items": [_as_dict(action) for action in shown],
        "next": None if following is None else str(following),
    }


@router.get(
    "/projects/{slug}/bulk-actions/{action_id}",
    operation_id="datasets_api_bulk_show",
    response={200: BulkDetail},
    summary="How far a bulk action is, and what it leaves out",
)
def show(
    request: HttpRequest, slug: str, action_id: ObjectId, cursor: Cursor = None
) -> dict[str, Any]:
    """Return the counts, and a page of 50 examples that are left out, each with the reason."""
    action = _found(request, slug, action_id)
    page = page_by_id(action.items.filter(outcome=Outcome.REJECTED), after=cursor)
    items = [
        {
            "example": item.example_id,
            "code": item.reason.code,
            "message": render_english(item.reason),
        }
        for item in page.rows
    ]
    return {**_as_dict(action), "items": items, "next": next_cursor(page)}


@router.post(
    "/projects/{slug}/bulk-actions/{action_id}/confirm",
    operation_id="datasets_api_bulk_confirm",
    response={202: BulkOut},
    summary="Change the examples that the preview found",
)
def confirm(request: HttpRequest, slug: str, action_id: ObjectId, body: ConfirmIn) -> Any:
    """Change the examples; 409 while the preview is not complete, or was confirmed already."""
    action = _found(request, slug, action_id)
    return _started(
        actions.confirm(action_id=action.pk, actor=signed_in_user(request), reason=body.reason)
    )


@router.post(
    "/projects/{slug}/bulk-actions/{action_id}/cancel",
    operation_id="datasets_api_bulk_cancel",
    response={200: BulkOut},
    summary="Cancel a bulk action",
)
def cancel(request: HttpRequest, slug: str, action_id: ObjectId) -> dict[str, Any]:
    """Stop it; what it has changed stays, and can be undone. One that has ended stays as it is."""
    action = _found(request, slug, action_id)
    actions.cancel(action_id=action.pk, actor=signed_in_user(request))
    return _as_dict(_found(request, slug, action_id))


@router.post(
    "/projects/{slug}/bulk-actions/{action_id}/undo",
    operation_id="datasets_api_bulk_undo",
    response={202: BulkOut},
    summary="Preview the undo of a bulk action",
)
def undo(request: HttpRequest, slug: str, action_id: ObjectId) -> Any:
    """Check which examples can be restored. Confirm the bulk action that is returned."""
    action = _found(request, slug, action_id)
    return _started(actions.select_undo(action_id=action.pk, actor=signed_in_user(request)))


@router.post(
    "/projects/{slug}/bulk-actions/{action_id}/repeat",
    operation_id="datasets_api_bulk_repeat",
    response={202: BulkOut},
    summary="Preview an undone bulk action again",
)
def repeat(request: HttpRequest, slug: str, action_id: ObjectId) -> Any:
    """Check the same examples with what was entered before; 409 unless it was undone.

    Confirm the bulk action that is returned. Examples that were deleted since are left out.
    """
    action, actor = _found(request, slug, action_id), signed_in_user(request)
    with transaction.atomic():
        again = actions.select_repeat(action_id=action.pk, actor=actor)
        if again.kind in PARAMS_FORMS:
            actions.choose_params(action_id=again.pk, actor=actor, params=again.params)
    return _started(again)


def _selected(project: Project, actor: User, body: BulkIn) -> BulkAction:
    """Return the new bulk action with its examples.

    Raises:
        InvalidInput: the examples are given in another way than exactly one.
    """
    given = [body.ids, body.filter, body.import_id]
    is_take_back = body.kind == BulkKind.TAKE_BACK
    if sum(part is not None for part in given) != 1 or is_take_back != bool(body.import_id):
        raise InvalidInput(
            "Send either ids or a filter; for take_back send only import_id.", field="ids"
        )
    if body.import_id:
        batch = get_object_or_404(ImportBatch, pk=body.import_id, project=project)
        return actions.select_import(batch_id=batch.pk, actor=actor)
    found = None if body.filter is None else filter_of(body.filter)
    selection = actions.Selection(ids=body.ids or (), example_filter=found)
    return actions.select_examples(
        project=project, kind=BulkKind(body.kind), selection=selection, actor=actor
    )


def _form_data(kind: str, params: BulkParams) -> dict[str, Any]:
    """Return the fields of the kind's form, which has words in one text."""
    fields = params.dict()
    fields |= {name: ", ".join(fields[name]) for name in ("add_tags", "remove_tags")}
    if kind == BulkKind.SPLIT:
        fields["split"] = params.split or SplitForm.DRAWN
    if kind == BulkKind.REPLACE_FINDINGS:
        fields["code"] = FindingsForm.value_of(params.code, params.choice)
    if kind == BulkKind.ASSIGN:
        fields["assignees"] = [find_person(address).pk for address in params.assignees]
    return fields


def _errors_of(form: Any) -> str:
    return " ".join(
        str(error) if name == "__all__" else f"{name}: {error}"
        for name, found in form.errors.items()
        for error in found
    )


def _found(request: HttpRequest, slug: str, action_id: int) -> BulkAction:
    project = project_for(request, slug, Permission.VIEW)
    found = BulkAction.objects.select_related("created_by")
    return get_object_or_404(found, pk=action_id, project=project)


def _started(action: BulkAction) -> Any:
    action.refresh_from_db()
    if not action.is_over:
        start(action)
        action.refresh_from_db()
    return Status(202, _as_dict(action))


def _as_dict(action: BulkAction) -> dict[str, Any]:
    summary = summary_of(action)
    names = ("kind", "stage", "state", "error_code", "selected", "total", "done", "created_at")
    return {
        **{name: getattr(action, name) for name in names},
        "id": action.pk,
        "ready": summary.ready,
        "changed": summary.changed,
        "left_out": summary.rejected,
        "reasons": [_reason(group) for group in summary.groups],
        "undoes": action.undoes_id,
        "import_id": action.batch_id,
        "created_by": action.created_by and action.created_by.email,
        "finished_at": action.finished_at,
    }


def _reason(group: Group) -> dict[str, Any]:
    return {
        "code": group.code,
        "message": group.text,
        "count": group.count,
        "examples": group.example_ids,
    }
