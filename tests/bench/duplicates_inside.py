"""The inner part of `tests.bench.duplicates`: signs a project's examples and looks some up."""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from django.db import connection, transaction

from datasets.similarity.actions import sign_new_examples
from datasets.similarity.lookup import Signed, neighbours
from datasets.similarity.models import ExampleSignature, SimilarityBand, SimilarPair
from datasets.similarity.signatures import sign
from reviewapp.people.models import Project
from tests.bench.settling import settle
from tests.factories.people import make_project

CHUNK, LOOK_UPS = 500, 1_000
WORDS, QUESTION_WORDS, ANSWER_WORDS = 8_000, (12, 90), (30, 120)
GREETING = "Hello, I hope you are well. I have a question about my order, please."
# One example in thirty is an earlier one with one word in twelve changed.
COPIES, CHANGED = 30, 12
_EXAMPLES = """
INSERT INTO datasets_goldenexample (
    project_id, state, latest_number, external_id, source, imported_split, metadata, language, tags,
    policies, preview, tokens, message_count, open_findings, blocking_findings, content_hash,
    authors)
SELECT %s, 'draft', 1, '', '', '', '{}', 'en', '{}', '{}', '', 300, 2, 0, 0, md5(n::text), '{}'
FROM generate_series(1, %s) n
RETURNING id
"""


def main() -> None:
    """Print one JSON object: seconds of signing and storing, milliseconds of a look-up, bytes."""
    count = int(sys.argv[1])
    project = make_project("bench")
    with connection.cursor() as cursor:
        cursor.execute(_EXAMPLES, [project.pk, count])
        ids = [row[0] for row in cursor.fetchall()]
    texts = _conversations(_draw(7), count)
    signing = looking = storing = 0.0
    for begin in range(0, count, CHUNK):
        chunk = ids[begin : begin + CHUNK]
        began = time.perf_counter()
        signed = [Signed(pk, sign(next(texts))) for pk in chunk]
        signing += time.perf_counter() - began
        with transaction.atomic():
            began = time.perf_counter()
            found = neighbours(project.pk, signed)
            looking += time.perf_counter() - began
            sign_new_examples(project.pk, signed, found)
            storing += time.perf_counter() - began
    settle(ExampleSignature, SimilarityBand, SimilarPair)
    shown = {
        "examples": count,
        "sign_seconds": round(signing, 1),
        "compare_seconds": round(looking, 1),
        "store_seconds": round(storing - looking, 1),
        "pairs": SimilarPair.objects.count(),
        "look_up_ms": _look_ups(project, count),
        "megabytes": _megabytes(),
    }
    print(json.dumps(shown))  # noqa: T201 - its output.


def _draw(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - made-up text, no secret.


def _look_ups(project: Project, count: int) -> dict[str, dict[str, float]]:
    """Return the milliseconds of looking up new texts, half of them near-duplicates.

    The wait depends on what else the machine does, the processor time hardly.
    """
    old, new = _conversations(_draw(7), count), _conversations(_draw(8), count)
    draw = _draw(9)
    asked = [
        Signed(0, sign(_changed(draw, next(old)) if number % 2 else next(new)))
        for number in range(LOOK_UPS)
    ]
    waits, python, database = [], [], []
    for signed in asked:
        began, used, served = time.perf_counter(), time.process_time(), _database_seconds()
        neighbours(project.pk, [signed])
        python.append(time.process_time() - used)
        database.append(_database_seconds() - served)
        waits.append(time.perf_counter() - began)
    both = [sum(parts) for parts in zip(python, database, strict=True)]
    return {
        "wait": _spread(waits),
        "processor": _spread(both),
        "processor_python": _spread(python),
        "processor_database": _spread(database),
    }


def _spread(seconds: list[float]) -> dict[str, float]:
    """Return median, 95th percentile and largest value in milliseconds."""
    values = sorted(1000 * value for value in seconds)
    return {
        "p50": round(statistics.median(values), 3),
        "p95": round(values[int(0.95 * len(values))], 3),
        "largest": round(values[-1], 3),
    }


def _database_seconds() -> float:
    """Return the processor time of this connection's server process; 0 where Linux is missing."""
    process = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    return int(process.read_text().split()[0]) / 1e9 if process.exists() else 0.0


def _conversations(draw: random.Random, count: int) -> Iterator[list[dict[str, str]]]:
    """Yield conversations of made-up words, as frequent as words are (Zipf), some near-copies."""
    words = ["".join(draw.choices("abcdeilmnorstu", k=draw.randint(2, 9))) for _ in range(WORDS)]
    weights = [1 / (number + 5) for number in range(WORDS)]
    sums = [0.0]
    for weight in weights:
        sums.append(sums[-1] + weight)
    earlier: list[list[dict[str, str]]] = []
    for number in range(count):
        if earlier and number % COPIES == 0:
            yield _changed(draw, draw.choice(earlier))
            continue
        question = draw.choices(words, cum_weights=sums[1:], k=draw.randint(*QUESTION_WORDS))
        answer = draw.choices(words, cum_weights=sums[1:], k=draw.randint(*ANSWER_WORDS))
        asked = " ".join(question)
        made = [
            {"role": "user", "content": f"{GREETING} {asked}" if number % 3 else asked},
            {"role": "assistant", "content": " ".join(answer)},
        ]
        earlier.append(made)
        yield made


def _changed(draw: random.Random, messages: list[dict[str, str]]) -> list[dict[str, str]]:
    changed = []
    for message in messages:
        words = message["content"].split()
        for _ in range(max(1, len(words) // CHANGED)):
            words[draw.randrange(len(words))] = "changed"
        changed.append({**message, "content": " ".join(words)})
    return changed


def _megabytes() -> float:
    tables = [model._meta.db_table for model in (ExampleSignature, SimilarityBand, SimilarPair)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_total_relation_size(t::regclass)) FROM unnest(%s::text[]) t", [tables]
        )
        return round(int(cursor.fetchone()[0]) / 1e6, 1)
