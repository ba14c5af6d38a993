"""The pairs in the votes of closed runs, and why the other comparisons give none."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from datasets.conversations.split import Split
from datasets.curation.lifecycle import State
from datasets.versions.models import DatasetItem, DatasetVersion
from evaluation.preferences.rules import Votes, preferred_side
from evaluation.providers.reading import CUT
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import Answer, Comparison, EvaluationRun, GoldCheck
from evaluation.runs.prompt_sets import ROWS_AT_ONCE
from evaluation.runs.prompts import prompt_hash, without_answer
from evaluation.runs.terms import Sampling
from reviewapp.core.erased import ERASED
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message
from reviewapp.people.models import Project

MAX_RUNS = 50


@dataclass(frozen=True)
class FoundPair:
    """A pair that is not stored yet."""

    comparison: Comparison
    messages: Sequence[Mapping[str, Any]]
    preferred: Answer
    other: Answer
    votes_for: int
    votes_against: int
    votes_tied: int

    @property
    def question(self) -> str:
        """Identifies the prompt with its two answers, whichever is preferred."""
        texts = "\x00".join(sorted([self.preferred.text, self.other.text]))
        return prompt_hash(self.messages) + hashlib.sha256(texts.encode()).hexdigest()


@dataclass
class Collected:
    """What was found: pairs in the order of runs and positions, and what was left out, by code."""

    pairs: list[FoundPair] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class JudgingPrompts:
    """What is in the test splits of a project that still judge: examples, and hashes of prompts."""

    examples: frozenset[int]
    hashes: frozenset[str]

    @classmethod
    def of(cls, project: Project) -> "JudgingPrompts":
        """Return those of a project."""
        items = DatasetItem.objects.filter(
            split=Split.TEST, version__in=judging_versions(project)
        ).values_list("revision__example_id", "revision__messages")
        examples, hashes = set(), set()
        for example_id, messages in items.iterator(chunk_size=ROWS_AT_ONCE):
            examples.add(example_id)
            hashes.add(prompt_hash(without_answer(messages)))
        return cls(frozenset(examples), frozenset(hashes))

    def has(self, comparison: Comparison) -> bool:
        """Whether the prompt of a comparison is among them."""
        revision = comparison.revision
        if revision is not None and revision.example_id in self.examples:
            return True
        return prompt_hash(comparison.prompt) in self.hashes


def judging_versions(project: Project) -> list[int]:
    """Return the versions whose test split still judges models, by id."""
    versions = DatasetVersion.objects.filter(project=project, retired_test_split=None)
    return list(versions.filter(items__split=Split.TEST).distinct().values_list("pk", flat=True))


def usable_runs(project: Project, run_ids: Sequence[int]) -> list[EvaluationRun]:
    """Return the runs, oldest first.

    Raises:
        InvalidInput: none or too many are named, one is unknown or not closed, or one is on a test
            split that still judges.
    """
    wanted = set(run_ids)
    if not 1 <= len(wanted) <= MAX_RUNS:
        raise InvalidInput(message("preferences.choose_runs", limit=MAX_RUNS), field="run_ids")
    related = ("candidate", "baseline", "dataset_version")
    found = EvaluationRun.objects.filter(project=project, pk__in=wanted).select_related(*related)
    runs = list(found.order_by("pk"))
    if len(runs) != len(wanted):
        raise InvalidInput(message("preferences.unknown_run"), field="run_ids")
    judging = set(judging_versions(project))
    for run in runs:
        if run.state != RunState.CLOSED:
            raise InvalidInput(message("preferences.not_closed", run=run.name), field="run_ids")
        version = run.dataset_version
        if run.split == Split.TEST and version is not None and version.pk in judging:
            reason = message("preferences.test_split", run=run.name, number=version.number)
            raise InvalidInput(reason, field="run_ids")
    return runs


def collect_pairs(
    project: Project, runs: Sequence[EvaluationRun], *, rule: str, min_votes: int
) -> Collected:
    """Return the pairs that the votes of these runs decide by a rule.

    Of the same prompt with the same two answers one pair is kept; if the votes of two runs
    contradict each other, none.
    """
    judging, collected = JudgingPrompts.of(project), Collected()
    for run in runs:
        checks = GoldCheck.objects.filter(source__run=run)
        gold = set(checks.values_list("source_id", flat=True))
        sampling = Sampling.from_json(run.sampling)
        for comparison in _comparisons(run):
            reason = _left_out(comparison, judging, is_gold=comparison.pk in gold)
            found = None if reason else _pair(run, comparison, sampling, rule, min_votes)
            if isinstance(found, FoundPair):
                collected.pairs.append(found)
            else:
                collected.left_out[reason or found or "undecided"] += 1
    return _without_repetitions(collected)


def _comparisons(run: EvaluationRun) -> Iterator[Comparison]:
    rows = run.comparisons.order_by("position").select_related("revision__example")
    yield from rows.prefetch_related("answers").iterator(chunk_size=ROWS_AT_ONCE)


def _left_out(comparison: Comparison, judging: JudgingPrompts, *, is_gold: bool) -> str:
    """Return why a comparison gives no pair, whatever its votes; empty if it may."""
    revision = comparison.revision
    if comparison.erased_at is not None:
        return "erased"
    if comparison.state != Comparison.State.CLOSED:
        return "not_counted"
    if is_gold:
        return "gold_check"
    if comparison.closing_identical:
        return "identical"
    if revision is not None and revision.example.state == State.RETIRED:
        return "retired"
    return "test_split" if judging.has(comparison) else ""


def _pair(
    run: EvaluationRun, comparison: Comparison, sampling: Sampling, rule: str, min_votes: int
) -> FoundPair | str:
    """Return the pair of a comparison, or why there is none."""
    ties = comparison.closing_tie_good + comparison.closing_tie_bad
    votes = Votes(comparison.closing_candidate, comparison.closing_baseline, ties)
    side = preferred_side(votes, rule=rule, min_votes=min_votes)
    if not side:
        return "undecided"
    answers = {answer.model_version_id: answer for answer in comparison.answers.all()}
    candidate, baseline = answers.get(run.candidate_id), answers.get(run.baseline_id)
    if candidate is None or baseline is None:
        return "not_counted"
    wins = side == "candidate"
    preferred, other = (candidate, baseline) if wins else (baseline, candidate)
    if unfit := _unfit(preferred, other):
        return unfit
    votes_for, against = max(votes.candidate, votes.baseline), min(votes.candidate, votes.baseline)
    messages = sampling.request_messages(comparison.prompt)
    return FoundPair(comparison, messages, preferred, other, votes_for, against, ties)


def _unfit(preferred: Answer, other: Answer) -> str:
    """Return why a model must not learn from two answers; empty if it may."""
    texts = {preferred.text.strip(), other.text.strip()}
    if ERASED in texts:
        return "erased"
    if len(texts) == 1:
        return "identical"
    if "" in texts or preferred.marks or other.marks:
        return "marks"
    return "cut" if preferred.finish_reason == CUT else ""


def _without_repetitions(collected: Collected) -> Collected:
    winners: dict[str, set[str]] = {}
    for pair in collected.pairs:
        winners.setdefault(pair.question, set()).add(pair.preferred.text)
    kept, seen = [], set()
    for pair in collected.pairs:
        if len(winners[pair.question]) > 1:
            collected.left_out["contradicted"] += 1
        elif pair.question in seen:
            collected.left_out["repeated"] += 1
        else:
            seen.add(pair.question)
            kept.append(pair)
    return Collected(kept, collected.left_out)
