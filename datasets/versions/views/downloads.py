"""A file of a version as an answer over HTTP, the same from the page and from the API."""

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from datasets.versions import actions as versions
from datasets.versions.files import digest_headers
from datasets.versions.models import DatasetFile
from reviewapp.people.http import conditional_response, is_head_request, signed_in_user

JSON_LINES = "application/jsonl"


def file_response(request: HttpRequest, file: DatasetFile) -> HttpResponseBase:
    """Return the exact bytes of a file, recorded as handed out; only headers where that will do.

    Raises:
        PermissionDeniedError: the person is no member of the project.
        DigestMismatch: the stored bytes are lost and cannot be made again.
    """
    headers = digest_headers(file)
    if response := conditional_response(request, headers):
        return response
    if is_head_request(request):
        headers["Content-Length"] = str(file.stored_bytes)
        return HttpResponse(content_type=JSON_LINES, headers=headers)
    made = versions.export_file(file_id=file.pk, actor=signed_in_user(request))
    return FileResponse(
        made.content,
        as_attachment=True,
        filename=made.name,
        content_type=JSON_LINES,
        headers=headers,
    )
