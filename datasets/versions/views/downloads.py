"""A file of a version as an HTTP response, the same for the page and the API."""

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from datasets.versions import actions as versions
from datasets.versions.files import digest_headers
from datasets.versions.models import DatasetFile
from reviewapp.people.http import conditional_response, is_head_request, signed_in_user

JSON_LINES = "application/jsonl"


def file_response(request: HttpRequest, file: DatasetFile) -> HttpResponseBase:
    """Return the bytes of a file and record the export; only headers for HEAD or a known ETag.

    Raises:
        PermissionDeniedError: the user is not a member of the project.
        DigestMismatch: the stored bytes are lost and cannot be generated again.
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
