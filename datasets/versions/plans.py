"""The plan of a dataset version: what it would hold if it were frozen now. Reads only.

The page before freezing and the action that freezes read the same plan.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Exists, F, Func, JSONField, OuterRef, Subquery, Value

from datasets.conversations.split import SPLITS
from datasets.curation.lifecycle import State
from datasets.curation.models import Finding, GoldenExample, Review
from datasets.duplicates.pairs import open_pairs
from datasets.versions.models import DatasetVersion
from datasets.versions.overlaps import Likeness, OverlapReport, group_words, report_overlaps
from datasets.versions.splits import Leak, Member, customer_text_hash, draw, leaks
from reviewapp.people.models import Project

NO_LABEL = ""
BLOCKED, UNSIGNED = "blocking_findings", "no_approval"
CHUNK_ROWS = 2000


@dataclass(frozen=True)
class Candidate:
    """One approved wording and its labels."""

    example_id: int
    revision_id: int
    review_id: int
    content_hash: str
    tokens: int
    intent: str
    language: str
    tags: tuple[str, ...]
    words: str
    imported: str


@dataclass(frozen=True)
class LabelCount:
    """The number of examples with one label in each split; an empty label means none."""

    label: str
    train: int
    validation: int
    test: int

    @property
    def total(self) -> int:
        """How many examples have the label."""
        return self.train + self.validation + self.test


@dataclass(frozen=True)
class Plan:
    """The plan of a version.

    Attributes:
        shares: requested percent of each split.
        members: the members of each split's file, in the order of its lines.
        left_out: number of examples that are left out, by state or by BLOCKED and UNSIGNED.
        leaks: pairs of examples with the same customer messages, one of them in the test split.
        overlaps: pairs of examples that are much alike, in two files or with two answers.
    """

    shares: Mapping[str, int]
    members: Mapping[str, list[Candidate]]
    left_out: Mapping[str, int]
    leaks: list[Leak]
    overlaps: OverlapReport = field(default_factory=OverlapReport)

    def __len__(self) -> int:
        return sum(map(len, self.members.values()))

    @property
    def fingerprint(self) -> str:
        """A hash of which revisions go where: it shows whether the plan has changed."""
        digest = hashlib.sha256()
        for split in SPLITS:
            revisions = sorted(candidate.revision_id for candidate in self.members[split])
            digest.update(f"{split}:{revisions}".encode())
        return digest.hexdigest()

    def tokens(self, split: str) -> int:
        """Return the tokens of one file."""
        return sum(candidate.tokens for candidate in self.members[split])

    def counts(self) -> dict[str, list[LabelCount]]:
        """Return the counts by intent, language and tag, each from the most to the fewest."""
        return {
            "intents": self._counted(lambda candidate: [candidate.intent]),
            "languages": self._counted(lambda candidate: [candidate.language]),
            "tags": self._counted(lambda candidate: candidate.tags),
        }

    def _counted(self, labels_of: Any) -> list[LabelCount]:
        counts = {
            split: Counter(
                label for candidate in self.members[split] for label in labels_of(candidate)
            )
            for split in SPLITS
        }
        labels = set().union(*counts.values())
        found = [LabelCount(label, *(counts[split][label] for split in SPLITS)) for label in labels]
        return sorted(found, key=lambda label_count: (-label_count.total, label_count.label))


@dataclass(frozen=True)
class Changes:
    """The number of examples that differ from an earlier version, whose number is `since`.

    `changed` have another wording, `moved` the same wording in another split.
    """

    since: int
    added: int
    removed: int
    changed: int
    moved: int

    @property
    def is_empty(self) -> bool:
        """Whether the version would have the same revisions in the same splits."""
        return not (self.added or self.removed or self.changed or self.moved)


def plan_version(project: Project, shares: Mapping[str, int]) -> Plan:
    """Return the plan of a version frozen now.

    Raises:
        InvalidInput: the shares are not whole percents that add up to 100.
    """
    counts = project.examples.count_by_state()
    left_out = {state.value: n for state, n in counts.items() if state != State.APPROVED}
    left_out |= {BLOCKED: 0, UNSIGNED: 0}
    candidates = []
    for row in _approved(project):
        if row["is_blocked"]:
            left_out[BLOCKED] += 1
        elif row["review"] is None:
            left_out[UNSIGNED] += 1
        else:
            candidates.append(_candidate(row))
    members = [
        Member(candidate.revision_id, candidate.words, candidate.intent, candidate.imported)
        for candidate in candidates
    ]
    pairs = like_pairs(project)
    words = group_words(pairs, {candidate.example_id: candidate.words for candidate in candidates})
    together = [
        replace(member, words=words[candidate.example_id])
        for member, candidate in zip(members, candidates, strict=True)
    ]
    drawn = draw(together, shares)
    splits = {candidate.example_id: drawn[candidate.revision_id] for candidate in candidates}
    return Plan(
        shares=dict(shares),
        members=_in_order(candidates, drawn),
        left_out={reason: n for reason, n in left_out.items() if n},
        leaks=_by_example(leaks(members, drawn), candidates),
        overlaps=report_overlaps(pairs, splits),
    )


def like_pairs(project: Project) -> list[Likeness]:
    """Return the pairs of like examples of a project that are not dismissed."""
    columns = ("first_id", "second_id", "question", "answer", "kind")
    return [Likeness(*row) for row in open_pairs(project).values_list(*columns)]


def stored_overlaps(version: DatasetVersion) -> OverlapReport | None:
    """Return the pairs that were found when a version was frozen; None if none were looked for."""
    stored = version.summary.get("overlaps")
    return OverlapReport.from_json(stored) if stored is not None else None


def changes_since(plan: Plan, earlier: DatasetVersion) -> Changes:
    """Return how the plan differs from an earlier version of its project."""
    before = {
        example: (revision, split)
        for example, revision, split in earlier.items.values_list(
            "revision__example_id", "revision_id", "split"
        )
    }
    found: Counter[str] = Counter()
    for split in SPLITS:
        for candidate in plan.members[split]:
            was = before.pop(candidate.example_id, None)
            if was is None:
                found["added"] += 1
            elif was[0] != candidate.revision_id:
                found["changed"] += 1
            elif was[1] != split:
                found["moved"] += 1
    return Changes(
        since=earlier.number,
        added=found["added"],
        removed=len(before),
        changed=found["changed"],
        moved=found["moved"],
    )


def _approved(project: Project) -> Iterator[dict[str, Any]]:
    """Yield the approved examples with their revision, its review, and the customer's words."""
    blocking = Finding.objects.filter(
        revision=OuterRef("approved_revision"),
        state=Finding.State.OPEN,
        severity=Finding.Severity.BLOCKING,
    )
    reviews = Review.objects.filter(
        revision=OuterRef("approved_revision"), decision=Review.Decision.APPROVE
    )
    customer_texts = Func(
        F("approved_revision__messages"),
        Value('$[*] ? (@.role == "user").content'),
        function="jsonb_path_query_array",
        template="%(function)s(%(expressions)s::jsonpath)",
        output_field=JSONField(),
    )
    approved = GoldenExample.objects.filter(project=project, state=State.APPROVED).annotate(
        is_blocked=Exists(blocking),
        review=Subquery(reviews.order_by("-pk").values("pk")[:1]),
        customer_texts=customer_texts,
    )
    yield from approved.values(
        *("pk", "approved_revision_id", "imported_split", "is_blocked", "review", "customer_texts"),
        content_hash_=F("approved_revision__content_hash"),
        tokens_=F("approved_revision__tokens"),
        intent_=F("approved_revision__intent__name"),
        language_=F("approved_revision__language"),
        tags_=F("approved_revision__tags"),
    ).iterator(chunk_size=CHUNK_ROWS)


