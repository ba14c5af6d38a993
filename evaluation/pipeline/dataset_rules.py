"""The gates of the steps curate and format: what a frozen version is like. Pure."""

from __future__ import annotations

from datasets.versions.overlaps import FilesCount
from datasets.versions.splits import ENOUGH_FOR_INTENT
from evaluation.pipeline.facts import (
    IntentCount,
    PipelineGate,
    PipelineStep,
    VersionFacts,
    issue_codes,
)
from evaluation.pipeline.rules import FAILED, OPEN, PASSED, Judged, Rule, of_version
from reviewapp.core.messages import Message, message, sentences

MIN_APPROVED_SHARE = 0.8
"""Approved examples, of those that were approved or still waited when the version was frozen."""
MIN_POLICY_COVERAGE = 0.8
"""Policies of the library that at least one example of the version cites."""
MAX_INTENT_SHARE = 0.5
"""Share of the examples that one intent may have."""
MIN_DIVERSITY = 0.5
"""How varied the customers' texts must be, as a share of the imports."""
SHOWN = 3

ROLE_CODES = frozenset(
    f"preflight.{code}"
    for code in (
        *("developer_role", "unknown_role", "no_answer", "image_role", "weight_role"),
        *("tool_answer", "message"),
    )
)
TOKEN_CODES = frozenset({"preflight.too_many_tokens", "preflight.file_too_large"})


def approved_share(version: VersionFacts) -> Judged:
    """Return whether most of what was not retired had been approved when it was frozen."""
    if version.unapproved is None:
        return OPEN, message("pipeline.not_counted")
    of = version.total + version.unapproved
    share = version.total / of if of else 0.0
    found = {"n": version.total, "total": of, "share": share, "limit": MIN_APPROVED_SHARE}
    if share >= MIN_APPROVED_SHARE:
        return PASSED, message("pipeline.approved", **found)
    return FAILED, message("pipeline.too_few_approved", **found)


def policy_coverage(version: VersionFacts) -> Judged:
    """Return whether enough policies of the library are cited by an example."""
    total = len(version.policies)
    if not total:
        return OPEN, message("pipeline.no_policies")
    cited = total - len(version.uncited)
    found = {"n": total, "cited": cited, "limit": MIN_POLICY_COVERAGE}
    missing = list(version.uncited[:SHOWN])
    if cited / total < MIN_POLICY_COVERAGE:
        return FAILED, message("pipeline.too_few_policies", missing=missing, **found)
    if missing:
        return PASSED, message("pipeline.most_policies", missing=missing, **found)
    return PASSED, message("pipeline.all_policies", **found)


def diversity(version: VersionFacts) -> Judged:
    """Return whether no intent has too few or most examples, and the texts are varied enough."""
    named = [intent for intent in version.intents if intent.name]
    if not named:
        return OPEN, message("pipeline.no_intents")
    if reason := _one_sided(version, named):
        return FAILED, reason
    small = [intent.name for intent in named if intent.examples < ENOUGH_FOR_INTENT]
    if small:
        return FAILED, message(
            "pipeline.small_intents",
            n=len(small),
            total=len(named),
            names=sorted(small)[:SHOWN],
            limit=ENOUGH_FOR_INTENT,
        )
    diverse = message("pipeline.diverse", n=len(named), limit=ENOUGH_FOR_INTENT)
    if (measured := version.diversity) is None:
        return PASSED, diverse
    found = {"ratio": measured.ratio, "error": measured.error}
    # The error decides in favour of the version.
    if measured.ratio + 2 * measured.error < MIN_DIVERSITY:
        return FAILED, message("pipeline.too_uniform", limit=MIN_DIVERSITY, **found)
    return PASSED, message("pipeline.diverse_texts", intents=diverse, **found)


def _one_sided(version: VersionFacts, named: list[IntentCount]) -> Message | None:
    largest = max(named, key=lambda intent: intent.examples)
    share = largest.examples / version.total if version.total else 0.0
    if share <= MAX_INTENT_SHARE:
        return None
    return message("pipeline.one_intent", intent=largest.name, share=share, limit=MAX_INTENT_SHARE)


def roles(version: VersionFacts) -> Judged:
    """Return whether the roles of all messages are ones that providers accept."""
    found = _with_codes(version, ROLE_CODES)
    if found:
        return FAILED, message("pipeline.roles_wrong", n=len(found), issue=found[0])
    return PASSED, message("pipeline.roles_right")


def token_budget(version: VersionFacts) -> Judged:
    """Return whether no example and no file is too long for a provider."""
    found = _with_codes(version, TOKEN_CODES)
    if found:
        return FAILED, message("pipeline.too_long", n=len(found), issue=found[0])
    return PASSED, message("pipeline.tokens", n=version.tokens)


def preflight(version: VersionFacts) -> Judged:
    """Return whether the exact bytes have no error at all."""
    if version.errors:
        n = len(version.errors)
        return FAILED, message("pipeline.preflight_errors", n=n, issue=version.errors[0])
    if version.warnings:
        n = len(version.warnings)
        return PASSED, message("pipeline.preflight_warnings", n=n)
    return PASSED, message("pipeline.preflight_clean")


def split_overlap(version: VersionFacts) -> Judged:
    """Return whether no example is much like one of another file: train, validation and test.

    A version with a shared prompt cannot be frozen (`datasets/versions/actions/freezing.py`).
    """
    found = version.overlaps or ()
    apart = [count for count in found if count.is_apart]
    if apart:
        parts = [_alike(count) for count in apart]
        return FAILED, message("pipeline.overlap", n=sum(count.n for count in apart), parts=parts)
    if not version.test:
        return OPEN, message("pipeline.no_test_file")
    if version.overlaps is None:
        return PASSED, message("pipeline.no_shared_prompt", n=version.test)
    passed = message("pipeline.no_overlap", n=version.total)
    contradictions = sum(count.n for count in found)
    if not contradictions:
        return PASSED, passed
    return PASSED, sentences([passed, message("pipeline.two_answers_inside", n=contradictions)])


def _alike(count: FilesCount) -> Message:
    code = f"pipeline.overlap_{count.kind}"
    return message(code, n=count.n, split=count.split, other=count.other_split)


def _with_codes(version: VersionFacts, codes: frozenset[str]) -> list[Message]:
    return [error for error in version.errors if codes.intersection(issue_codes(error))]


RULES = (
    Rule(PipelineGate.APPROVED_SHARE, PipelineStep.CURATE, of_version(approved_share)),
    Rule(PipelineGate.POLICY_COVERAGE, PipelineStep.CURATE, of_version(policy_coverage)),
    Rule(PipelineGate.DIVERSITY, PipelineStep.CURATE, of_version(diversity)),
    Rule(PipelineGate.ROLES, PipelineStep.FORMAT, of_version(roles)),
    Rule(PipelineGate.TOKEN_BUDGET, PipelineStep.FORMAT, of_version(token_budget)),
    Rule(PipelineGate.PREFLIGHT, PipelineStep.FORMAT, of_version(preflight)),
    Rule(PipelineGate.SPLIT_OVERLAP, PipelineStep.FORMAT, of_version(split_overlap)),
)
