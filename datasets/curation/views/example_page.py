"""The example page: sidebar, editor, facts and decision bar."""

import json
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from datasets.assignments.display import assignment_context
from datasets.comments.threads import talk_of
from datasets.curation.facets import facets_of
from datasets.curation.filters import ExampleFilter
from datasets.curation.lifecycle import Action, State
from datasets.curation.models import EditDraft, GoldenExample, Policy, Revision
from datasets.curation.models.sorting import order_of
from datasets.curation.permissions import ExampleAccess
from datasets.curation.presence import Present
from datasets.curation.texts import source_label
from datasets.curation.views.decisions import decision_buttons, next_action_text
from datasets.curation.views.drafts import compare_draft
from datasets.curation.views.editor import Editor
from datasets.curation.views.history import ExampleHistory
from datasets.curation.views.opened import OpenedExample
from datasets.curation.views.places import kept_query, query_with_place
from datasets.curation.visibility import searched
from datasets.duplicates.pairs import like_examples
from datasets.text_blocks.display import offered_blocks, text_block_rows
from reviewapp.core.forms import ActionForm
from reviewapp.core.markdown import render_markdown
from reviewapp.people.http import ProjectRequest
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import Permission

SIDEBAR_BEFORE, SIDEBAR_AFTER = 4, 12
DECIDE_FIRST = gettext_lazy("Keep or discard your unsaved changes first.")


@dataclass(frozen=True)
class ShownPolicy:
    """A policy to choose; `html` is safe, and empty for a policy that is not in the library."""

    slug: str
    title: str
    html: str
    is_chosen: bool


@dataclass(frozen=True)
class Sidebar:
    """The queue beside the example: its neighbours in the same filter, and the progress."""

    examples: list[GoldenExample]
    previous: GoldenExample | None
    following: GoldenExample | None
    approved: int
    total: int


def render_example(
    request: ProjectRequest,
    opened: OpenedExample,
    editor: Editor,
    *,
    form: ActionForm | None = None,
) -> HttpResponse:
    """Show the example page with the latest revision."""
    example, revision, draft = opened.example, opened.revision, opened.draft
    history = ExampleHistory.of(example)
    access = _access(request, example, history, draft)
    edit_denied_reason = access.denied_reason(Action.REVISE)
    offers_draft = draft is not None and not editor.has_unsaved_changes
    example_filter = ExampleFilter.from_query(request.GET)
    context: dict[str, Any] = {
        "example": example,
        "revision": revision,
        "next_number": revision.number + 1,
        "editor": editor,
        "draft": draft,
        "offers_draft": offers_draft,
        "comparison": compare_draft(draft, revision) if draft and offers_draft else None,
        "created_at_url": _created_at(request),
        # Typing while a draft is offered would replace the draft unseen.
        "locked": edit_denied_reason or (str(DECIDE_FIRST) if offers_draft else ""),
        "may_erase": example.erased_at is None and Permission.LEAD in request.permissions,
        "may_delete": not access.denied_reason(Action.DELETE),
        "decisions": decision_buttons(access),
        "next_action": next_action_text(access),
        **_history(history),
        **_features(request, revision),
        "present": Present(editing=opened.editing_now),
        "sidebar": _sidebar(opened, example_filter, request.user),
        "example_filter": example_filter,
        "place_query": query_with_place(request, opened.place),
        **_form_errors(form, editor),
        "origin": origin_of(example),
        **label_choices(request.project, editor, is_editable=not edit_denied_reason),
    }
    status = form.status if form else 200
    return render(request, "datasets/curation/example.html", context, status=status)


def _features(request: ProjectRequest, revision: Revision) -> dict[str, Any]:
    """Return what other features show beside the text of an example."""
    example = revision.example
    return {
        "talk": talk_of(example, revision, request.user, request.permissions),
        "likes": like_examples(example, request.user),
        **assignment_context(request, example),
    }


def _access(
    request: ProjectRequest,
    example: GoldenExample,
    history: ExampleHistory,
    draft: EditDraft | None,
) -> ExampleAccess:
    access = ExampleAccess(
        request.user,
        example,
        permissions=request.permissions,
        author_ids=history.author_ids,
        has_draft=draft is not None,
    )
    access.was_approved = history.was_approved
    return access


