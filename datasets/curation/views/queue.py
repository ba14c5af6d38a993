"""The curation queue: which examples there are, filtered by a filter that lives in the address."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from datasets.curation.facets import facets_of
from datasets.curation.filters import ExampleFilter, MineFilter
from datasets.curation.lifecycle import State
from datasets.curation.models.examples import GoldenExampleQuerySet
from datasets.curation.texts import STATE_LABELS
from datasets.curation.views.lookup import query_number
from reviewapp.core.paging import page_by_id
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission


@dataclass(frozen=True)
class Tab:
    """One way into the queue, with how many examples it shows."""

    label: str
    url: str
    is_current: bool
    count: int


@dataclass(frozen=True)
class Nothing:
    """What an empty list says, with a first step where there is one."""

    title: str
    text: str
    url: str = ""
    action: str = ""


@require_safe
@project_view(Permission.VIEW)
def queue(request: ProjectRequest) -> HttpResponse:
    """Show one page of the examples that match the address."""
    example_filter = ExampleFilter.from_query(request.GET)
    after, before = (query_number(request.GET, name) for name in ("after", "before"))
    filtered = request.project.examples.filtered(example_filter)
    page = page_by_id(
        filtered.in_tab(example_filter, user=request.user)
        .select_related("intent")
        .defer("metadata", "search_vector"),
        after=after,
        before=before,
    )
    tabs = _tabs(request, example_filter, filtered)
    total = request.project.examples.count()
    context = {
        "examples": page.rows,
        "example_filter": example_filter,
        "tabs": tabs,
        "matches": next(tab.count for tab in tabs if tab.is_current),
        "is_narrowed": example_filter != example_filter.everything(),
        "total": total,
        "empty_list": None if page.rows else _empty_list(request, example_filter, total=total),
        "previous_url": page.before and _url(request, example_filter, before=page.before),
        "next_url": page.after and _url(request, example_filter, after=page.after),
    }
    if request.htmx and not request.htmx.history_restore_request:
        response = render(request, "datasets/curation/_queue_results.html", context)
        response["HX-Push-Url"] = _url(request, example_filter, after=after, before=before)
    else:
        context["facets"] = facets_of(request.project)
        context["may_curate"] = Permission.CURATE in request.permissions
        response = render(request, "datasets/curation/queue.html", context)
    # The same address is a page and a part of it.
    patch_vary_headers(response, ["HX-Request"])
    return response


def _tabs(
    request: ProjectRequest, example_filter: ExampleFilter, filtered: GoldenExampleQuerySet
) -> list[Tab]:
    """Return the tabs with how many examples of the filter each one would show."""
    counts = filtered.count_by_state()

    def tab(label: str, choice: ExampleFilter, count: int) -> Tab:
        current = (choice.state, choice.mine) == (example_filter.state, example_filter.mine)
        return Tab(label, _url(request, choice), current, count)

    tabs = [tab("All", example_filter.only(), sum(counts.values()))]
    if Permission.REVIEW in request.permissions:
        count = filtered.reviewable_by(request.user).order_by().count()
        tabs.append(tab("Waits for my review", example_filter.only(mine=MineFilter.REVIEW), count))
    if Permission.CURATE in request.permissions:
        count = filtered.returned_to(request.user).order_by().count()
        tabs.append(tab("Sent back to me", example_filter.only(mine=MineFilter.FIX), count))
    return [
        *tabs,
        *(
            tab(str(STATE_LABELS[state]), example_filter.only(state=state), counts[state])
            for state in State
        ),
    ]


def _empty_list(request: ProjectRequest, example_filter: ExampleFilter, *, total: int) -> Nothing:
    """Say why the list is empty, and what to do about it."""
    if not total:
        url = reverse("datasets:import", args=[request.project.slug])
        text = (
            "Conversations will stand here, to be read, mended and approved. "
            "Import a file, or write the first one by hand."
        )
        may_write = Permission.CURATE in request.permissions
        return Nothing("No examples yet", text, url if may_write else "", "Import conversations")
    if example_filter == ExampleFilter(mine=MineFilter.REVIEW):
        text = (
            "What somebody else submits shows up here. "
            "What you wrote yourself waits for another reviewer."
        )
        return Nothing("Nothing waits for your review", text)
    if example_filter == ExampleFilter(mine=MineFilter.FIX):
        text = "What a reviewer wants changed shows up here, with the reason."
        return Nothing("Nothing was sent back to you", text)
    text = "Take a filter away, or look for fewer words."
    return Nothing("No example matches", text, _url(request, ExampleFilter()), "Show all examples")


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
