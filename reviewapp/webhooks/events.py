"""The types of events that webhooks send, and the bodies of requests."""

import json
from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.utils import translation

from reviewapp.notifications.kinds import KINDS, Kind
from reviewapp.webhooks.models import BodyFormat, Delivery

TEST_EVENT: Final = "webhook.test"


def kinds_with_events() -> Mapping[str, Kind]:
    """Return the kinds of notifications that webhooks can send, by the type of their event."""
    return {kind.event: kind for kind in KINDS.values() if kind.event}


def body_of(delivery: Delivery) -> bytes:
    """Return the body of a request; every try of a delivery has the same."""
    if delivery.webhook.body_format == BodyFormat.CHAT:
        content: dict[str, Any] = {"text": _chat_text(delivery)}
    else:
        content = {
            "type": delivery.event,
            "timestamp": delivery.occurred_at.isoformat(),
            "data": delivery.data,
        }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _chat_text(delivery: Delivery) -> str:
    """Return one line: project, event and address of the page."""
    kind = kinds_with_events().get(delivery.event)
    language = delivery.webhook.created_by.language or settings.LANGUAGE_CODE
    with translation.override(language):
        label = str(kind.label) if kind else delivery.event
    return f"{delivery.data['project']}: {label}. {delivery.data['url']}"
