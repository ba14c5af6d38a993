"""The OpenAPI document, with what holds for every address and no view says for itself."""

from typing import Any

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


# What may answer before a view is asked: a token without the scope, an address or a body that
# cannot be read, no database; for a write also that its key is still at work.
EVERYWHERE = (403, 422, 503)
OF_WRITES = (400, 409, 411, 413)
PROBLEM = {
    "description": "Problem details",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


class DescribedAPI(NinjaAPI):
    """An API whose document says that errors are problem details and writes may be repeated."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """Return the document of this API."""
        document = super().get_openapi_schema(**options)
        for methods in document["paths"].values():
            for method, operation in methods.items():
                is_write = method.upper() in WRITES
                for status in (*EVERYWHERE, *(OF_WRITES if is_write else ())):
                    operation["responses"].setdefault(status, PROBLEM)
                _describe_errors(operation["responses"])
                if is_write:
                    operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
        return document


def _describe_errors(responses: dict[Any, Any]) -> None:
    for status, answer in responses.items():
        content = answer.get("content", {})
        if int(status) >= 400 and "application/json" in content:  # noqa: PLR2004 first error status
            content[MEDIA_TYPE] = content.pop("application/json")
