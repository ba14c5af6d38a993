"""The curation queue: a page of examples, with its filter in the URL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext, pgettext
from django.views.decorators.http import require_safe

from datasets.assignments.display import assignment_choices, preferred_languages
from datasets.bulk.permissions import kinds_for
from datasets.comments.unread import unread_mentions, with_talk
from datasets.curation.columns import Column, every_column
from datasets.curation.facets import facets_of
from datasets.curation.filters import ExampleFilter, MineFilter, is_same_key, reversed_sort
from datasets.curation.lifecycle import State
from datasets.curation.models import GoldenExample
from datasets.curation.models.examples import GoldenExampleQuerySet
from datasets.curation.models.sorting import Place, order_of
from datasets.curation.models.text_match import TextMatch, match_text
from datasets.curation.people import people_choices
from datasets.curation.presence import with_others
from datasets.curation.snippets import with_snippets
from datasets.curation.tab_counts import (
    MAX_COUNTED,
    TabCount,
    TabCounts,
    count_tabs,
    count_tabs_of_many,
)
from datasets.curation.texts import SORT_LABELS, STATE_LABELS
from datasets.curation.views.rows import rows_of
from datasets.curation.visibility import readable_by, searched
from datasets.saved_views.display import columns_for, default_query, views_for
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission

SHOW_ALL: Final = "show=all"


@dataclass(frozen=True)
class Tab:
    """A tab of the queue, with the number of examples it shows."""

    label: str
    url: str
    is_current: bool
    count: TabCount


@dataclass(frozen=True)
class Head:
    """The head of a column, with the link that sorts by it; `aria_sort` is empty if none does."""

    column: Column
    url: str
    aria_sort: str


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
    if not request.GET and (first := _first_list(request)):
        return redirect(f"{reverse('datasets:queue', args=[request.project.slug])}?{first}")
    example_filter = ExampleFilter.from_query(request.GET)
    order = order_of(example_filter)
    after, before = (order.read_place(request.GET.get(name, "")) for name in ("after", "before"))
    context = _list(request, example_filter, after, before)
    if request.htmx and not request.htmx.history_restore_request:
        response = render(request, "datasets/curation/_queue_results.html", context)
        response["HX-Push-Url"] = _url(request, example_filter, after=after, before=before)
    else:
        context |= _frame(request, example_filter, context)
        response = render(request, "datasets/curation/queue.html", context)
    # The same URL returns a page, or a part of it to HTMX.
    patch_vary_headers(response, ["HX-Request"])
    return response


def _first_list(request: ProjectRequest) -> str:
    """Return the query with which the user's list opens: their default view, or languages."""
    languages = preferred_languages(request.user, request.project, request.permissions)
    own = ExampleFilter(language=languages).query if languages else ""
    return default_query(request.user, request.project) or own


def _list(
    request: ProjectRequest,
    example_filter: ExampleFilter,
    after: Place | None,
    before: Place | None,
) -> dict[str, Any]:
    """Return what a page of the list shows."""
    text = match_text(request.project.examples.all(), example_filter.words)
    filtered = _matching(request, example_filter, text.condition)
    page = order_of(example_filter).page(
        filtered.in_tab(example_filter, user=request.user).defer("metadata"),
        after=after,
        before=before,
    )
    columns = columns_for(request.user, request.project, example_filter.columns)
    counts = _counts(request, example_filter, text, filtered)
    examples = _with_notes(request, page.rows, example_filter)
    return {
        "examples": examples,
        "rows": rows_of(request, examples, columns, example_filter.query),
        "example_filter": example_filter,
        "tabs": _tabs(request, example_filter, counts),
        "matches": counts[example_filter.state, example_filter.mine],
        "is_narrowed": example_filter != example_filter.everything(),
        "bulk_kinds": kinds_for(request.permissions),
        "heads": _heads(request, example_filter, columns),
        "columns": columns,
        "every_column": every_column(),
        "saved_views": views_for(request.user, request.project, example_filter),
        "may_lead": Permission.LEAD in request.permissions,
        "sorts": SORT_LABELS.items(),
        "empty_list": None if page.rows else _empty_list(request, example_filter),
        "previous_url": page.before and _url(request, example_filter, before=page.before),
        "next_url": page.after and _url(request, example_filter, after=page.after),
    }


def _matching(
    request: ProjectRequest, example_filter: ExampleFilter, text: Q
) -> GoldenExampleQuerySet:
    """Return the examples of all tabs that match a filter, given the condition of its words."""
    filtered = request.project.examples.filtered_without_words(example_filter).filter(text)
    return searched(filtered, example_filter, request.user, request.project)


def _counts(
    request: ProjectRequest,
    example_filter: ExampleFilter,
    text: TextMatch,
    filtered: GoldenExampleQuerySet,
) -> TabCounts:
    """Return the counts of the tabs; after so many matches they are bounds."""
    if not text.is_frequent:
        return count_tabs(filtered, example_filter, request.user)
    has_only_words = example_filter.only(state="", mine="") == ExampleFilter(
        q=example_filter.words, sort=example_filter.sort, columns=example_filter.columns
    )
    knows_first = has_only_words and len(text.first) > MAX_COUNTED
    if not knows_first or readable_by(request.user, request.project):
        return count_tabs_of_many(filtered, example_filter, request.user)
    # The first matches are known; to look for them again took most of a search.
    first = request.project.examples.filter(pk__in=text.first)
    return count_tabs_of_many(filtered, example_filter, request.user, first=first)


