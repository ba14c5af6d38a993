"""Pages of examples in served order: where the address says to go on, and the links to go on."""

from django.http import HttpRequest

from evaluation.results.reports.examples import ExamplePage

_MAX_POSITION = 2**31 - 1


def position_in(request: HttpRequest, name: str) -> int | None:
    """Return the position that a parameter of the address names; None if it names none."""
    value = request.GET.get(name, "")
    known = value.isascii() and value.isdigit()
    return min(int(value), _MAX_POSITION) if known else None


def neighbours(found: ExamplePage, query: str = "") -> dict[str, str]:
    """Return the links to the pages before and after; empty where there is none.

    Args:
        query: the rest of the address after the question mark, without a page.
    """
    rest = f"&{query}" if query else ""
    return {
        "previous_url": "" if found.before is None else f"?before={found.before}{rest}",
        "next_url": "" if found.after is None else f"?after={found.after}{rest}",
    }
