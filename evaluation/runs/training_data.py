"""Finds the prompts that are like what models were trained on: equal, near, or answered otherwise.

Signatures of the prompts are held in memory, at most 20,000 of them; those of the training files
are stored and streamed past them. A common text has at most so many prompts of a band compared
that time does not grow with the product of both.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import F, QuerySet

from datasets.conversations.split import Split
from datasets.curation.models import Revision
from datasets.similarity.lookup import MAX_IN_BAND, mixed_bands
from datasets.similarity.signatures import (
    ALIKE,
    EQUAL,
    SCHEME,
    Kind,
    Side,
    Signature,
    kind_of,
    likeness,
    sign,
)
from datasets.versions.models import DatasetItem, DatasetVersion
from datasets.versions.overlaps import OverlapKind
from evaluation.runs.prompts import Prompt

MAX_OF_PROMPT: Final = 3
"""Examples kept for a prompt, those most alike."""
TRAINED_SPLITS: Final = (Split.TRAIN, Split.VALIDATION)
ROWS_AT_ONCE: Final = 2_000
SIGNED_AT_ONCE: Final = 200
_EXAMPLE: Final = "revision__example__"
_SIGNATURE: Final = tuple(
    f"{_EXAMPLE}signature__{name}"
    for name in ("question_digest", "question_hashes", "answer_digest", "answer_hashes", "bands")
)


@dataclass(frozen=True)
class Match:
    """A prompt, by its key, and an example of a training file that it is like.

    `answer` is None where the prompt or the example came without one.
    """

    key: str
    version_id: int
    revision_id: int
    split: str
    kind: OverlapKind
    question: int
    answer: int | None


@dataclass(frozen=True)
class _Trained:
    """An item of a training file with the signature of its text, and its stored bands."""

    version_id: int
    split: str
    revision_id: int
    signature: Signature


def trained_matches(versions: Collection[int], prompts: Sequence[Prompt]) -> list[Match]:
    """Return which prompts are like examples in the training and validation files of versions.

    Of each prompt the most alike, at most MAX_OF_PROMPT.
    """
    found: dict[int, list[Match]] = defaultdict(list)
    for version in DatasetVersion.objects.filter(pk__in=versions).order_by("pk"):
        asked = _Asked(version.project_id, prompts)
        for trained in _trained(version):
            for at, match in asked.matches(trained):
                found[at].append(match)
    return [match for at in sorted(found) for match in sorted(found[at], key=_rank)[:MAX_OF_PROMPT]]


def _rank(match: Match) -> tuple[int, int, int]:
    # Those that answer otherwise are worth the first look.
    answer = EQUAL if match.answer is None else match.answer
    return -match.question, answer, match.revision_id


class _Asked:
    """The signed prompts of a run, and where those with a band are."""

    def __init__(self, project_id: int, prompts: Sequence[Prompt]) -> None:
        self._prompts = prompts
        self._signatures: list[Signature] = []
        self._by_band: dict[int, list[int]] = defaultdict(list)
        for at, prompt in enumerate(prompts):
            signature = sign([*prompt.messages, *prompt.reference])
            bands = mixed_bands(project_id, signature)
            self._signatures.append(Signature(signature.question, signature.answer, ()))
            for number, band in enumerate(bands):
                members = self._by_band[band]
                # The first band is the whole text: all equal ones are found.
                if not number or len(members) < MAX_IN_BAND:
                    members.append(at)

    def matches(self, trained: _Trained) -> Iterator[tuple[int, Match]]:
        """Yield the prompts that are like an item, by their place, each with what they are."""
        near = {at for band in trained.signature.bands for at in self._by_band.get(band, ())}
        for at in sorted(near):
            if match := self._match(at, trained):
                yield at, match

    def _match(self, at: int, trained: _Trained) -> Match | None:
        prompt, mine = self._prompts[at], self._signatures[at]
        question = likeness(mine.question, trained.signature.question)
        if question is None or question < ALIKE:
            return None
        answer = likeness(mine.answer, trained.signature.answer) if prompt.reference else None
        kind = kind_of(question, answer)
        if kind is None:
            return None
        is_equal = question == EQUAL and kind is Kind.NEAR
        return Match(
            key=prompt.key,
            version_id=trained.version_id,
            revision_id=trained.revision_id,
            split=trained.split,
            kind=OverlapKind.EQUAL if is_equal else OverlapKind(kind),
            question=question,
            answer=answer,
        )


def _trained(version: DatasetVersion) -> Iterator[_Trained]:
    """Yield the items of the training and validation file; erased ones have no text."""
    items = DatasetItem.objects.filter(
        version=version, split__in=TRAINED_SPLITS, revision__example__erased_at=None
    ).order_by()
    # A signature is of the latest revision of its example.
    current = items.filter(
        revision__number=F(f"{_EXAMPLE}latest_number"), **{f"{_EXAMPLE}signature__scheme": SCHEME}
    )
    rows = current.values_list("split", "revision_id", *_SIGNATURE)
    for split, revision_id, *stored in rows.iterator(chunk_size=ROWS_AT_ONCE):
        yield _Trained(version.pk, split, revision_id, _stored(*stored))
    yield from _signed_now(version, items.exclude(pk__in=current.values("pk")))


def _stored(*columns: Any) -> Signature:
    digest, hashes, answer_digest, answer_hashes, bands = columns
    question, answer = Side(digest, bytes(hashes)), Side(answer_digest, bytes(answer_hashes))
    return Signature(question, answer, tuple(bands))


def _signed_now(version: DatasetVersion, items: "QuerySet[DatasetItem]") -> Iterator[_Trained]:
    """Sign the items whose examples have changed since, or have no signature yet."""
    splits = dict(items.values_list("revision_id", "split"))
    messages = Revision.objects.filter(pk__in=splits).order_by().values_list("pk", "messages")
    for revision_id, texts in messages.iterator(chunk_size=SIGNED_AT_ONCE):
        signature = sign(texts)
        bands = tuple(mixed_bands(version.project_id, signature))
        whole = Signature(signature.question, signature.answer, bands)
        yield _Trained(version.pk, splits[revision_id], revision_id, whole)