def _history(history: ExampleHistory) -> dict[str, Any]:
    """Return the history of an example, and the events that the page shows above the editor."""
    return {
        "sent_back": history.request_for_changes,
        "reopened": history.reopening,
        "submission": history.commented_submission,
        "history": history.entries,
    }


def _form_errors(form: ActionForm | None, editor: Editor) -> dict[str, Any]:
    """Return the errors of a form: those above the page, and that of the reason in the bar."""
    if form is None:
        return {}
    is_dismissal = editor.dismiss_form is not None
    errors = {name: str(found[0]) for name, found in form.errors.items()}
    return {
        "errors": [text for name, text in errors.items() if name != "reason"],
        "reason": "" if is_dismissal else form.data.get("reason", ""),
        "reason_error": "" if is_dismissal else errors.get("reason", ""),
    }


def origin_of(example: GoldenExample) -> list[dict[str, str]]:
    """Return what the imported row holds besides the content: names and texts, metadata last."""
    fields = {
        gettext("Source"): source_label(example.source),
        gettext("External id"): example.external_id,
        gettext("Imported split"): example.imported_split,
        **example.metadata,
    }
    return [
        {"name": name, "text": value if isinstance(value, str) else _as_json(value)}
        for name, value in fields.items()
        if value not in ("", None)
    ]


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def label_choices(project: Project, editor: Editor, *, is_editable: bool = True) -> dict[str, Any]:
    """Return the policies and, where the text can be edited, what it and its labels may hold."""
    policies, text_blocks = _library_of(project)
    shown = {"policies": _shown_policies(policies, editor.row["policies"])}
    if not is_editable:
        return shown
    facets = facets_of(project)
    languages = sorted({*project.languages, *facets.languages})
    return {
        **shown,
        "facets": facets,
        "languages": languages,
        "text_blocks": offered_blocks(text_blocks),
    }


def _library_of(project: Project) -> tuple[list[dict[str, str]], list[dict[str, Any]]]:
    """Return the policies and the text blocks of a project, in one query."""
    policies = Policy.objects.filter(project=OuterRef("pk"))
    policy = JSONObject(slug="slug", title="title", body="body")
    found: tuple[list[dict[str, str]], list[dict[str, Any]]] = (
        Project.objects.filter(pk=project.pk)
        .values_list(
            ArraySubquery(policies.values_list(policy, flat=True)),
            ArraySubquery(text_block_rows()),
        )
        .get()
    )
    return found


def go_to_example(request: ProjectRequest, example: GoldenExample) -> HttpResponse:
    """Redirect to an example's page, with the filter of this URL and the place it keeps for it."""
    path = reverse("datasets:example", args=[request.project.slug, example.pk])
    query = kept_query(request, example)
    return redirect(f"{path}?{query}" if query else path)


def _sidebar(opened: OpenedExample, example_filter: ExampleFilter, user: User) -> Sidebar:
    """Return the neighbours of an example in the order of the queue, around its place."""
    example, counts = opened.example, opened.counts
    matching = example.project.examples.matching(example_filter, user=user)
    listed = searched(matching, example_filter, user, example.project)
    # Since it was opened, it may have moved among its neighbours.
    listed = listed.exclude(pk=example.pk).defer("metadata")
    order = order_of(example_filter)
    place = order.narrowed(opened.place)
    before, after = order.around(listed, place, before=SIDEBAR_BEFORE, after=SIDEBAR_AFTER)
    return Sidebar(
        examples=[*before, example, *after],
        previous=before[-1] if before else None,
        following=after[0] if after else None,
        approved=counts[State.APPROVED],
        total=sum(counts.values()) - counts[State.RETIRED],
    )


def _shown_policies(library: list[dict[str, str]], chosen: list[str]) -> list[ShownPolicy]:
    known = [
        ShownPolicy(
            policy["slug"],
            policy["title"],
            render_markdown(policy["body"]),
            is_chosen=policy["slug"] in chosen,
        )
        for policy in library
    ]
    slugs = {policy.slug for policy in known}
    unknown = [ShownPolicy(slug, slug, "", is_chosen=True) for slug in chosen if slug not in slugs]
    return known + unknown


def _created_at(request: ProjectRequest) -> str:
    """Return the URL of the page that just created this example; else empty.

    The browser then deletes its copy of that page's text.
    """
    if "created" not in request.GET:
        return ""
    return reverse("datasets:new_example", args=[request.project.slug])
