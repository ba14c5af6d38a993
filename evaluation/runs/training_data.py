"""Finds the prompts that are like what models were trained on: equal, near, or answered otherwise.

Signatures of the prompts are held in memory, at most 20,000 of them; those of the training files
are stored and streamed past them. A common text has at most so many prompts of a band compared
that time does not grow with the product of both.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import F, QuerySet

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
from evaluation.runs.learned import TRAINED_SPLITS, Learned
from evaluation.runs.models import Answer
from evaluation.runs.prompts import Prompt
from reviewapp.core.erased import ERASED

MAX_OF_PROMPT: Final = 3
"""Examples kept for a prompt, those most alike."""
ROWS_AT_ONCE: Final = 2_000
SIGNED_AT_ONCE: Final = 200
_EXAMPLE: Final = "revision__example__"
_SIGNATURE: Final = tuple(
    f"{_EXAMPLE}signature__{name}"
    for name in ("question_digest", "question_hashes", "answer_digest", "answer_hashes", "bands")
)


@dataclass(frozen=True)
class Match:
    """A prompt, by its key, and what it is like: an example of a file, or a preferred answer.

    `answer` is None where the prompt or the example came without one.
    """

    key: str
    version_id: int | None
    revision_id: int | None
    split: str
    preferred_id: int | None
    kind: OverlapKind
    question: int
    answer: int | None


@dataclass(frozen=True)
class _Trained:
    """What models were trained on: an item of a file, or an answer that they learned to prefer.

    The signature is of its text, with the bands as they are stored.
    """

    signature: Signature
    version_id: int | None = None
    split: str = ""
    revision_id: int | None = None
    preferred_id: int | None = None


def trained_matches(learned: Learned, prompts: Sequence[Prompt]) -> list[Match]:
    """Return which prompts are like what models were trained on.

    Of each prompt the most alike, at most MAX_OF_PROMPT.
    """
    found: dict[int, list[Match]] = defaultdict(list)
    asked: dict[int, _Asked] = {}
    for project_id, trained in _trained_in_projects(learned):
        if project_id not in asked:
            asked[project_id] = _Asked(project_id, prompts)
        for item in trained:
            for at, match in asked[project_id].matches(item):
                found[at].append(match)
    return [match for at in sorted(found) for match in sorted(found[at], key=_rank)[:MAX_OF_PROMPT]]


def _trained_in_projects(learned: Learned) -> Iterator[tuple[int, Iterator[_Trained]]]:
    """Yield what was learned with the project whose bands it has."""
    for version in DatasetVersion.objects.filter(pk__in=learned.versions).order_by("pk"):
        yield version.project_id, _trained(version)
    answers = learned.preferred_answers()
    projects = answers.values_list("run__project_id", flat=True).distinct()
    for project_id in sorted(projects):
        yield project_id, _preferred(project_id, answers.filter(run__project_id=project_id))


def _rank(match: Match) -> tuple[int, int, int, int]:
    # Those that answer otherwise are worth the first look.
    answer = EQUAL if match.answer is None else match.answer
    return -match.question, answer, match.revision_id or 0, match.preferred_id or 0


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
            preferred_id=trained.preferred_id,
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
        yield _Trained(_stored(*stored), version.pk, split, revision_id)
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
        signature = _signed(version.project_id, texts)
        yield _Trained(signature, version.pk, splits[revision_id], revision_id)


def _preferred(project_id: int, answers: "QuerySet[Answer]") -> Iterator[_Trained]:
    """Sign prompts with the answers that were preferred; an erased one leaves the prompt."""
    rows = answers.values_list("pk", "comparison__prompt", "text")
    for answer_id, prompt, text in rows.iterator(chunk_size=SIGNED_AT_ONCE):
        answer = [] if text.strip() == ERASED else [{"role": "assistant", "content": text}]
        yield _Trained(_signed(project_id, [*prompt, *answer]), preferred_id=answer_id)


def _signed(project_id: int, texts: Iterable[Mapping[str, Any]]) -> Signature:
    signature = sign(texts)
    bands = tuple(mixed_bands(project_id, signature))
    return Signature(signature.question, signature.answer, bands)
