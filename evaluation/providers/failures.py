"""Classification of the errors of model services: retry, give up the answer, or stop the run.

Services agree on little: one status (429) means "wait" as well as "no credit", some send errors
with status 200, and codes differ by vendor. So the code decides first, then the status and the
text together. An unknown error fails only this answer, except where the status concerns all.
"""

import re
from dataclasses import dataclass
from typing import Any

from evaluation.providers.base import (
    PermanentFailure,
    ProviderBlocked,
    ProviderError,
    TemporaryFailure,
    redact_key,
)
from reviewapp.core.messages import Message, message

CODE = re.compile(r"[A-Za-z0-9_.-]{1,80}")
TITLE = re.compile(r"<title[^>]*>([^<]{1,200})", re.IGNORECASE)
MAX_DETAIL = 200
MAX_DEPTH = 4
OK, BAD_REQUEST, UNAUTHORISED, PAYMENT_REQUIRED, FORBIDDEN, NOT_FOUND = 200, 400, 401, 402, 403, 404
UNPROCESSABLE = 422
TOO_MANY, SERVER_ERROR, OVERLOADED, MAX_STATUS = 429, 500, 529, 599
PASSING_STATUSES = {408, 409, 425}
STATUS_OF_TYPE = {
    "invalid_request_error": BAD_REQUEST,
    "authentication_error": UNAUTHORISED,
    "permission_error": FORBIDDEN,
    "not_found_error": NOT_FOUND,
    "rate_limit_error": TOO_MANY,
}

QUOTA_CODES = {
    "insufficient_quota",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
    "billing_hard_limit_reached",
    "billing_not_active",
    "billing_error",
    "account_deactivated",
    "budget_exceeded",
    "insufficient_credits",
    "insufficient_balance",
    "payment_required",
}
CONTENT_CODES = {
    "content_filter",
    "content_policy_violation",
    "responsibleaipolicyviolation",
    "moderation_blocked",
    "data_inspection_failed",
    "invalid_prompt",
    "safety",
}
LENGTH_CODES = {
    "context_length_exceeded",
    "exceed_context_size_error",
    "string_above_max_length",
    "request_too_large",
}
RATE_LIMIT_CODES = {"rate_limit_exceeded", "slow_down", "server_is_overloaded", "overloaded_error"}
KEY_CODES = {"invalid_api_key", "invalidapikey", "authentication_error", "invalid_authentication"}
MODEL_CODES = {"model_not_found", "model_not_available", "unknown_model", "deploymentnotfound"}


def _words(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives))


MONEY = _words(
    r"insufficient (quota|credit|balance|fund)",
    r"(budget|credit|spend(ing)?|billing|key|monthly|quota) (hard )?limit (has been |was )?"
    r"(reached|exceeded)",
    r"exceeded (your|the|its) (current |monthly |daily )?(quota|budget|credit|spend)",
    r"(budget|quota|credits?|balance) (has been |have been |was |is |are )?"
    r"(exceeded|exhausted|used up|depleted|too low)",
    r"exceeded ?budget|out of credits?|not enough (credit|balance|fund)|credit balance",
    r"(no|any|more) credits|can only afford|payment required|billing|余额不足|欠费",
)
WAIT = _words(
    r"rate.?limit|too many (concurrent )?requests|slow down|(please|must) wait|retry ?delay",
    r"per (second|minute|hour|day)|(try|retry) (again )?(in|after)\b",
)
BUSY = _words(
    r"overload|at capacity|\bbusy\b|\bloading\b|(warming|starting) up|high demand|queue is full",
    r"no deployments available|(temporarily|currently) unavailable",
)
CONTENT = _words(
    r"content (management )?(policy|policies|filter)|responsible ?ai|(usage|safety) polic",
    r"safety (system|filter|setting)|\bmoderation|\bflagged|inappropriate content|guardrail",
    r"(harmful|prohibited|sensitive) content|content.{0,30}(blocked|prohibited|violat)",
    r"data inspection",
)
LENGTH = _words(
    r"context (length|size|window)|maximum (context|input|prompt|model) length|max model len",
    r"(prompt|input|message)s? (is|are) too long|too many (input )?tokens|request too large",
    r"reduce the length",
)
KEY = _words(
    r"(invalid|incorrect|wrong|missing|expired|revoked|disabled|no) (\w+ )?(api|access|auth\w*) ?"
    r"(key|token)",
    r"(api|access) ?(key|token).{0,20}(not valid|invalid|expired|revoked|disabled|not found)",
    r"unauthori[sz]ed|authentication (failed|error|required)|invalid (credentials|authentication)",
    r"login fail",
)
MODEL = _words(
    r"model.{0,80}(not found|not exist|doesn.t exist|is not available|not a valid)",
    r"(unknown|invalid|no such) model\b|not a valid model|no endpoints found|"
    r"model.{0,80}(deprecated|retired|decommissioned)",
)
UNSUPPORTED = _words(
    r"unsupported|not support|is unavailable|unrecogni[sz]ed|unexpected|not permitted",
    r"not allowed|deprecated",
    r"unknown (name|field|parameter|argument)|extra (inputs|fields)|extra forbidden",
)
PARAMETERS = ("max_completion_tokens", "max_tokens", "temperature", "seed", "response_format")
# Other words by which a service names a parameter.
NAMED_AS = {"json_schema": "response_format", "json schema": "response_format"}


