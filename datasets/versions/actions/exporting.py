"""Export of the file of a split, with an event that records who took it."""

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
    """An open file of a version, at its beginning; the caller closes it.

    `size_bytes` includes the prefix of the flavour; the stored SHA-256 is that of what follows it.
    """

    file: DatasetFile
    content: IO[bytes]
    size_bytes: int

    @property
    def name(self) -> str:
        """The name of the downloaded file: "aurora-v3-train.jsonl"."""
        version = self.file.version
        return f"{version.project.slug}-v{version.number}-{self.file.split}.jsonl"


def export_file(*, file_id: int, actor: User | None, flavour: Flavour = Flavour.PLAIN) -> Export:
    """Return the stored bytes of a frozen file, after comparing them with its digest.

    `actor` None is the system (a command).

    Raises:
        PermissionDeniedError: the actor is not a member of the project, or votes on examples of the
            file.
        DigestMismatch: the stored bytes are lost and cannot be generated again.
    """
    file = DatasetFile.objects.select_related("version__project").get(pk=file_id)
    project = file.version.project
    require_permission(actor, project, Permission.VIEW)
    if actor is not None:
        require_readable_file(actor, file)
    with ExitStack() as on_error:
        content = on_error.enter_context(temporary_file())
        # The transaction ends before the bytes are sent.
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
