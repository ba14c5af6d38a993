"""Handing out the file of a split, with a record of who took it."""

from contextlib import ExitStack
from dataclasses import dataclass
from typing import IO

from django.db import transaction

from datasets.versions.exports import PREFIXES, Flavour
from datasets.versions.files import write_file
from datasets.versions.models import DatasetFile, VersionEvent
from datasets.versions.permissions import require_readable_file
from datasets.versions.storage import temporary_file
from reviewapp.people.models import User
from reviewapp.people.permissions import Permission, require_permission


@dataclass(frozen=True)
class Export:
    """A file of a version, open at its beginning; whoever asked for it closes it.

    `size_bytes` counts the flavour's prefix; the stored SHA-256 is that of what follows it.
    """

    file: DatasetFile
    content: IO[bytes]
    size_bytes: int

    @property
    def name(self) -> str:
        """What the file is called on somebody's disk: "aurora-v3-train.jsonl"."""
        version = self.file.version
        return f"{version.project.slug}-v{version.number}-{self.file.split}.jsonl"


def export_file(*, file_id: int, actor: User | None, flavour: Flavour = Flavour.PLAIN) -> Export:
    """Return the stored bytes of a frozen file, compared with its digest.

    `actor` None is the system (a command).

    Raises:
        PermissionDeniedError: the actor is no member of the project, or votes on examples of the
        file.
        DigestMismatch: the stored bytes are lost and cannot be made again.
    """
    file = DatasetFile.objects.select_related("version__project").get(pk=file_id)
    project = file.version.project
    require_permission(actor, project, Permission.VIEW)
    if actor is not None:
        require_readable_file(actor, file)
    with ExitStack() as on_error:
        content = on_error.enter_context(temporary_file())
        # The transaction ends before anybody waits for the bytes.
        with transaction.atomic():
            write_file(content, file, flavour=flavour)
            VersionEvent.objects.create(
                project=project,
                version=file.version,
                actor=actor,
                action="export",
                detail={"split": file.split, "sha256": file.stored_sha256, "flavour": flavour},
            )
        on_error.pop_all()
    return Export(file, content, file.stored_bytes + len(PREFIXES[flavour]))