@dataclass(frozen=True)
class ServiceError:
    """An error as the service stated it, with the key taken out.

    Attributes:
        status: of the response, or the one that an error inside a 200 carries.
        code, type, parameter: as given, empty if not.
        details: the message of the service, empty if it gives none.
        is_page: whether the message is a web page, so not of a model service.
        retry_after: seconds that it asks to wait.
    """

    status: int
    code: str = ""
    type: str = ""
    parameter: str = ""
    details: str = ""
    is_page: bool = False
    retry_after: float | None = None

    @property
    def text(self) -> str:
        """Code, type and message in lower case."""
        return f"{self.code} {self.type} {self.details}".lower().replace("_", " ")

    def has_code(self, codes: set[str]) -> bool:
        """Return whether code or type is one of these."""
        return bool({self.code.lower(), self.type.lower()} & codes)

    def has_words(self, pattern: re.Pattern[str]) -> bool:
        """Return whether code, type or message match."""
        return bool(pattern.search(self.text))


def read_error(
    body: Any, *, status: int, key: str = "", retry_after: float | None = None
) -> ServiceError:
    """Return the error that a parsed body, or its plain text, describes.

    A status of 200 is replaced by the one that the error carries, else by 500.
    """
    found, text = _descend(body)
    code, kind = _label(found, "code", key), _label(found, "type", key)
    is_page = text.lstrip().startswith("<")
    if is_page:
        title = TITLE.search(text)
        text = title[1] if title else ""
    details = " ".join(redact_key(text, key).split())[:MAX_DETAIL]
    if status == OK:
        status = _carried(found, kind)
    return ServiceError(
        status=status,
        code="" if code.isdigit() else code,
        type=kind,
        parameter=_label(found, "param", key),
        details=details,
        is_page=is_page,
        retry_after=retry_after,
    )


def _descend(body: Any) -> tuple[dict[str, Any], str]:
    """Return the innermost object that describes the error, and its message."""
    found: dict[str, Any] = {}
    for _ in range(MAX_DEPTH):
        if isinstance(body, list) and body:
            body = body[0]
        if not isinstance(body, dict):
            break
        found = found | {name: value for name, value in body.items() if value is not None}
        names = ("error", "base_resp", "message", "msg", "status_msg", "detail")
        body = next((body[name] for name in names if body.get(name)), None)
    return found, body.strip() if isinstance(body, str) else ""


def _label(found: dict[str, Any], name: str, key: str) -> str:
    """Return the code of the service; empty if it is a sentence instead of a code."""
    value = found.get(name)
    text = redact_key(str(value), key) if isinstance(value, str | int) else ""
    return text if CODE.fullmatch(text) and text not in {"None", "null"} else ""


def _carried(found: dict[str, Any], kind: str) -> int:
    for name in ("code", "status", "status_code", "http_status"):
        value = str(found.get(name, ""))
        if value.isdigit() and BAD_REQUEST <= int(value) <= MAX_STATUS:
            return int(value)
    return STATUS_OF_TYPE.get(kind, SERVER_ERROR)


