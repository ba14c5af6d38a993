"""The plan of a mini-batch: what it would hold if it were frozen now. Reads only."""

from collections.abc import Iterator
from dataclasses import dataclass

from datasets.conversations.split import SPLITS
from datasets.versions.mini_batches.selection import Option, Parent, Selection, select
from datasets.versions.models import DatasetItem, DatasetVersion
from datasets.versions.overlaps import report_overlaps
from datasets.versions.plans import NO_LABEL, Candidate, Plan, like_pairs, plan_version
from datasets.versions.splits import TEST, TRAIN, VALIDATION, WHOLE, customer_text_hash
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message

MAX_SEED = 2**31 - 1
DEFAULT_PERCENT = 20


@dataclass(frozen=True)
class MiniBatch:
    """What a mini-batch would hold: its files, and how its training examples were selected."""

    parent: DatasetVersion
    percent: int
    seed: int
    plan: Plan
    selection: Selection

    def provenance(self) -> dict[str, int]:
        """Return the counts that are stored with the version."""
        return {
            "changed": len(self.selection.changed),
            "replayed": len(self.selection.replayed),
            "unchanged": self.selection.unchanged,
            "held_out": self.selection.held_out,
        }


def plan_mini_batch(parent: DatasetVersion, *, percent: int, seed: int) -> MiniBatch:
    """Return the mini-batch of what changed since a version, as it would be frozen now.

    Raises:
        InvalidInput: the share is no percentage, or the seed is out of range.
    """
    if not 0 <= percent <= WHOLE:
        raise InvalidInput(message("versions.replay_percent"), field="percent")
    if not 0 <= seed <= MAX_SEED:
        raise InvalidInput(message("versions.replay_seed", limit=MAX_SEED), field="seed")
    now = plan_version(parent.project, parent.shares)
    candidates = [candidate for split in SPLITS for candidate in now.members[split]]
    kept = {split: _kept(parent, split) for split in (VALIDATION, TEST)}
    others = [candidate for members in kept.values() for candidate in members]
    selection = select(
        map(_option, candidates),
        Parent(
            trained=_trained(parent),
            kept={candidate.revision_id for candidate in others},
            examples={candidate.example_id for candidate in others},
            words={candidate.words for candidate in others},
        ),
        percent=percent,
        seed=seed,
    )
    chosen = selection.changed | selection.replayed
    train = sorted(
        (candidate for candidate in candidates if candidate.revision_id in chosen),
        key=lambda candidate: (candidate.content_hash, candidate.revision_id),
    )
    files = {TRAIN: train, **kept}
    splits = {member.example_id: split for split, members in files.items() for member in members}
    overlaps = report_overlaps(like_pairs(parent.project), splits)
    plan = Plan(parent.shares, files, now.left_out, [], overlaps)
    return MiniBatch(parent, percent, seed, plan, selection)


def lineage(version: DatasetVersion) -> Iterator[DatasetVersion]:
    """Yield a version, and those that it builds on."""
    current: DatasetVersion | None = version
    while current is not None:
        yield current
        current = current.parent


def _trained(parent: DatasetVersion) -> set[int]:
    items = DatasetItem.objects.filter(version__in=[*lineage(parent)], split=TRAIN)
    return set(items.values_list("revision_id", flat=True))


def _kept(parent: DatasetVersion, split: str) -> list[Candidate]:
    """Return the members of a file of the parent in the order of its lines, without erased ones."""
    items = DatasetItem.objects.filter(version=parent, split=split).order_by("position")
    file = parent.files.get(split=split)
    if file.redaction:
        items = items.exclude(position__in=file.redaction.positions)
    related = items.select_related("revision__intent", "revision__example")
    return [_member(item) for item in related]


def _member(item: DatasetItem) -> Candidate:
    revision = item.revision
    texts = [
        turn["content"]
        for turn in revision.messages
        if turn.get("role") == "user" and isinstance(turn.get("content"), str)
    ]
    return Candidate(
        example_id=revision.example_id,
        revision_id=revision.pk,
        review_id=item.review_id,
        content_hash=revision.content_hash,
        tokens=revision.tokens,
        intent=revision.intent.name if revision.intent else NO_LABEL,
        language=revision.language,
        tags=tuple(revision.tags),
        words=customer_text_hash(texts, otherwise=revision.content_hash),
        imported=revision.example.imported_split,
    )


def _option(candidate: Candidate) -> Option:
    return Option(
        key=candidate.revision_id,
        example=candidate.example_id,
        words=candidate.words,
        order=candidate.content_hash,
        intent=candidate.intent,
        language=candidate.language,
        imported=candidate.imported,
    )