def _candidate(row: Mapping[str, Any]) -> Candidate:
    customer_texts = [text for text in row["customer_texts"] if isinstance(text, str)]
    return Candidate(
        example_id=row["pk"],
        revision_id=row["approved_revision_id"],
        review_id=row["review"],
        content_hash=row["content_hash_"],
        tokens=row["tokens_"],
        intent=row["intent_"] or NO_LABEL,
        language=row["language_"],
        tags=tuple(row["tags_"]),
        words=customer_text_hash(customer_texts, otherwise=row["content_hash_"]),
        imported=row["imported_split"],
    )


def _in_order(
    candidates: Iterable[Candidate], drawn: Mapping[int, str]
) -> dict[str, list[Candidate]]:
    members: dict[str, list[Candidate]] = {split: [] for split in SPLITS}
    # The id decides only between lines that are equal byte for byte.
    for candidate in sorted(
        candidates, key=lambda candidate: (candidate.content_hash, candidate.revision_id)
    ):
        members[drawn[candidate.revision_id]].append(candidate)
    return members


def _by_example(found: Iterable[Leak], candidates: Iterable[Candidate]) -> list[Leak]:
    example = {candidate.revision_id: candidate.example_id for candidate in candidates}
    return [Leak(example[leak.in_test], example[leak.elsewhere], leak.split) for leak in found]
