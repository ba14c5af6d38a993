"""Looks up which conversations a project has already."""

from collections.abc import Collection, Iterable, Sequence
from functools import partial

from django.db.models import Q, QuerySet

from datasets.curation.actions import inspection_settings_for
from datasets.curation.models import Revision
from datasets.ingest.files.known import Known, KnownHashes, nothing_known
from datasets.ingest.files.prepare import Reading, prepare
from datasets.ingest.files.raw import KnownRow, Outcome, PreparedRow, TakenRow
from datasets.ingest.files.source import Source
from datasets.inspections import InspectionSettings
from reviewapp.people.models import Project

ROWS_AT_ONCE = 10_000


def known_hashes(project: Project, hashes: Collection[str]) -> set[str]:
    """Return those of the content hashes that a revision of the project already has.

    A deleted example does not count, unless it was erased: importing its row again creates it anew.
    """
    if not (project.pk and hashes):
        return set()
    return set(_stored(project).filter(content_hash__in=set(hashes)))


def reading_of(project: Project, file: Source, *, processes: int) -> Reading:
    """Return how the rows of a file are read for a project, by so many helper processes."""
    settings, known = inspection_settings_for(project), _known_while_reading(project, processes)
    return Reading(file.format, settings, file.mapping, known)


def _known_while_reading(project: Project, processes: int) -> Known:
    """Return what tells a row of an existing conversation while a file is read.

    Helper processes have no connection to the database: they get all hashes at once. A chunk is
    compared again when it is stored.
    """
    if not project.pk:
        return nothing_known
    if processes == 0:
        return partial(known_hashes, project)
    return KnownHashes(_stored(project).iterator(chunk_size=ROWS_AT_ONCE))


def _stored(project: Project) -> "QuerySet[Revision, str]":
    known = Revision.objects.filter(
        Q(example__deleted_at=None) | Q(example__erased_at__isnull=False),
        example__project=project,
    )
    return known.order_by().values_list("content_hash", flat=True)


def new_rows(
    rows: Iterable[TakenRow], known: set[str], settings: InspectionSettings
) -> list[PreparedRow]:
    """Return the rows with new conversations; the first row of each conversation.

    One that was known when it was read, and is no longer, is prepared now.
    """
    fresh = {row.content_hash: row for row in reversed([*rows]) if row.content_hash not in known}
    in_order = sorted(fresh.values(), key=lambda row: row.line)
    return [prepare(row, settings) if isinstance(row, KnownRow) else row for row in in_order]


def taken_rows(outcomes: Sequence[Outcome]) -> list[TakenRow]:
    """Return the outcomes that are not rejected."""
    return [outcome for outcome in outcomes if isinstance(outcome, TakenRow)]