def unsupported_parameter(error: ServiceError) -> str:
    """Return the field of the request that the service rejects; empty if the error names none."""
    if error.status not in {BAD_REQUEST, UNPROCESSABLE} or not error.has_words(UNSUPPORTED):
        return ""
    named = [error.parameter] if error.parameter in PARAMETERS else []
    # The first that is named is the rejected one; a second may be advice.
    words = {name: name for name in PARAMETERS} | NAMED_AS
    places = {word: error.details.find(word) for word in words}
    by_place = sorted((place, words[word]) for word, place in places.items() if place >= 0)
    return (named + [name for _place, name in by_place] + [""])[0]


def failure_of(error: ServiceError) -> ProviderError:
    """Return the failure of an error: retry later, give up this answer, or stop the run."""
    code = error.code
    if _is_content_error(error):
        reason = _reason("providers.content_rejected", error)
        return PermanentFailure(code or "content_filter", reason)
    if error.has_code(LENGTH_CODES) or error.has_words(LENGTH):
        reason = _reason("providers.too_long", error)
        return PermanentFailure(code or "context_length_exceeded", reason)
    if _is_quota_error(error):
        reason = _reason("providers.quota_exhausted", error)
        return ProviderBlocked(code or "insufficient_quota", reason)
    if _is_rate_limit_error(error):
        return TemporaryFailure(
            code or "rate_limit_exceeded",
            _reason("providers.rate_limited", error),
            retry_after=error.retry_after,
            is_rate_limit=True,
        )
    return _lasting(error) or _of_status(error)


def _reason(code: str, error: ServiceError) -> Message:
    return message(code, details=error.details, status=error.status)


def _is_content_error(error: ServiceError) -> bool:
    if error.has_code(CONTENT_CODES):
        return True
    is_other = error.has_code(QUOTA_CODES | RATE_LIMIT_CODES | KEY_CODES | MODEL_CODES)
    return error.has_words(CONTENT) and not is_other and error.status != TOO_MANY


def _is_quota_error(error: ServiceError) -> bool:
    if error.has_code(QUOTA_CODES) or error.status == PAYMENT_REQUIRED:
        return True
    if error.has_code(RATE_LIMIT_CODES):
        return False
    # Limits per minute are called quotas too, with links to billing pages.
    may_pass = error.has_words(WAIT) or error.retry_after is not None
    return error.has_words(MONEY) and not may_pass


def _is_rate_limit_error(error: ServiceError) -> bool:
    if error.has_code(RATE_LIMIT_CODES) or error.status in {TOO_MANY, OVERLOADED}:
        return True
    if error.status in {UNAUTHORISED, NOT_FOUND} or error.is_page:
        return False
    return error.has_words(WAIT) or (error.status >= SERVER_ERROR and error.has_words(BUSY))


def _lasting(error: ServiceError) -> ProviderError | None:
    """Return the failure that a retry does not change: the name of the model, or the key."""
    code, status = error.code, error.status
    is_key = error.has_code(KEY_CODES) or (status < SERVER_ERROR and error.has_words(KEY))
    if (
        status == NOT_FOUND
        or error.has_code(MODEL_CODES)
        or (not is_key and error.has_words(MODEL))
    ):
        reason = _reason("providers.model_unknown", error)
        return ProviderBlocked(code or "model_not_found", reason, is_endpoint_wide=False)
    # A web page with 403 comes from a filter before the service, which may reject a single prompt.
    is_forbidden = status == FORBIDDEN and not error.is_page
    if is_key or status == UNAUTHORISED or is_forbidden:
        reason = _reason("providers.key_rejected", error)
        return ProviderBlocked(code or f"status_{status}", reason)
    return None


def _of_status(error: ServiceError) -> ProviderError:
    status, code = error.status, error.code or f"status_{error.status}"
    if status in PASSING_STATUSES or status >= SERVER_ERROR:
        reason = _reason("providers.failed", error)
        return TemporaryFailure(code, reason, retry_after=error.retry_after)
    return PermanentFailure(code, _reason("providers.request_rejected", error))
