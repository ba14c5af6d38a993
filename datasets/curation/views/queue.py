"""The curation queue: which examples there are, narrowed by a filter that lives in the address."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from datasets.curation.facets import facets_of
from datasets.curation.filters import ExampleFilter, Mine
from datasets.curation.lifecycle import STATE_LABELS, State
from datasets.curation.models.examples import GoldenExampleQuerySet
from datasets.curation.views.lookup import number_in
from reviewapp.core.paging import page_by_id
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Power


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
@project_view(Power.VIEW)
def queue(request: ProjectRequest) -> HttpResponse:
    """Show one page of the examples that match the address."""
    wanted = ExampleFilter.from_query(request.GET)
    after, before = (number_in(request.GET, name) for name in ("after", "before"))
    narrowed = request.project.examples.narrowed(wanted)
    page = page_by_id(
        narrowed.in_tab(wanted, user=request.user)
        .select_related("intent")
        .defer("metadata", "words"),
        after=after,
        before=before,
    )
    tabs = _tabs(request, wanted, narrowed)
    total = request.project.examples.count()
    context = {
        "examples": page.rows,
        "wanted": wanted,
        "tabs": tabs,
        "matches": next(tab.count for tab in tabs if tab.is_current),
        "is_narrowed": wanted != wanted.everything(),
        "total": total,
        "nothing": None if page.rows else _nothing(request, wanted, total=total),
        "previous_url": page.before and _url(request, wanted, before=page.before),
        "next_url": page.after and _url(request, wanted, after=page.after),
    }
    if request.htmx and not request.htmx.history_restore_request:
        response = render(request, "datasets/curation/_queue_results.html", context)
        response["HX-Push-Url"] = _url(request, wanted, after=after, before=before)
    else:
        context["facets"] = facets_of(request.project)
        context["may_curate"] = Power.CURATE in request.powers
        response = render(request, "datasets/curation/queue.html", context)
    # The same address is a page and a part of it.
    patch_vary_headers(response, ["HX-Request"])
    return response


def _tabs(
    request: ProjectRequest, wanted: ExampleFilter, narrowed: GoldenExampleQuerySet
) -> list[Tab]:
    """Return the tabs with how many examples of the filter each one would show."""
    counts = narrowed.count_by_state()

    def tab(label: str, choice: ExampleFilter, count: int) -> Tab:
        current = (choice.state, choice.mine) == (wanted.state, wanted.mine)
        return Tab(label, _url(request, choice), current, count)

    tabs = [tab("All", wanted.only(), sum(counts.values()))]
    if Power.REVIEW in request.powers:
        count = narrowed.waiting_for_review_by(request.user).order_by().count()
        tabs.append(tab("Waits for my review", wanted.only(mine=Mine.REVIEW), count))
    if Power.CURATE in request.powers:
        count = narrowed.mine_to_fix(request.user).order_by().count()
        tabs.append(tab("Sent back to me", wanted.only(mine=Mine.FIX), count))
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
