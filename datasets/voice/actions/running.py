"""Inspect all examples of a project by its house voice, chunk by chunk.

Each chunk is a transaction that also stores how far it is, so that a killed worker's job goes on.
Examples that are revised meanwhile are inspected by the new rules anyway.
"""

import json
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone

from datasets.curation.actions.revision_storage import (
    by_subject,
    content_of,
    finding_values,
    keep_dismissals,
)
from datasets.curation.models import Finding, GoldenExample, Revision
from datasets.inspections.voice import voice_findings
from datasets.inspections.voice_rules import VOICE_PREFIX, VoiceRule
from datasets.voice.current import rules_in
from datasets.voice.models import VoiceInspection
from reviewapp.core.db.updating import update_rows
from reviewapp.jobs.actions import ClaimLost, claim_job, finish_job, lock_claimed

CHUNK = 200


def run_inspection(inspection_id: int) -> None:
    """Inspect the remaining examples of a job; safe to call twice."""
    job = claim_job(VoiceInspection, inspection_id)
    if job is None:
        return
    rules = rules_in(job.ruleset)
    try:
        while _inspect_chunk(job, rules):
            pass
    except ClaimLost:
        return
    finish_job(job)


@transaction.atomic
def _inspect_chunk(job: VoiceInspection, rules: tuple[VoiceRule, ...]) -> bool:
    """Inspect the next examples; return False if none is left.

    Raises:
        ClaimLost: another worker holds the job, or newer rules have cancelled it.
    """
    row = lock_claimed(job)
    examples = GoldenExample.with_deleted.filter(
        project=row.ruleset.project_id, erased_at=None, pk__gt=row.cursor
    )
    locked = list(examples.select_for_update(of=("self",)).order_by("pk")[:CHUNK])
    if not locked:
        return False
    row.changed += _inspect(locked, rules)
    row.done, row.cursor = row.done + len(locked), locked[-1].pk
    row.heartbeat_at, row.attempts = timezone.now(), 0
    row.save(update_fields=["changed", "done", "cursor", "heartbeat_at", "attempts"])
    return True


def _inspect(examples: Sequence[GoldenExample], rules: tuple[VoiceRule, ...]) -> int:
    """Store the findings of locked examples; return how many examples have others than before."""
    revisions = Revision.objects.filter(
        example__in=examples, number=F("example__latest_number")
    ).select_related("intent")
    stored: dict[int, list[Finding]] = {revision.pk: [] for revision in revisions}
    for finding in Finding.objects.filter(
        revision__in=stored, code__startswith=VOICE_PREFIX
    ).select_related("dismissed_by"):
        stored[finding.revision_id].append(finding)
    added: list[Finding] = []
    gone: list[int] = []
    for revision in revisions:
        new, old = _difference(revision, stored[revision.pk], rules)
        added += new
        gone += old
    if not added and not gone:
        return 0
    changed = {finding.revision_id for finding in added}
    changed |= {
        pk for pk, findings in stored.items() if any(finding.pk in gone for finding in findings)
    }
    Finding.objects.filter(pk__in=gone).delete()
    Finding.objects.bulk_create(added)
    _count(examples, {revision.example_id: revision.pk for revision in revisions}, changed)
    return len(changed)


def _difference(
    revision: Revision, stored: Sequence[Finding], rules: tuple[VoiceRule, ...]
) -> tuple[list[Finding], list[int]]:
    """Return the findings to add, and the ids of those that no rule gives any more.

    A finding that stays the same keeps its row, and with it its dismissal.
    """
    found = [
        Finding(revision=revision, **finding_values(finding))
        for finding in voice_findings(content_of(revision), rules)
    ]
    wanted = {_identity(finding) for finding in found}
    kept = {_identity(finding) for finding in stored}
    added = [finding for finding in found if _identity(finding) not in kept]
    for finding in stored:
        finding.revision = revision
    dismissed = [finding for finding in stored if finding.state == Finding.State.DISMISSED]
    keep_dismissals(added, revision, by_subject(dismissed))
    return added, [finding.pk for finding in stored if _identity(finding) not in wanted]


def _identity(finding: Finding) -> tuple[object, ...]:
    text = json.dumps(finding.text.as_json(), sort_keys=True)
    place = (finding.message_index, finding.start, finding.end)
    fix = (finding.replacement, finding.removes)
    return finding.code, finding.severity, *place, *fix, text


def _count(
    examples: Iterable[GoldenExample], latest: dict[int, int], changed: Iterable[int]
) -> None:
    """Store the counts of open findings of the examples whose latest revision has changed ones."""
    still_open = Finding.objects.filter(revision__in=changed, state=Finding.State.OPEN)
    counted = (
        still_open.order_by()
        .values_list("revision")
        .annotate(Count("pk"), blocking=Count("pk", filter=Q(severity=Finding.Severity.BLOCKING)))
    )
    counts = {revision: numbers for revision, *numbers in counted}
    revised = [example for example in examples if latest[example.pk] in set(changed)]
    for example in revised:
        example.open_findings, example.blocking_findings = counts.get(latest[example.pk], (0, 0))
        example.updated_at = timezone.now()
    update_rows(revised, ["open_findings", "blocking_findings", "updated_at"])
