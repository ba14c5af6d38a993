"""Reads the prompts of a run that are like training data, and what its leads decided about them."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet
from django.utils.functional import Promise

from datasets.conversations.split import Split
from datasets.conversations.texts import SPLIT_LABELS
from datasets.versions.models import DatasetVersion
from datasets.versions.overlaps import OverlapKind
from datasets.versions.plans import stored_overlaps
from datasets.versions.texts import OVERLAP_KINDS
from evaluation.runs.learned import Learned
from evaluation.runs.lifecycle import RunAction
from evaluation.runs.models import Comparison, EvaluationRun, RunEvent, TrainedMatch
from evaluation.runs.prompts import first_customer_message
from reviewapp.core.messages import Message, message

MAX_SHOWN = 50
SHOWN_CHARACTERS = 120


@dataclass(frozen=True)
class MatchRow:
    """A match as the page shows it: with an example of a file, or with a prompt of a run."""

    match: TrainedMatch
    prompt: str
    example_id: int | None
    split: Promise | str
    learned_from: Comparison | None
    what: Promise | str


@dataclass(frozen=True)
class TrainedMatches:
    """The prompts of a run that are like training data and are still in it.

    Attributes:
        prompts: how many there are.
        counts: matches by label of their kind.
        kept: the event in which a lead kept them; None while they wait for a decision.
        withdrawn: how many prompts were withdrawn for it.
        contradictions: each version that answers questions of its own training file in two ways,
            and how many pairs of examples do.
    """

    prompts: int
    counts: list[tuple[Promise | str, int]]
    rows: list[MatchRow]
    kept: RunEvent | None
    withdrawn: int
    contradictions: list[tuple[DatasetVersion, int]]


def open_matches(run: EvaluationRun) -> QuerySet[TrainedMatch]:
    """Return the matches of comparisons that are still in the run."""
    return run.trained_matches.exclude(comparison__state=Comparison.State.WITHDRAWN)


def matched_prompts(run: EvaluationRun) -> int:
    """Return how many prompts that are still in the run are like training data."""
    return open_matches(run).values("comparison").distinct().count()


def match_counts(run: EvaluationRun) -> dict[str, int]:
    """Return the number of matches of each kind."""
    found = open_matches(run).order_by().values_list("kind").annotate(n=Count("pk"))
    counts = dict(found)
    return {kind.value: counts.get(kind.value, 0) for kind in OverlapKind}


def kept_event(run: EvaluationRun) -> RunEvent | None:
    """Return the event in which a lead decided to keep these prompts."""
    return run.events.filter(action=RunAction.KEEP_TRAINED).select_related("actor").first()


def undecided_matches(run: EvaluationRun) -> list[Message]:
    """Return the reason why the run waits for a lead's decision; empty if it does not."""
    n = matched_prompts(run)
    return [] if not n or kept_event(run) else [message("runs.trained_prompts", n=n)]


def trained_matches_of(run: EvaluationRun) -> TrainedMatches | None:
    """Return what the set-up page shows; None where nothing is, or was, like training data."""
    contradictions = _contradictions(run)
    withdrawals = run.events.filter(action=RunAction.WITHDRAW_TRAINED)
    withdrawn = sum(len(event.detail["positions"]) for event in withdrawals)
    prompts = matched_prompts(run)
    if not (prompts or withdrawn or contradictions):
        return None
    counts = match_counts(run)
    return TrainedMatches(
        prompts=prompts,
        counts=[(OVERLAP_KINDS[kind], counts[kind]) for kind in OverlapKind if counts[kind]],
        rows=match_rows(run, MAX_SHOWN),
        kept=kept_event(run),
        withdrawn=withdrawn,
        contradictions=contradictions,
    )


def match_rows(run: EvaluationRun, limit: int) -> list[MatchRow]:
    """Return the first matches, the most alike first."""
    preferred = "preferred__comparison__run"
    found = open_matches(run).select_related("comparison", "version", "revision", preferred)
    ordered = found.order_by("-question", "comparison__position", "pk")
    return [
        MatchRow(
            match=match,
            prompt=first_customer_message(match.comparison.prompt)[:SHOWN_CHARACTERS],
            example_id=match.revision.example_id if match.revision else None,
            split=SPLIT_LABELS[match.split] if match.split else "",
            learned_from=match.preferred.comparison if match.preferred else None,
            what=OVERLAP_KINDS[OverlapKind(match.kind)],
        )
        for match in ordered[:limit]
    ]


def _contradictions(run: EvaluationRun) -> list[tuple[DatasetVersion, int]]:
    learned = Learned.of([run.candidate_id, run.baseline_id])
    found = []
    for version in DatasetVersion.objects.filter(pk__in=learned.versions).order_by("number"):
        report = stored_overlaps(version)
        pairs = sum(
            count.n
            for count in (report.counts if report else ())
            if count.kind == OverlapKind.TWO_ANSWERS
            and {count.split, count.other_split} <= {Split.TRAIN.value, Split.VALIDATION.value}
        )
        if pairs:
            found.append((version, pairs))
    return found
