"""The OpenAPI document: adds the errors and headers that all operations share."""

from typing import Any

from django.conf import settings
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from reviewapp.web.api.middleware import MAX_KEY_LENGTH, WRITES
from reviewapp.web.api.problems import MEDIA_TYPE

IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Any text of your own. The same request with the same key is done once and "
    "answered alike for a week.",
    "schema": {"type": "string", "maxLength": MAX_KEY_LENGTH},
}
# Every operation may answer with these: no token, no permission or scope, no such object, an
# address or a body that cannot be read, no database.
COMMON_ERRORS = (401, 403, 404, 422, 503)
WRITE_ERRORS = (400, 409, 411, 413)
ERROR_RESPONSE = {
    "description": "Problem details",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


class DocumentedAPI(NinjaAPI):
    """An API whose document describes the common errors and the Idempotency-Key of writes."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """Return the document of this API."""
        document = super().get_openapi_schema(**options)
        _set_server(document, settings.BASE_PATH)
        for methods in document["paths"].values():
            for method, operation in methods.items():
                is_write = method.upper() in WRITES
                for status in (*COMMON_ERRORS, *(WRITE_ERRORS if is_write else ())):
                    operation["responses"].setdefault(status, ERROR_RESPONSE)
                _describe_errors(operation["responses"])
                if is_write:
                    operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
        return document


def _set_server(document: OpenAPISchema, base: str) -> None:
    """Name the path that Touchstone is served below once, as the server; the paths are without."""
    document["servers"] = [{"url": base or "/"}]
    paths = document["paths"]
    document["paths"] = {path.removeprefix(base): methods for path, methods in paths.items()}


def _describe_errors(responses: dict[Any, Any]) -> None:
    for status, answer in responses.items():
        content = answer.get("content", {})
        if int(status) >= 400 and "application/json" in content:  # noqa: PLR2004 first error status
            content[MEDIA_TYPE] = content.pop("application/json")
