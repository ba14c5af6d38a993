"""The inner part of `tests.bench.curation_queue`: fills a project and asks for its queue."""

from __future__ import annotations

import html
import json
import statistics
import sys
import time
from collections.abc import Callable

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from datasets.assignments.models import Assignment
from datasets.curation.models import ExampleText, GoldenExample, Intent, Revision
from reviewapp.people.models import Project, Role, User
from tests.bench.settling import settle
from tests.factories.people import make_member, make_project

REPEATS = 40
# The words of real queues repeat: a search meets few rows, many rows, and nearly all of them.
SUBJECTS = ("parcel", "refund", "invoice", "boots", "jacket", "voucher", "size", "account")
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
    "common word": "q=where",
    "rare word": "q=needle",
    "two words": "q=refund+parcel",
    "phrase": "q=%22seven+working+days%22",
    "inflected word": "q=refunds",
    "word of most answers": "q=the",
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
    "frequent word by intent": "q=where&sort=intent",
    "everything at once": "state=draft&intent=intent-3&language=de&tag=tag-1&q=refund",
}
# What is asked before the database knows how its new rows are spread.
AT_ONCE = ("first page", "waits for my review, most of it mine", "rare word", "everything at once")
_EXAMPLES = """
INSERT INTO datasets_goldenexample (
    project_id, state, latest_number, external_id, source, imported_split, metadata, intent_id,
    language, tags, policies, preview, tokens, message_count, open_findings, blocking_findings,
    content_hash, authors, created_by_id)
SELECT %(project)s,
       (ARRAY['draft', 'draft', 'draft', 'in_review', 'in_review', 'changes_requested', 'retired',
              'draft', 'in_review', 'draft'])[1 + n %% 10],
       1, 'crm-' || n, 'source-' || n %% 4, '', '{}', (%(intents)s::bigint[])[1 + n %% 12],
       (ARRAY['en', 'en', 'de', 'it', 'nl'])[1 + n %% 5],
       CASE WHEN n %% 5000 = 0 THEN ARRAY['rare'] ELSE ARRAY['tag-' || n %% 3] END,
       ARRAY['policy-' || n %% 20],
       'Where is the ' || (%(subjects)s::text[])[1 + n %% 8] || ' and the '
           || (%(subjects)s::text[])[1 + n / 8 %% 8] || ' of order ' || n
           || CASE WHEN n %% 20000 = 7 THEN ' needle' ELSE '' END,
       300, 3, (n %% 7 = 0)::int, (n %% 14 = 0)::int, md5(n::text),
       ARRAY[(%(authors)s::bigint[])[1 + n / 10 %% 10]], NULL
FROM generate_series(1, %(examples)s) n
"""
# As `conversations/words.py` would fold them: a question, and an answer of 60 words.
_TEXTS = """
INSERT INTO datasets_exampletext (example_id, project_id, language, words)
SELECT id, project_id, language,
       lower(preview) || ' ' || replace(external_id, '-', ' ') || ' '
           || (%(answers)s::text[])[1 + id %% 4] || ' ' || (%(answers)s::text[])[1 + id / 4 %% 4]
           || ' case ' || md5(id::text)
           || CASE WHEN id %% 50 = 0 THEN ' within seven working days' ELSE '' END
FROM datasets_goldenexample
"""
ANSWERS = [
    "we are sorry for the delay your order left our warehouse and the carrier will bring it soon "
    "you can follow it in my orders where the link of the carrier is shown beside each parcel",
    "thank you for writing to us the money goes back to the card that you paid with as soon as the "
    "shoes have arrived and were checked which takes our colleagues a few days in spring",
    "please choose another size in the shop we send it at once and the first pair goes back with "
    "the label that lies in the box so that nothing has to be paid twice",
    "the voucher is valid for three years and can be used for every article except for books and "
    "for items of our partners whose own conditions are shown on the page of the article",
]
_REVISIONS = """
INSERT INTO datasets_revision (
    example_id, number, messages, language, tags, policies, content_hash, tokens, message_tokens,
    note, author_id)
SELECT id, 1, '[]', language, tags, policies, content_hash, tokens, '{1}', '',
       authors[1]
FROM datasets_goldenexample
"""
# Half of them, over 60 days, some without a date.
_ASSIGNMENTS = """
INSERT INTO datasets_assignment (example_id, assignee_id, assigned_by_id, due_on)
SELECT id, authors[1], authors[1],
       CASE WHEN id % 10 > 0 THEN date '2026-01-01' + (id % 60)::int END
FROM datasets_goldenexample WHERE id % 2 = 0
"""


def main() -> None:
    """Print one JSON object: milliseconds and statements of each filter."""
    count = int(sys.argv[1])
    project = make_project("bench")
    people = [make_member(project, Role.LEAD) for _ in range(3)]
    _fill(project, people, count)
    reader, busy_author = signed_in(people[2]), signed_in(people[0])
    found = {}
    for name in AT_ONCE:
        found[f"{name}, right after the import"] = _measure(
            reader, f"/p/bench/examples/?{FILTERS[name]}"
        )
    settle(GoldenExample, Revision, ExampleText, Assignment)
    for name, query in FILTERS.items():
        client = busy_author if "most of it mine" in name else reader
        found[name] = _measure(client, f"/p/bench/examples/?{query}")
    for sort in ("intent", "language", "due", "-age"):
        page = reader.get(f"/p/bench/examples/?sort={sort}").content.decode()
        later = html.unescape(page.split('rel="next" href="')[1].split('"')[0])
        found[f"page 2 by {sort}"] = _measure(reader, later)
    deep = f"/p/bench/examples/?state=draft&after={count * 9 // 10}"
    found["deep page"] = _measure(reader, deep)
    newest = GoldenExample.objects.order_by("-pk")[0].pk
    found["page before"] = _measure(reader, f"/p/bench/examples/?before={newest}")
    print(json.dumps({"examples": count, "pages": found}))  # noqa: T201 - its output.


def signed_in(user: User) -> Client:
    """A browser of this person."""
    client = Client()
    client.force_login(user)
    return client


def _fill(project: Project, people: list[User], count: int) -> None:
    """Write what actions would have left, in SQL: nine of ten examples by one author."""
    intents = [
        Intent.objects.create(project=project, name=f"intent-{number}").pk for number in range(12)
    ]
    authors = [people[0].pk] * 9 + [people[1].pk]
    with connection.cursor() as cursor:
        cursor.execute(
            _EXAMPLES,
            {
                "project": project.pk,
                "intents": intents,
                "subjects": list(SUBJECTS),
                "authors": authors,
                "examples": count,
            },
        )
        cursor.execute(_REVISIONS)
        cursor.execute(_ASSIGNMENTS)
        cursor.execute(_TEXTS, {"answers": ANSWERS})


def _measure(client: Client, address: str) -> dict[str, float]:
    def ask() -> None:
        answer = client.get(address)
        if answer.status_code != 200:
            sys.exit(f"{address} answered {answer.status_code}.")

    first = _milliseconds(ask)
    times = sorted(_milliseconds(ask) for _ in range(REPEATS))
    with CaptureQueriesContext(connection) as queries:
        ask()
    return {
        "first": first,
        "p50": round(statistics.median(times), 1),
        "p95": round(times[int(0.95 * len(times))], 1),
        "queries": len(queries),
    }


def _milliseconds(ask: Callable[[], None]) -> float:
    began = time.perf_counter()
    ask()
    return round(1000 * (time.perf_counter() - began), 1)
