"""A project with many examples whose words are as frequent as words are, and searches for them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import Any

from django.db import connection

from datasets.curation.models import Intent
from reviewapp.people.models import Project, User

WORDS, ANSWER_WORDS = 8_000, (30, 90)
SHORTEST = 4
"""Letters of the words that are searched for."""
# The words of real queues repeat: a search meets few rows, many rows, and nearly all of them.
SUBJECTS = ("parcel", "refund", "invoice", "boots", "jacket", "voucher", "size", "account")
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
_ANSWERS = "CREATE TEMPORARY TABLE answers (number int PRIMARY KEY, words text)"
# As `conversations/words.py` would fold them: a question, and an answer.
_TEXTS = """
INSERT INTO datasets_exampletext (example_id, project_id, language, words)
SELECT e.id, project_id, language,
       lower(preview) || ' ' || replace(external_id, '-', ' ') || ' ' || a.words
           || CASE WHEN e.id % 50 = 0 THEN ' within seven working days' ELSE '' END
FROM datasets_goldenexample e
JOIN answers a ON 'crm-' || a.number = e.external_id
"""
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


def fill(project: Project, people: list[User], count: int) -> None:
    """Write what actions would have left, in SQL: nine of ten examples by one author."""
    intents = [
        Intent.objects.create(project=project, name=f"intent-{number}").pk for number in range(12)
    ]
    values: dict[str, Any] = {
        "project": project.pk,
        "intents": intents,
        "subjects": list(SUBJECTS),
        "authors": [people[0].pk] * 9 + [people[1].pk],
        "examples": count,
    }
    with connection.cursor() as cursor:
        cursor.execute(_EXAMPLES, values)
        cursor.execute(_REVISIONS)
        cursor.execute(_ASSIGNMENTS)
        cursor.execute(_ANSWERS)
        with cursor.copy("COPY answers FROM STDIN") as copy:
            for number, words in enumerate(answers(_draw(7), count), 1):
                copy.write_row((number, " ".join(words)))
        cursor.execute(_TEXTS)


def _draw(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - made-up text, no secret.


@cache
def vocabulary() -> list[str]:
    """Return made-up words, the most frequent first."""
    draw = _draw(3)
    return ["".join(draw.choices("abcdeilmnorstu", k=draw.randint(2, 9))) for _ in range(WORDS)]


def answers(draw: random.Random, count: int) -> Iterator[list[str]]:
    """Yield answers in which a word is half as frequent as one of half its rank (Zipf)."""
    words = vocabulary()
    sums = [*accumulate(1 / (rank + 5) for rank in range(len(words)))]
    for _ in range(count):
        yield draw.choices(words, cum_weights=sums, k=draw.randint(*ANSWER_WORDS))


@dataclass
class Searches:
    """A hundred searches as people type them, for words from everywhere to nearly nowhere."""

    draw: random.Random
    texts: list[list[str]]

    def queries(self) -> list[str]:
        """Return the queries of their URLs, in random order."""
        found = [f"q={self._word()}" for _ in range(30)]
        found += [f"q={'+'.join(self._of_one_text(2))}" for _ in range(20)]
        found += [f"q={'+'.join(self._of_one_text(3))}" for _ in range(10)]
        found += [f"q=%22{self._phrase()}%22" for _ in range(10)]
        found += [f"q={self._word()[:SHORTEST]}" for _ in range(10)]
        found += [f"q=crm-{self.draw.randint(1, len(self.texts))}" for _ in range(5)]
        found += [f"q=%23{self.draw.randint(1, len(self.texts))}" for _ in range(5)]
        found += [f"q={self._word()}&state=draft&language=de" for _ in range(5)]
        found += [f"q={self._word()}&sort=-updated" for _ in range(5)]
        self.draw.shuffle(found)
        return found

    def _word(self) -> str:
        """Return a word; as many of the ten most frequent as of the last nine tenths."""
        words = vocabulary()
        while True:
            word = words[int(WORDS ** self.draw.random()) - 1]
            if len(word) >= SHORTEST:
                return word

    def _of_one_text(self, count: int) -> list[str]:
        long = [word for word in self.draw.choice(self.texts) if len(word) >= SHORTEST]
        return self.draw.sample(long, min(count, len(long)))

    def _phrase(self) -> str:
        text = self.draw.choice(self.texts)
        at = self.draw.randrange(len(text) - 3)
        return "+".join(text[at : at + 3])


def searches(count: int) -> list[str]:
    """Return the searches of a project that `fill` filled with so many examples."""
    return Searches(_draw(11), [*answers(_draw(7), count)]).queries()
