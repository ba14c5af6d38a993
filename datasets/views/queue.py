"""The curation queue: which examples there are, narrowed by a filter that lives in the address."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from datasets.facets import facets_of
from datasets.filters import ExampleFilter, Mine
from datasets.http import ProjectRequest, project_view
from datasets.lifecycle import STATE_LABELS, State
from datasets.paging import page_by_id
from datasets.permissions import Power
from datasets.views.lookup import number_in


@dataclass(frozen=True)
class Tab:
    """One way into the queue; `count` is None where counting would cost more than it tells."""

    label: str
    url: str
    is_current: bool
    count: int | None = None


@dataclass(frozen=True)
class Nothing:
    """What an empty list says, with a first step where there is one."""

    title: str
    text: str
    url: str = ""
    action: str = ""


@require_safe
@project_view(Power.VIEW)
def queue(request: ProjectRequest) -> HttpResponse:
    """Show one page of the examples that match the address."""
    wanted = ExampleFilter.from_query(request.GET)
    after, before = (number_in(request.GET, name) for name in ("after", "before"))
    examples = request.project.examples.matching(wanted, user=request.user)
    page = page_by_id(
        examples.select_related("intent").defer("metadata", "words"),
        after=after,
        before=before,
    )
    counts = request.project.examples.count_by_state()
    context = {
        "examples": page.rows,
        "wanted": wanted,
        "tabs": _tabs(request, wanted, counts),
        "total": sum(counts.values()),
        "nothing": None if page.rows else _nothing(request, wanted, total=sum(counts.values())),
        "previous_url": page.before and _url(request, wanted, before=page.before),
        "next_url": page.after and _url(request, wanted, after=page.after),
    }
    if request.htmx and not request.htmx.history_restore_request:
        response = render(request, "datasets/_queue_results.html", context)
        response["HX-Push-Url"] = _url(request, wanted, after=after, before=before)
    else:
        context["facets"] = facets_of(request.project)
        context["may_curate"] = Power.CURATE in request.powers
        response = render(request, "datasets/queue.html", context)
    # The same address is a page and a part of it.
    patch_vary_headers(response, ["HX-Request"])
    return response


def _tabs(request: ProjectRequest, wanted: ExampleFilter, counts: dict[State, int]) -> list[Tab]:
    def tab(label: str, choice: ExampleFilter, count: int | None = None) -> Tab:
        current = (choice.state, choice.mine) == (wanted.state, wanted.mine)
        return Tab(label, _url(request, choice), current, count)

    tabs = [tab("All", wanted.only(), sum(counts.values()))]
    if Power.REVIEW in request.powers:
        tabs.append(tab("Waits for my review", wanted.only(mine=Mine.REVIEW)))
    if Power.CURATE in request.powers:
        tabs.append(tab("Sent back to me", wanted.only(mine=Mine.FIX)))
    return [
        *tabs,
        *(tab(STATE_LABELS[state], wanted.only(state=state), counts[state]) for state in State),
    ]


def _nothing(request: ProjectRequest, wanted: ExampleFilter, *, total: int) -> Nothing:
    """Say why the list is empty, and what to do about it."""
    if not total:
        url = reverse("datasets:import", args=[request.project.slug])
        text = (
            "Conversations will stand here, to be read, mended and approved. "
            "Import a file, or write the first one by hand."
        )
        may_write = Power.CURATE in request.powers
        return Nothing("No examples yet", text, url if may_write else "", "Import conversations")
    if wanted == ExampleFilter(mine=Mine.REVIEW):
        text = (
            "What somebody else submits shows up here. "
            "What you wrote yourself waits for another reviewer."
        )
        return Nothing("Nothing waits for your review", text)
    if wanted == ExampleFilter(mine=Mine.FIX):
        text = "What a reviewer wants changed shows up here, with the reason."
        return Nothing("Nothing was sent back to you", text)
    text = "Take a filter away, or look for fewer words."
    return Nothing("No example matches", text, _url(request, ExampleFilter()), "Show all examples")


def _url(
    request: ProjectRequest,
    wanted: ExampleFilter,
    *,
    after: int | None = None,
    before: int | None = None,
) -> str:
    places = {"after": after, "before": before}
    place = urlencode({name: place for name, place in places.items() if place is not None})
    query = "&".join(part for part in (wanted.query, place) if part)
    path = reverse("datasets:queue", args=[request.project.slug])
    return f"{path}?{query}" if query else path
