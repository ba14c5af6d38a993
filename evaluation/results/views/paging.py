"""Paging through examples in served order: the position in the query, the links to other pages."""

from django.http import HttpRequest

from evaluation.results.reports.examples import MAX_POSITION, ExamplePage


def position_in(request: HttpRequest, name: str) -> int | None:
    """Return the position in a query parameter; None if it is missing or no number."""
    value = request.GET.get(name, "")
    known = value.isascii() and value.isdigit()
    return min(int(value), MAX_POSITION) if known else None


def neighbours(page: ExamplePage, query: str = "") -> dict[str, str]:
    """Return the links to the previous and the next page; empty if there is none.

    Args:
        page: the one shown.
        query: the rest of the query string, without a page.
    """
    rest = f"&{query}" if query else ""
    return {
        "previous_url": "" if page.before is None else f"?before={page.before}{rest}",
        "next_url": "" if page.after is None else f"?after={page.after}{rest}",
    }