def _frame(
    request: ProjectRequest, example_filter: ExampleFilter, listed: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what the page shows around the list."""
    facets = facets_of(request.project)
    found = listed["tabs"][0].count.number
    return {
        # Without a filter they are counted already; beside one their number is a minute old.
        "total": max(facets.examples, found) if listed["is_narrowed"] else found,
        "facets": facets,
        "authors": people_choices(facets.authors, example_filter.author, request.project),
        "reviewers": people_choices(facets.reviewers, example_filter.reviewer, request.project),
        "mentions": unread_mentions(request.user, request.project),
        "may_curate": Permission.CURATE in request.permissions,
        **assignment_choices(request.project, request.user),
    }


def _with_notes(
    request: ProjectRequest, rows: Sequence[GoldenExample], example_filter: ExampleFilter
) -> Sequence[GoldenExample]:
    """Give each example its hit of the search, its open threads, and who is at it."""
    rows = with_others(rows, request.user, request.permissions)
    return with_talk(with_snippets(rows, example_filter.words), request.user, request.project)


def _heads(
    request: ProjectRequest, example_filter: ExampleFilter, columns: Sequence[Column]
) -> list[Head]:
    """Return the heads of the columns, whose links sort, the other way round the second time."""

    def head(column: Column) -> Head:
        is_sorted = bool(column.sort) and is_same_key(column.sort, example_filter.sort)
        sort = reversed_sort(example_filter.sort) if is_sorted else column.sort
        url = _url(request, replace(example_filter, sort=sort)) if column.sort else ""
        is_descending = example_filter.sort.startswith("-")
        return Head(column, url, ("descending" if is_descending else "ascending") * is_sorted)

    return [head(column) for column in columns]


def _tabs(request: ProjectRequest, example_filter: ExampleFilter, counts: TabCounts) -> list[Tab]:
    """Return the tabs with the number of examples of the filter in each."""

    def tab(label: str, choice: ExampleFilter) -> Tab:
        key = (choice.state, choice.mine)
        is_current = key == (example_filter.state, example_filter.mine)
        return Tab(label, _url(request, choice), is_current, counts[key])

    tabs = [tab(pgettext("examples", "All"), example_filter.only())]
    if Permission.REVIEW in request.permissions:
        choice = example_filter.only(mine=MineFilter.REVIEW)
        tabs.append(tab(gettext("Waiting for my review"), choice))
    if Permission.CURATE in request.permissions:
        choice = example_filter.only(mine=MineFilter.FIX)
        tabs.append(tab(gettext("Returned to me"), choice))
        choice = example_filter.only(mine=MineFilter.ASSIGNED)
        tabs.append(tab(gettext("Assigned to me"), choice))
    return [
        *tabs,
        *(tab(str(STATE_LABELS[state]), example_filter.only(state=state)) for state in State),
    ]


def _empty_list(request: ProjectRequest, example_filter: ExampleFilter) -> EmptyList:
    """Return why the list is empty, and what to do."""
    if not request.project.examples.exists():
        url = reverse("datasets:import", args=[request.project.slug])
        if Permission.CURATE not in request.permissions:
            text = gettext("An annotator or a lead imports or writes the first conversations.")
            return EmptyList(gettext("No examples yet"), text)
        text = gettext("Import a file of conversations, or write the first one by hand.")
        return EmptyList(gettext("No examples yet"), text, url, gettext("Import conversations"))
    plain = replace(example_filter, sort="", columns="")
    if plain == ExampleFilter(mine=MineFilter.REVIEW):
        text = gettext("Examples that others submit appear here. Yours wait for another reviewer.")
        return EmptyList(gettext("No examples to review"), text)
    if plain == ExampleFilter(mine=MineFilter.FIX):
        text = gettext("Examples of yours with requested changes appear here, with the reason.")
        return EmptyList(gettext("No examples returned to you"), text)
    if plain == ExampleFilter(mine=MineFilter.ASSIGNED):
        text = gettext("Examples that are assigned to you appear here until you submit them.")
        return EmptyList(gettext("No examples assigned to you"), text)
    return EmptyList(
        gettext("No example matches"),
        gettext("Remove a filter, or search for fewer words."),
        _url(request, ExampleFilter()),
        gettext("Show all examples"),
    )


def _url(
    request: ProjectRequest,
    example_filter: ExampleFilter,
    *,
    after: Place | None = None,
    before: Place | None = None,
) -> str:
    order = order_of(example_filter)
    places = {"after": order.place_text(after), "before": order.place_text(before)}
    place = urlencode({name: place for name, place in places.items() if place})
    query = "&".join(part for part in (example_filter.query, place) if part)
    path = reverse("datasets:queue", args=[request.project.slug])
    # The path alone opens the reader's default view.
    return f"{path}?{query or SHOW_ALL}"
