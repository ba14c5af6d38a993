"""Which examples a mini-batch trains on: what changed, and a stratified replay of the rest. Pure.

1. Changed are the examples whose wording is not in the training files of the parent. Left out of
   them is what belongs to the other splits: examples of the parent's validation and test files,
   others with the same customer words, and those whose import asked for these splits.
2. Replayed is a share of the unchanged training examples. Each stratum, an intent in a language,
   gives its share, less than one away from exact; within it the order of a hash of seed and
   content decides. The same content and seed select the same examples everywhere.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from datasets.conversations.split import Split
from datasets.versions.splits import WHOLE, apportion


@dataclass(frozen=True)
class Option:
    """An approved example that may be selected.

    Attributes:
        key: of its wording.
        words: the hash of the customer's words.
        order: the hash of its content.
        imported: the split that came with the import, or empty.
    """

    key: int
    example: int
    words: str
    order: str
    intent: str = ""
    language: str = ""
    imported: str = ""


@dataclass(frozen=True)
class Parent:
    """What the earlier version trained on, and what it keeps for validation and test.

    Attributes:
        trained: keys of wordings in its training file, and in those that it builds on.
        kept: keys of wordings in its other files, `examples` and `words` are theirs.
    """

    trained: Collection[int]
    kept: Collection[int]
    examples: Collection[int]
    words: Collection[str]


@dataclass(frozen=True)
class Selection:
    """The keys that are trained on.

    Attributes:
        unchanged: number of examples of which the replay is a share.
        held_out: number of changed examples that belong to validation or test.
    """

    changed: frozenset[int]
    replayed: frozenset[int]
    unchanged: int
    held_out: int


def select(options: Iterable[Option], parent: Parent, *, percent: int, seed: int) -> Selection:
    """Return the selection of a mini-batch.

    Args:
        percent: share of the unchanged examples that is replayed, 0 to 100.
        seed: of the replay, at least 0.
    """
    changed, unchanged, held_out = set(), [], 0
    for option in options:
        if option.key in parent.trained:
            unchanged.append(option)
        elif _is_kept(option, parent):
            held_out += option.key not in parent.kept
        else:
            changed.add(option.key)
    replayed = _replay(unchanged, percent, seed)
    return Selection(frozenset(changed), frozenset(replayed), len(unchanged), held_out)


def _is_kept(option: Option, parent: Parent) -> bool:
    is_for_others = option.imported not in {"", Split.TRAIN.value}
    return is_for_others or option.example in parent.examples or option.words in parent.words


def _replay(unchanged: list[Option], percent: int, seed: int) -> set[int]:
    strata: dict[tuple[str, str], list[Option]] = defaultdict(list)
    for option in unchanged:
        strata[option.intent, option.language].append(option)
    total = (percent * len(unchanged) + WHOLE // 2) // WHOLE
    if not total:
        return set()
    names = sorted(strata)
    sizes = apportion(total, [len(strata[name]) for name in names], phase=seed % WHOLE)
    replayed: set[int] = set()
    for name, size in zip(names, sizes, strict=True):
        drawn = sorted(strata[name], key=lambda option: (_drawn(option, seed), option.key))
        replayed |= {option.key for option in drawn[:size]}
    return replayed


def _drawn(option: Option, seed: int) -> str:
    return hashlib.sha256(f"{seed}:{option.order}".encode()).hexdigest()
