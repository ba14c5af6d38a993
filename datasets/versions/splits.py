"""Decides which example goes into which file of a version: train, validation or test. Pure.

The rule, so that it can be reproduced:

1. A split that came with the import wins.
2. Conversations with the same customer words (`customer_text_hash`), or much like each other
   (`overlaps.group_words`), stay together, so that a draw never puts a question into the test split
   whose answer is in the training file.
3. The rest is drawn within each intent: in the order of the hash of the customer's words, the first
   go to train, the next to validation, the last to test, cut by the shares.
4. Where an intent's share is not a whole number, the cut is rounded up or down by a phase that is
   derived from the intent's name: many small intents together then match the shares, instead of
   all being rounded the same way. Each count is less than one away from its share.

The draw depends on words, labels, imported splits and shares only: no id, no time, no earlier
version. So the same content is split the same way everywhere, and rewording an answer moves
nothing. The price of exact shares is that adding an example to an intent can move others: at most
one across each of the two cuts. (Hashing each example by itself would move none, and would leave
small intents without a test split.) A model must therefore be tested on the test file of the
version it was tuned on; `evaluation` looks for prompts that a candidate was trained on in any
version.
"""

import hashlib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from datasets.conversations.split import SPLITS
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message

TRAIN, VALIDATION, TEST = SPLITS
DEFAULT_SHARES: dict[str, int] = {TRAIN: 80, VALIDATION: 10, TEST: 10}
WHOLE = 100
ENOUGH_FOR_INTENT = 30
"""Examples of an intent below which its figures say little; lists of small intents begin there."""


@dataclass(frozen=True)
class Member:
    """The facts that decide where an example goes.

    Attributes:
        key: identifies it for the caller; it has no influence.
        words: the hash of the customer's words; members with the same one stay together.
        intent: its name, or empty.
        imported: the split that came with the import, or empty.
    """

    key: int
    words: str
    intent: str = ""
    imported: str = ""


@dataclass(frozen=True)
class Leak:
    """Two examples with the same customer words, one of them in the test split."""

    in_test: int
    elsewhere: int
    split: str


def customer_text_hash(texts: Iterable[str], *, otherwise: str) -> str:
    """Return the hash of the customer's words, ignoring case, white space and Unicode form.

    Args:
        texts: the customer's messages in their order.
        otherwise: the content hash, returned if there are no customer messages.
    """
    joined = "\n".join(" ".join(text.split()) for text in texts).strip()
    if not joined:
        return otherwise
    return hashlib.sha256(unicodedata.normalize("NFKC", joined).casefold().encode()).hexdigest()


def check_shares(shares: Mapping[str, int]) -> None:
    """Raise InvalidInput unless the shares are whole percents of 100 with something to train on."""
    if set(shares) != set(SPLITS) or any(not 0 <= share <= WHOLE for share in shares.values()):
        raise InvalidInput(message("versions.shares_out_of_range"))
    total = sum(shares.values())
    if total != WHOLE:
        raise InvalidInput(message("versions.shares_total", n=total))
    if not shares[TRAIN]:
        raise InvalidInput(message("versions.no_train_share"))


def draw(members: Iterable[Member], shares: Mapping[str, int]) -> dict[int, str]:
    """Return the split of each member by its key, by the rules in the module's docstring.

    Raises:
        InvalidInput: the shares are not whole percents that add up to 100.
    """
    check_shares(shares)
    together: dict[str, list[Member]] = defaultdict(list)
    for member in members:
        together[member.words].append(member)
    by_intent: dict[str, list[list[Member]]] = defaultdict(list)
    for words in sorted(together):
        group = together[words]
        by_intent[min(member.intent for member in group)].append(group)
    drawn: dict[int, str] = {}
    for intent, groups in by_intent.items():
        drawn |= _draw_intent(groups, shares, phase=_phase(intent))
    return drawn


def leaks(members: Iterable[Member], drawn: Mapping[int, str]) -> list[Leak]:
    """Return the words that are in the test split and in another one, one pair each, by key."""
    together: dict[str, list[Member]] = defaultdict(list)
    for member in members:
        together[member.words].append(member)
    found = []
    for group in together.values():
        tested = [member.key for member in group if drawn[member.key] == TEST]
        others = [member.key for member in group if drawn[member.key] != TEST]
        if tested and others:
            found.append(Leak(min(tested), min(others), drawn[min(others)]))
    return sorted(found, key=lambda leak: leak.in_test)


def apportion(total: int, weights: Sequence[int], *, phase: int = 0) -> list[int]:
    """Divide `total` by whole weights: each part is less than one away from its share.

    Args:
        total: the number to divide, at least 0.
        weights: at least one of them above 0.
        phase: 0 to 99: the hundredths added to a cut before it is rounded down. With phases spread
            evenly over many calls, the parts are right on average.
    Returns:
        Whole numbers that add up to `total`, in the order of the weights.
    Source: systematic sampling with a random start: W. G. Madow (1949), Ann. Math. Statist. 20.
    """
    whole = sum(weights)
    parts, reached, before = [], 0, 0
    for weight in weights:
        reached += weight
        cut = (WHOLE * total * reached + phase * whole) // (WHOLE * whole)
        parts.append(cut - before)
        before = cut
    return parts


def _phase(intent: str) -> int:
    return int.from_bytes(hashlib.sha256(intent.encode()).digest()[:4], "big") % WHOLE


def _draw_intent(
    groups: list[list[Member]], shares: Mapping[str, int], *, phase: int
) -> dict[int, str]:
    """Draw the splits of the groups of one intent, which are in the order of their hashes."""
    drawn: dict[int, str] = {}
    free = []
    for group in groups:
        imported = {member.imported for member in group if member.imported}
        # Members without an imported split join those with the same customer words.
        with_others = next((split for split in SPLITS if split in imported), "")
        drawn |= {member.key: member.imported or with_others for member in group if imported}
        if not imported:
            free.append(group)
    if not free:
        return drawn
    waiting = sum(len(group) for group in free)
    wanted = apportion(len(drawn) + waiting, [shares[split] for split in SPLITS], phase=phase)
    there = Counter(drawn.values())
    missing = [max(0, n - there[split]) for split, n in zip(SPLITS, wanted, strict=True)]
    return drawn | _fill(free, apportion(waiting, missing, phase=phase))


def _fill(groups: list[list[Member]], sizes: list[int]) -> dict[int, str]:
    """Put groups into the splits in order; a large group may overfill the split it begins in."""
    drawn: dict[int, str] = {}
    for group in groups:
        reached = 0
        for split, size in zip(SPLITS, sizes, strict=True):
            reached += size
            if len(drawn) < reached:
                drawn |= {member.key: split for member in group}
                break
    return drawn
