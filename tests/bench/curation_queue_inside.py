"""The inner part of `tests.bench.curation_queue`: fills a project and asks for its queue."""

from __future__ import annotations

import html
import json
import statistics
import sys
import time
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from datasets.assignments.models import Assignment
from datasets.curation.models import ExampleText, GoldenExample, Revision
from reviewapp.people.models import Role, User
from tests.bench.curation_queue_data import fill, searches
from tests.bench.server import database_cpu_seconds
from tests.bench.settling import settle
from tests.factories.people import make_member, make_project

QUEUE = "/p/bench/examples/"
FILTERS = {
    "first page": "",
    "in review": "state=in_review",
    "waits for my review": "mine=review",
    "waits for my review, most of it mine": "mine=review",
    "sent back to me": "mine=fix",
    "intent": "intent=intent-3",
    "language": "language=de",
    "common tag": "tag=tag-1",
    "rare tag": "tag=rare",
    "policy": "policy=policy-2",
    "source": "source=source-1",
    "open findings": "findings=open",
    "blocking findings, in review": "findings=blocking&state=in_review",
    "most frequent author": "author={busy}",
    "author of a tenth": "author={other}",
    "author of nothing": "author={reader}",
    "assignee of a tenth": "assignee={other}",
    "assigned to nobody": "assignee=none",
    "overdue": "due=overdue",
    "common word": "q=where",
    "rare word": "q=needle",
    "two words": "q=refund+parcel",
    "phrase": "q=%22seven+working+days%22",
    "inflected word": "q=refunds",
    "word of every example": "q=the",
    "id": "q=crm-4711",
    "nothing matches": "q=where&tag=rare&language=nl",
    "sorted by age": "sort=-age",
    "sorted by change": "sort=-updated",
    "sorted by state": "sort=state",
    "sorted by intent": "sort=intent",
    "sorted by language": "sort=language",
    "sorted by findings": "sort=-findings",
    "sorted by due date": "sort=due",
    "German drafts by due date": "state=draft&language=de&sort=due",
    "assignee of a tenth by intent": "assignee={other}&sort=-intent",
    "frequent word by intent": "q=where&sort=intent",
    "everything at once": "state=draft&intent=intent-3&language=de&tag=tag-1&q=refund",
}
# What is asked before the database knows how its new rows are spread.
AT_ONCE = ("first page", "waits for my review, most of it mine", "rare word", "everything at once")


def main() -> None:
    """Print one JSON object: milliseconds and statements of each filter, and of searches."""
    count, repeats, limit = (int(word) for word in sys.argv[1:4])
    project = make_project("bench")
    busy, other, reader = (make_member(project, Role.LEAD) for _ in range(3))
    began = time.perf_counter()
    fill(project, [busy, other], count)
    filled = time.perf_counter() - began
    client, at_once, pages = signed_in(reader), {}, {}
    for name in AT_ONCE:
        at_once[f"{name}, right after the import"] = _measure(client, FILTERS[name], repeats)
    settle(GoldenExample, Revision, ExampleText, Assignment)
    for name, query in FILTERS.items():
        asked = query.format(busy=busy.pk, other=other.pk, reader=reader.pk)
        who = signed_in(busy) if "most of it mine" in name else client
        pages[name] = _measure(who, asked, repeats)
    for sort in ("intent", "language", "due", "-age"):
        page = client.get(QUEUE, {"sort": sort}).content.decode()
        later = html.unescape(page.split('rel="next" href="')[1].split('"')[0])
        pages[f"page 2 by {sort}"] = _measure(client, later.partition("?")[2], repeats)
    pages["deep page"] = _measure(client, f"state=draft&after={count * 9 // 10}", repeats)
    newest = GoldenExample.objects.order_by("-pk")[0].pk
    pages["page before"] = _measure(client, f"before={newest}", repeats)
    found = {
        "examples": count,
        "filled_seconds": round(filled, 1),
        "pages": at_once | pages,
        "searches": _search(client, searches(count), limit),
    }
    print(json.dumps(found))  # noqa: T201 - its output.


def signed_in(user: User) -> Client:
    """A browser of this person."""
    client = Client()
    client.force_login(user)
    return client


def _measure(client: Client, query: str, repeats: int) -> dict[str, float]:
    first = _milliseconds(client, query)
    found = _timed(client, [query] * repeats)
    with CaptureQueriesContext(connection) as queries:
        _milliseconds(client, query)
    return {"first": first, **found, "queries": len(queries)}


def _search(client: Client, queries: list[str], limit: int) -> dict[str, Any]:
    """Return how long searches take, each asked once, and how many stay within the limit."""
    times: dict[str, float] = {}
    found = _timed(client, queries, times)
    slowest = sorted(times, key=lambda query: -times[query])[:5]
    return {
        "asked": len(queries),
        "within": sum(times[query] <= limit for query in queries),
        **found,
        "slowest": {query: times[query] for query in slowest},
    }


def _timed(
    client: Client, queries: list[str], times: dict[str, float] | None = None
) -> dict[str, float]:
    """Return the waiting and the processor time of requests in milliseconds."""
    worked, database = time.process_time(), database_cpu_seconds()
    taken = [_milliseconds(client, query) for query in queries]
    if times is not None:
        times |= zip(queries, taken, strict=True)
    taken.sort()
    return {
        "p50": round(statistics.median(taken), 1),
        "p95": round(taken[int(0.95 * len(taken))], 1),
        "python_cpu": round(1000 * (time.process_time() - worked) / len(taken), 1),
        "database_cpu": round(1000 * (database_cpu_seconds() - database) / len(taken), 1),
    }


def _milliseconds(client: Client, query: str) -> float:
    began = time.perf_counter()
    answer = client.get(f"{QUEUE}?{query}")
    if answer.status_code != 200:
        sys.exit(f"{query} answered {answer.status_code}.")
    return round(1000 * (time.perf_counter() - began), 1)
