"""The place in the queue at which an example was opened, which the addresses of its page carry.

A revision, a decision or another member changes what the queue is sorted by. The neighbours and the
next example stay those of the place that the user came from.
"""

from typing import Final
from urllib.parse import urlencode

from datasets.curation.filters import ExampleFilter
from datasets.curation.models import GoldenExample
from datasets.curation.models.sorting import Place, whole_order_of
from reviewapp.people.http import ProjectRequest

_PARAMETER: Final = "place"


def place_of(request: ProjectRequest, example: GoldenExample) -> Place:
    """Return the place that the URL keeps for an example, or else its place at present."""
    kept = kept_place(request, example.pk)
    if kept is not None:
        return kept
    order = whole_order_of(ExampleFilter.from_query(request.GET).sort)
    return order.place_of(example.pk, GoldenExample.with_deleted.all())


def query_with_place(request: ProjectRequest, place: Place) -> str:
    """Return the query of an address that keeps the filter of this URL and a place."""
    example_filter = ExampleFilter.from_query(request.GET)
    # Its id alone is its place in the order of ids.
    if len(place) == 1:
        return example_filter.query
    written = whole_order_of(example_filter.sort).place_text(place)
    return f"{example_filter.query}&{urlencode({_PARAMETER: written})}"


def kept_query(request: ProjectRequest, example: GoldenExample) -> str:
    """Return the query of this URL's filter, with the place that it keeps for an example."""
    kept = kept_place(request, example.pk)
    if kept is None:
        return ExampleFilter.from_query(request.GET).query
    return query_with_place(request, kept)


def kept_place(request: ProjectRequest, example_id: int) -> Place | None:
    """Return the place in the URL; None without one, or if it is that of another example."""
    order = whole_order_of(ExampleFilter.from_query(request.GET).sort)
    place = order.read_place(request.GET.get(_PARAMETER, ""))
    return place if place is not None and place[-1] == example_id else None
