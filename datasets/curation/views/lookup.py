"""Look up objects by the ids in a URL, within the project of the request."""

from collections.abc import Mapping

from django.shortcuts import get_object_or_404

from datasets.curation.models import EditDraft, Finding, GoldenExample, Revision
from datasets.curation.visibility import require_readable, with_visibility
from reviewapp.people.http import ProjectRequest
from reviewapp.people.permissions import Permission

# No id has more digits than fit into 64 bits.
MAX_NUMBER_DIGITS = 18


def query_number(query: Mapping[str, str], name: str) -> int | None:
    """Return a whole number from the query of a URL; None if it is missing or is not a number."""
    value = query.get(name, "")
    is_number = value.isascii() and value.isdecimal() and len(value) <= MAX_NUMBER_DIGITS
    return int(value) if is_number else None


def example_or_404(request: ProjectRequest, example_id: int) -> GoldenExample:
    """Return an example of the request's project, or raise 404.

    Raises:
        PermissionDeniedError: its text is hidden from the user at present.
    """
    examples = GoldenExample.objects.select_related("intent").filter(project=request.project)
    readable = with_visibility(examples, request.user, request.project)
    example = get_object_or_404(readable, pk=example_id)
    example.project = request.project
    require_readable(request.user, example)
    return example


def draft_of(request: ProjectRequest, example: GoldenExample) -> EditDraft | None:
    """Return the user's unsaved changes to an example; None if there are none."""
    if Permission.CURATE not in request.permissions:
        return None
    return EditDraft.objects.filter(example=example, user=request.user).first()


def finding_or_404(request: ProjectRequest, finding_id: int) -> Finding:
    """Return a finding in the request's project, or raise 404.

    Raises:
        PermissionDeniedError: the text of its example is hidden from the user at present.
    """
    findings = Finding.objects.select_related("revision__example__project")
    found = get_object_or_404(
        findings,
        pk=finding_id,
        revision__example__project=request.project,
        revision__example__deleted_at=None,
    )
    require_readable(request.user, found.revision.example)
    return found


def revision_or_404(example: GoldenExample, number: int) -> Revision:
    """Return a revision by its number, or raise 404."""
    revisions = Revision.objects.select_related("author", "intent")
    revision = get_object_or_404(revisions, example=example, number=number)
    revision.example = example
    return revision
