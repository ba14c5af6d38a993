"""Which files of frozen versions a member may not read at present."""

from datasets.curation.visibility import hidden_from
from datasets.versions.models import DatasetFile, DatasetItem
from reviewapp.core.errors import PermissionDeniedError
from reviewapp.people.models import User


def require_readable_file(user: User, file: DatasetFile) -> None:
    """Check that the member may read every example of a frozen file.

    Raises:
        PermissionDeniedError: one of them is hidden from the member.
    """
    items = DatasetItem.objects.filter(version=file.version, split=file.split)
    for examples, reason in hidden_from(user, file.version.project):
        if items.filter(revision__example__in=examples).exists():
            raise PermissionDeniedError(reason)
