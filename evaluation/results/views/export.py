"""The export of a run as one file."""

from collections.abc import Iterator
from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from typing import IO

from django.http import StreamingHttpResponse
from django.views.decorators.http import require_POST

from evaluation.results.actions.export import export_run
from evaluation.results.views.run import run_of
from evaluation.runs.models import EvaluationRun
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.models import User
from reviewapp.people.permissions import Permission

_IN_MEMORY = 8 * 2**20
_CHUNK = 2**16


@require_POST
@project_view(Permission.LEAD)
def export(request: ProjectRequest, run_id: int) -> StreamingHttpResponse:
    """Return the run with its answers and votes as a ZIP file."""
    return exported(run_of(request, run_id), request.user)


def exported(run: EvaluationRun, actor: User) -> StreamingHttpResponse:
    """Export a run for the actor; the response is the ZIP file."""
    with ExitStack() as stack:
        file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed when it is read.
        stack.callback(file.close)
        export_run(run=run, file=file, actor=actor)
        stack.pop_all()
    file.seek(0)
    return StreamingHttpResponse(
        _chunks(file),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="run-{run.pk}.zip"'},
    )


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK):
            yield chunk
