"""The example page as a whole: the queue around it, the editor, the facts, the decision bar."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from datasets.curation.actions import REPORTED_BROKEN
from datasets.curation.facets import facets_of
from datasets.curation.filters import ExampleFilter
from datasets.curation.lifecycle import Action, State
from datasets.curation.models import (
    EditDraft,
    ExampleEvent,
    GoldenExample,
    Policy,
    Review,
    Revision,
)
from datasets.curation.permissions import edit_denied_reason
from datasets.curation.views.decisions import decision_buttons, next_action_text
from datasets.curation.views.drafts import compare_draft
from datasets.curation.views.editor import Editor
from datasets.curation.views.history import history_of
from reviewapp.core.markdown import render_markdown
from reviewapp.people.http import ProjectRequest
from reviewapp.people.models import Project, User

SIDEBAR_BEFORE, SIDEBAR_AFTER = 4, 12
DECIDE_FIRST = "Keep or discard your unsaved changes first."


@dataclass(frozen=True)
class ShownPolicy:
    """A policy to choose; `html` is safe, and empty where the library does not have it."""

    slug: str
    title: str
    html: str
    is_chosen: bool


@dataclass(frozen=True)
class Sidebar:
    """The queue beside the example: its neighbours in the same filter, and how far the work is."""

    examples: list[GoldenExample]
    previous: GoldenExample | None
    following: GoldenExample | None
    approved: int
    total: int


@dataclass(frozen=True)
class FormErrors:
    """Why a page is shown again instead of done: the sentences, and what was written as reason.

    `reason_error` is what is wrong with that reason.
    """

    errors: list[str] = field(default_factory=list)
    reason: str = ""
    reason_error: str = ""
    status: int = 422


def render_example(
    request: ProjectRequest,
    revision: Revision,
    editor: Editor,
    *,
    form_errors: FormErrors | None = None,
) -> HttpResponse:
    """Show the example page over its latest revision."""
    example, user = revision.example, request.user
    draft = EditDraft.objects.filter(example=example, user=user).first()
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
        # Typing over an offered draft would replace it unseen.
        "locked": edit_denied_reason(user, example) or (DECIDE_FIRST if offers_draft else ""),
        "decisions": decision_buttons(user, example),
        "next_action": next_action_text(user, example),
        "sent_back": _sent_back(example),
        "reopened": _reopened(example),
        "submission": _submission_comment(example),
        "history": history_of(example),
        "sidebar": sidebar_of(example, example_filter, user),
        "example_filter": example_filter,
        "form_errors": form_errors,
        "origin": origin_of(example),
        **label_choices(request.project, editor),
    }
    status = form_errors.status if form_errors else 200
    return render(request, "datasets/curation/example.html", context, status=status)


def origin_of(example: GoldenExample) -> list[dict[str, str]]:
    """Return what an example's file said beside its wording: names and texts, metadata last."""
    said = {
        "Source": example.source,
        "External id": example.external_id,
        "Split in the file": example.imported_split,
        **example.metadata,
    }
    return [
        {"name": name, "text": value if isinstance(value, str) else _as_json(value)}
        for name, value in said.items()
        if value not in ("", None)
    ]


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def label_choices(project: Project, editor: Editor) -> dict[str, Any]:
    """What the fields of the labels offer."""
    facets = facets_of(project)
    return {
        "facets": facets,
        "languages": sorted({*project.languages, *facets.languages}),
        "policies": _policies(project, editor.row["policies"]),
    }


def go_to_example(request: ProjectRequest, example: GoldenExample) -> HttpResponse:
    """Redirect to an example's page, within the filter of this address."""
    path = reverse("datasets:example", args=[request.project.slug, example.pk])
    query = ExampleFilter.from_query(request.GET).query
    return redirect(f"{path}?{query}" if query else path)


def sidebar_of(example: GoldenExample, example_filter: ExampleFilter, user: User) -> Sidebar:
    """Return the neighbours of an example in the order of the queue."""
    listed = example.project.examples.matching(example_filter, user=user)
    listed = listed.select_related("intent").defer("metadata", "words")
    before = list(listed.filter(pk__lt=example.pk).order_by("-pk")[:SIDEBAR_BEFORE])[::-1]
    after = list(listed.filter(pk__gt=example.pk).order_by("pk")[:SIDEBAR_AFTER])
    counts = example.project.examples.count_by_state()
    return Sidebar(
        examples=[*before, example, *after],
        previous=before[-1] if before else None,
        following=after[0] if after else None,
        approved=counts[State.APPROVED],
        total=sum(counts.values()) - counts[State.RETIRED],
    )


def _policies(project: Project, chosen: list[str]) -> list[ShownPolicy]:
    library = Policy.objects.filter(project=project)
    known = [
        ShownPolicy(
            each.slug, each.title, render_markdown(each.body), is_chosen=each.slug in chosen
        )
        for each in library
    ]
    slugs = {each.slug for each in known}
    unknown = [ShownPolicy(slug, slug, "", is_chosen=True) for slug in chosen if slug not in slugs]
    return known + unknown


def _submission_comment(example: GoldenExample) -> ExampleEvent | None:
    """Return the submission that waits for a review, if its author wrote a comment."""
    if example.state != State.IN_REVIEW:
        return None
    submitted = example.events.filter(action=Action.SUBMIT).select_related("actor")
    newest = submitted.order_by("-pk").first()
    return newest if newest and newest.reason else None


def _created_at(request: ProjectRequest) -> str:
    """Return the address of the page this example was just written on, or an empty text.

    The browser then forgets what it held of that page.
    """
    if "created" not in request.GET:
        return ""
    return reverse("datasets:new_example", args=[request.project.slug])


def _reopened(example: GoldenExample) -> ExampleEvent | None:
    """The event that says why the present wording is to be worked on again, until it is revised."""
    if example.state not in {State.DRAFT, State.CHANGES_REQUESTED}:
        return None
    events = example.events.filter(
        action__in=[Action.REOPEN, REPORTED_BROKEN], revision_number=example.latest_number
    )
    return events.select_related("actor").order_by("-pk").first()


def _sent_back(example: GoldenExample) -> Review | None:
    """The review that asks for changes, while they are asked for."""
    if example.state != State.CHANGES_REQUESTED:
        return None
    reviews = Review.objects.filter(
        revision__example=example, decision=Review.Decision.REQUEST_CHANGES
    )
    return reviews.select_related("reviewer").order_by("-pk").first()
