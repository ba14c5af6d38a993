"""Texts of webhooks: why an address cannot be used, and why a delivery failed."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from reviewapp.core.texts import register, text


def _webhook_failed(params: Mapping[str, Any]) -> str:
    if params["is_on"]:
        sentence = gettext("Events do not arrive at the webhook of %(host)s.")
    else:
        sentence = gettext("The webhook of %(host)s was switched off: its receiver is gone.")
    return sentence % params


register(
    {
        "webhooks.url_invalid": text(
            _("This is not an address. An address looks like https://example.com/hooks.")
        ),
        "webhooks.url_with_password": text(_("Remove the name and password from the address.")),
        "webhooks.url_not_encrypted": text(
            _("The address must begin with https://, so that nobody on the way reads it.")
        ),
        "webhooks.host_refused": text(
            _(
                "%(host)s is not a public address. Ask an administrator to add it to "
                "WEBHOOK_PRIVATE_HOSTS."
            )
        ),
        "webhooks.rejected": text(_("The receiver answered with status %(status)s.")),
        "webhooks.redirected": text(
            _("The receiver redirects (status %(status)s). Enter its final address.")
        ),
        "webhooks.timeout": text(_("The receiver did not answer in time.")),
        "webhooks.disconnected": text(
            _("The receiver could not be reached, or it closed the connection.")
        ),
        "webhooks.bad_certificate": text(_("The certificate of the receiver is not valid.")),
        "webhooks.address_refused": text(
            _(
                "The host leads to an address that is not public. Ask an administrator to add it "
                "to WEBHOOK_PRIVATE_HOSTS."
            )
        ),
        "webhooks.url_refused": text(
            _("This installation no longer allows the address. Enter another one.")
        ),
        "webhooks.proxy_refused": text(
            _("Write the proxy in the environment as http://host:port.")
        ),
        "webhooks.off": text(_("The webhook was switched off.")),
        "notifications.webhook_failed": _webhook_failed,
    }
)
