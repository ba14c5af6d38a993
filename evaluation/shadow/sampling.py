"""Chooses archetypes so that intents and languages are all represented. Pure."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

PROPOSED = 14
MAX_ARCHETYPES = 20
MIN_ARCHETYPES = 10


@dataclass(frozen=True)
class Choosable:
    """An example that may be chosen; `content_hash` decides within its group."""

    example_id: int
    intent: str
    language: str
    content_hash: str


def stratified(examples: Iterable[Choosable], size: int) -> list[int]:
    """Return the ids of at most `size` examples: one of each intent and language in turn.

    Groups come from the largest to the smallest; the choice depends on contents only.
    """
    groups: dict[tuple[str, str], list[Choosable]] = defaultdict(list)
    for example in examples:
        groups[example.intent, example.language].append(example)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    queues = [sorted(members, key=_drawn) for _key, members in ordered]
    chosen: list[int] = []
    while len(chosen) < size and any(queues):
        for queue in queues:
            if queue and len(chosen) < size:
                chosen.append(queue.pop(0).example_id)
    return chosen


def _drawn(example: Choosable) -> tuple[str, int]:
    digest = hashlib.sha256(f"archetype:{example.content_hash}".encode()).hexdigest()
    return digest, example.example_id
