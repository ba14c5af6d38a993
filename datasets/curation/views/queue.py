"""The curation queue: a page of examples, with its filter in the URL."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext, pgettext
from django.views.decorators.http import require_safe

from datasets.assignments.display import assignment_choices, preferred_languages
from datasets.bulk.permissions import kinds_for
from datasets.comments.unread import unread_mentions, with_talk
from datasets.curation.facets import facets_of
from datasets.curation.filters import ExampleFilter, MineFilter
from datasets.curation.lifecycle import State
from datasets.curation.models import GoldenExample
from datasets.curation.models.examples import GoldenExampleQuerySet
from datasets.curation.snippets import with_snippets
from datasets.curation.texts import STATE_LABELS
from datasets.curation.views.lookup import query_number
from datasets.curation.visibility import searched
from reviewapp.core.paging import page_by_id
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission


@dataclass(frozen=True)
class Tab:
    """A tab of the queue, with the number of examples it shows."""

    label: str
    url: str
    is_current: bool
    count: int


@dataclass(frozen=True)
class EmptyList:
    """The text of an empty queue, with a link to a first step where there is one."""

    title: str
    text: str
    url: str = ""
    action: str = ""


@require_safe
@project_view(Permission.VIEW)
def queue(request: ProjectRequest) -> HttpResponse:
    """Show one page of the examples that match the URL."""
    if not request.GET and (languages := preferred_languages(request)):
        return redirect(_url(request, ExampleFilter(language=languages)))
    example_filter = ExampleFilter.from_query(request.GET)
    after, before = (query_number(request.GET, name) for name in ("after", "before"))
    filtered = request.project.examples.filtered(example_filter)
    filtered = searched(filtered, example_filter, request.user, request.project)
    page = page_by_id(
        filtered.in_tab(example_filter, user=request.user)
        .select_related("intent", "assignment__assignee")
        .defer("metadata"),
        after=after,
        before=before,
    )
    tabs = _tabs(request, example_filter, filtered)
    total = request.project.examples.count()
    context = {
        "examples": _with_notes(request, page.rows, example_filter),
        "example_filter": example_filter,
        "tabs": tabs,
        "matches": next(tab.count for tab in tabs if tab.is_current),
        "is_narrowed": example_filter != example_filter.everything(),
        "total": total,
        "bulk_kinds": kinds_for(request.permissions),
        "empty_list": None if page.rows else _empty_list(request, example_filter, total=total),
        "previous_url": page.before and _url(request, example_filter, before=page.before),
        "next_url": page.after and _url(request, example_filter, after=page.after),
    }
    if request.htmx and not request.htmx.history_restore_request:
        response = render(request, "datasets/curation/_queue_results.html", context)
        response["HX-Push-Url"] = _url(request, example_filter, after=after, before=before)
    else:
        context |= _frame(request)
        response = render(request, "datasets/curation/queue.html", context)
    # The same URL returns a page, or a part of it to HTMX.
    patch_vary_headers(response, ["HX-Request"])
    return response


def _frame(request: ProjectRequest) -> dict[str, object]:
    """Return what the page shows around the list."""
    return {
        "facets": facets_of(request.project),
        "mentions": unread_mentions(request.user, request.project),
        "may_curate": Permission.CURATE in request.permissions,
        **assignment_choices(request.project, request.user),
    }


def _with_notes(
    request: ProjectRequest, rows: Sequence[GoldenExample], example_filter: ExampleFilter
) -> Sequence[GoldenExample]:
    """Give each example its hit of the search and its open threads."""
    return with_talk(with_snippets(rows, example_filter.q), request.user, request.project)


def _tabs(
    request: ProjectRequest, example_filter: ExampleFilter, filtered: GoldenExampleQuerySet
) -> list[Tab]:
    """Return the tabs with the number of examples of the filter in each."""
    counts = filtered.count_by_state()

    def tab(label: str, choice: ExampleFilter, count: int) -> Tab:
        current = (choice.state, choice.mine) == (example_filter.state, example_filter.mine)
        return Tab(label, _url(request, choice), current, count)

    tabs = [tab(pgettext("examples", "All"), example_filter.only(), sum(counts.values()))]
    if Permission.REVIEW in request.permissions:
        count = filtered.reviewable_by(request.user).order_by().count()
        tabs.append(
            tab(
                gettext("Waiting for my review"), example_filter.only(mine=MineFilter.REVIEW), count
            )
        )
    if Permission.CURATE in request.permissions:
        count = filtered.returned_to(request.user).order_by().count()
        choice = example_filter.only(mine=MineFilter.FIX)
        tabs.append(tab(gettext("Returned to me"), choice, count))
        choice = example_filter.only(mine=MineFilter.ASSIGNED)
        count = filtered.in_tab(choice, user=request.user).order_by().count()
        tabs.append(tab(gettext("Assigned to me"), choice, count))
    return [
        *tabs,
        *(
            tab(str(STATE_LABELS[state]), example_filter.only(state=state), counts[state])
            for state in State
        ),
    ]


def _empty_list(request: ProjectRequest, example_filter: ExampleFilter, *, total: int) -> EmptyList:
    """Return why the list is empty, and what to do."""
    if not total:
        url = reverse("datasets:import", args=[request.project.slug])
        if Permission.CURATE not in request.permissions:
            text = gettext("An annotator or a lead imports or writes the first conversations.")
            return EmptyList(gettext("No examples yet"), text)
        text = gettext("Import a file of conversations, or write the first one by hand.")
        return EmptyList(gettext("No examples yet"), text, url, gettext("Import conversations"))
    if example_filter == ExampleFilter(mine=MineFilter.REVIEW):
        text = gettext("Examples that others submit appear here. Yours wait for another reviewer.")
        return EmptyList(gettext("No examples to review"), text)
    if example_filter == ExampleFilter(mine=MineFilter.FIX):
        text = gettext("Examples of yours with requested changes appear here, with the reason.")
        return EmptyList(gettext("No examples returned to you"), text)
    if example_filter == ExampleFilter(mine=MineFilter.ASSIGNED):
        text = gettext("Examples that are assigned to you appear here until you submit them.")
        return EmptyList(gettext("No examples assigned to you"), text)
    return EmptyList(
        gettext("No example matches"),
        gettext("Remove a filter, or search for fewer words."),
        f"{_url(request, ExampleFilter())}?language=",
        gettext("Show all examples"),
    )


def _url(
    request: ProjectRequest,
    example_filter: ExampleFilter,
    *,
    after: int | None = None,
    before: int | None = None,
) -> str:
    places = {"after": after, "before": before}
    place = urlencode({name: place for name, place in places.items() if place is not None})
    query = "&".join(part for part in (example_filter.query, place) if part)
    path = reverse("datasets:queue", args=[request.project.slug])
    return f"{path}?{query}" if query else path
