"""Freezes the currently approved examples into a numbered version that never changes."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import IO, Any

from django.db import transaction
from django.utils.translation import gettext

from datasets.conversations.split import SPLITS
from datasets.curation.actions.locking import required_text
from datasets.similarity.variety import Diversity
from datasets.versions.exports import version_digest
from datasets.versions.files import lines_of
from datasets.versions.models import DatasetFile, DatasetItem, DatasetVersion, VersionEvent
from datasets.versions.plans import Changes, Plan, changes_since, plan_version
from datasets.versions.preflight import PreflightCheck, PreflightReport
from datasets.versions.splits import DEFAULT_SHARES, Leak
from datasets.versions.storage import hold_storage, store_file, temporary_file
from datasets.versions.variety import diversity_of
from reviewapp.core.db.copying import copy_rows
from reviewapp.core.errors import (
    InvalidTransition,
    SplitLeakage,
    StaleRevision,
)
from reviewapp.core.messages import Message, message
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import Permission, require_permission

MAX_CHANGELOG_LENGTH = 4000
MAX_NAMED_LEAKS = 5


@transaction.atomic
def freeze_version(
    *,
    project: Project,
    changelog: str,
    actor: User,
    shares: Mapping[str, int] = DEFAULT_SHARES,
    seen: str = "",
) -> DatasetVersion:
    """Freeze the approved examples without open blocking findings as the next version.

    Only one version of a project is frozen at a time; examples can be edited meanwhile, and those
    approved when this begins are included. `seen` is the fingerprint of the plan that the user saw,
    empty if they saw none.

    Args:
        shares: whole percents of train, validation and test that add up to 100.

    Raises:
        PermissionDeniedError: the actor is not a lead.
        InvalidInput: the changelog is missing, or the shares do not add up.
        StaleRevision: what would be frozen has changed since the user saw it.
        SplitLeakage: the test split would hold training data; the message names the examples.
        InvalidTransition: nothing is approved, or nothing has changed since the latest version.
        OSError: the files could not be stored; nothing is frozen.
    """
    require_permission(actor, project, Permission.LEAD)
    ask = gettext("Describe what changed since the last version.")
    changelog = required_text(changelog, message_if_empty=ask, max_length=MAX_CHANGELOG_LENGTH)
    # Examples refer to the project's row; this lock does not block writing them.
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    hold_storage()
    plan = plan_version(project, shares)
    latest = project.versions.first()
    # A mini-batch holds only a part of the golden set.
    whole = project.versions.filter(parent=None).first()
    changes = changes_since(plan, whole) if whole else None
    _check_plan(plan, changes, seen)
    version = DatasetVersion(
        project=project,
        number=latest.number + 1 if latest else 1,
        changelog=changelog,
        shares=dict(shares),
        created_by=actor,
    )
    store_frozen(version, plan, changes)
    return version


def store_frozen(
    version: DatasetVersion, plan: Plan, changes: Changes | None, **summary: Any
) -> None:
    """Store a version with its files, its members and its event.

    The caller holds the storage (`hold_storage`) and has locked the project.

    Args:
        summary: stored beside counts and changes.
    """
    version.summary = {**_summary(plan, changes, diversity_of(version.project)), **summary}
    _store(version, plan, _write_files(plan, version.project))
    _record(version, plan, version.created_by)


def _check_plan(plan: Plan, changes: Changes | None, seen: str) -> None:
    if not len(plan):
        raise InvalidTransition(message("versions.nothing_approved"))
    if seen and seen != plan.fingerprint:
        raise StaleRevision(message("versions.plan_changed"))
    if plan.leaks:
        raise SplitLeakage(leakage_message(plan.leaks))
    if changes is not None and changes.is_empty:
        raise InvalidTransition(message("versions.nothing_changed", number=changes.since))


def leakage_message(found: list[Leak]) -> Message:
    """Return which examples prevent the freeze and what to do about them."""
    pairs = [
        message(
            "versions.leaked_pair",
            number=str(leak.in_test),
            other=str(leak.elsewhere),
            split=leak.split,
        )
        for leak in found[:MAX_NAMED_LEAKS]
    ]
    rest = len(found) - MAX_NAMED_LEAKS
    if rest > 0:
        return message("versions.leakage.more", pairs=pairs, n=rest)
    return message("versions.leakage", pairs=pairs)


def run_preflight(plan: Plan, project: Project) -> dict[str, PreflightReport]:
    """Generate the bytes of each file and check them as a provider would; nothing is stored."""
    check = PreflightCheck(model=project.tokenizer_model)
    return {
        split: check.file(split, lines_of([member.revision_id for member in plan.members[split]]))
        for split in SPLITS
    }


def _write_files(plan: Plan, project: Project) -> dict[str, PreflightReport]:
    """Store the bytes of each file before any row refers to them; return their reports."""
    check = PreflightCheck(model=project.tokenizer_model)
    reports = {}
    for split in SPLITS:
        with temporary_file() as content:
            lines = lines_of([member.revision_id for member in plan.members[split]])
            reports[split] = check.file(split, _copied(lines, content))
            store_file(content, reports[split].sha256)
    return reports


def _copied(lines: Iterable[bytes], target: IO[bytes]) -> Iterator[bytes]:
    for line in lines:
        target.write(line)
        yield line


def _summary(plan: Plan, changes: Changes | None, diversity: Diversity | None) -> dict[str, Any]:
    """Return the counts that the version's page shows, so that it need not count items again."""
    return {
        "counts": {
            kind: [asdict(count) for count in counts] for kind, counts in plan.counts().items()
        },
        "left_out": dict(plan.left_out),
        "changes": asdict(changes) if changes else None,
        "overlaps": plan.overlaps.as_json(),
        "diversity": asdict(diversity) if diversity else None,
    }


def _store(version: DatasetVersion, plan: Plan, reports: Mapping[str, PreflightReport]) -> None:
    version.digest = version_digest({split: report.sha256 for split, report in reports.items()})
    version.save(force_insert=True)
    for split, report in reports.items():
        DatasetFile.objects.create(
            version=version,
            split=split,
            sha256=report.sha256,
            size_bytes=report.size_bytes,
            examples=report.examples,
            tokens=plan.tokens(split),
            preflight=report.as_json(),
        )
        items = (
            {
                "version_id": version.pk,
                "revision_id": member.revision_id,
                "review_id": member.review_id,
                "split": split,
                "position": position,
            }
            for position, member in enumerate(plan.members[split], start=1)
        )
        copy_rows(DatasetItem, items)


def _record(version: DatasetVersion, plan: Plan, actor: User) -> None:
    VersionEvent.objects.create(
        project=version.project,
        version=version,
        actor=actor,
        action="freeze",
        after=version.digest,
        reason=version.changelog,
        detail={
            "number": version.number,
            "shares": version.shares,
            "examples": {split: len(plan.members[split]) for split in SPLITS},
            "left_out": dict(plan.left_out),
            "parent": version.parent and version.parent.number,
            "replay_percent": version.replay_percent,
        },
    )
