"""Secrets of webhooks and the signatures of Standard Webhooks (version 1).

A secret is derived from the key of the installation and the salt of its webhook, so the database
alone does not hold it.
"""

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.crypto import salted_hmac

from reviewapp.webhooks.models import Webhook

PREFIX: Final = "whsec_"
_PURPOSE: Final = "reviewapp.webhooks.secret"


def secret_of(webhook: Webhook) -> str:
    """Return the present secret, as a receiver stores it."""
    return PREFIX + base64.b64encode(_key(webhook.secret_salt)).decode()


def headers_of(webhook: Webhook, message_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """Return the signed headers of a request; after a rotation they have both signatures."""
    timestamp = str(int(now.timestamp()))
    salts = [webhook.secret_salt]
    if webhook.former_salt and webhook.former_until and now < webhook.former_until:
        salts.append(webhook.former_salt)
    signed = f"{message_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(_key(salt), signed) for salt in salts),
    }


def _signature(key: bytes, signed: bytes) -> str:
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def _key(salt: UUID) -> bytes:
    return salted_hmac(_PURPOSE, salt.hex, algorithm="sha256").digest()
