"""The parts of a comparison that can be erased."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from evaluation.adjudication.models import Adjudication
from evaluation.runs.models import Answer, Comparison, RunEvent
from evaluation.voting.models import Lease, Vote
from reviewapp.core.erased import ERASED


class Part(models.TextChoices):
    """A part of a comparison."""

    PROMPT = "prompt", _("The prompt")
    BASELINE = "baseline", _("The baseline's answer")
    CANDIDATE = "candidate", _("The candidate's answer")
    RATIONALES = "rationales", _("What reviewers wrote about them")


def parts_with_text(comparison: Comparison) -> set[Part]:
    """Return the parts that are not erased yet; rationales only where a reviewer wrote one."""
    run = comparison.run
    parts = set()
    if any(message.get("content") != ERASED for message in comparison.prompt):
        parts.add(Part.PROMPT)
    for answer in Answer.objects.filter(comparison=comparison):
        if answer.text.strip() not in {"", ERASED}:
            parts.add(
                Part.CANDIDATE if answer.model_version_id == run.candidate_id else Part.BASELINE
            )
    if _has_rationales(comparison):
        parts.add(Part.RATIONALES)
    return parts


def _has_rationales(comparison: Comparison) -> bool:
    votes = Vote.objects.filter(comparison=comparison).exclude(rationale="")
    notes = Lease.objects.filter(comparison=comparison).exclude(note__in=["", ERASED])
    reasons = RunEvent.objects.filter(run=comparison.run_id, detail__comparison=comparison.pk)
    reasons = reasons.exclude(Q(reason__in=["", ERASED]) | Q(action="erase_example"))
    outcomes = Adjudication.objects.filter(comparison=comparison).exclude(note__in=["", ERASED])
    return votes.exists() or notes.exists() or reasons.exists() or outcomes.exists()
