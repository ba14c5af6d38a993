"""The sentences of calls without an answer, and of addresses and keys that may not be used."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from reviewapp.core.texts import Text, register, text


def _quoting(sentence: str | Promise) -> Text:
    """Return the text of an error with the message of the service, or its status without one."""

    def write(params: Mapping[str, Any]) -> str:
        details = params["details"] or gettext("status %(status)s") % params
        return str(sentence % {**params, "details": details})

    return write


def _failed(params: Mapping[str, Any]) -> str:
    if params["details"]:
        return gettext("The service failed with status %(status)s. (%(details)s)") % params
    return gettext("The service failed with status %(status)s.") % params


register(
    {
        "providers.content_rejected": _quoting(
            _("The service rejects this content. (%(details)s)")
        ),
        "providers.too_long": _quoting(
            _("The prompt or the requested answer is too long for the model. (%(details)s)")
        ),
        "providers.quota_exhausted": _quoting(
            _(
                "The quota or the credit at the service is used up. Raise it, then resume. "
                "(%(details)s)"
            )
        ),
        "providers.rate_limited": _quoting(_("The service asks to wait. (%(details)s)")),
        "providers.model_unknown": _quoting(
            _(
                "The service does not know the model, or there is no service at this address. "
                "(%(details)s)"
            )
        ),
        "providers.key_rejected": _quoting(
            _("The service rejects the key. Check the key and its permissions. (%(details)s)")
        ),
        "providers.request_rejected": _quoting(_("The service rejected this request: %(details)s")),
        "providers.parameter_rejected": _quoting(
            _(
                "The service does not accept “%(name)s” as set in the run. Set up a new run that "
                "leaves it to the provider. (%(details)s)"
            )
        ),
        "providers.failed": _failed,
        "providers.timeout": text(_("The service did not answer in time.")),
        "providers.disconnected": text(
            _("The service could not be reached, or it closed the connection.")
        ),
        "providers.unexpected_encoding": text(
            _("The service compressed its answer in a way that was not requested.")
        ),
        "providers.too_large": text(_("The service sent more than %(limit)s bytes.")),
        "providers.proxy_invalid": text(
            _("Write the proxy in the environment as http://host:port.")
        ),
        "providers.bad_certificate": text(
            _("The certificate of the service is not valid: %(details)s.")
        ),
        "providers.redirected": text(
            _(
                "The address redirects to %(address)s, which is not called, because the key "
                "belongs to the registered address. Register the model with its final address."
            )
        ),
        "providers.unknown_kind": text(
            _("This version of Touchstone cannot call models of the kind “%(kind)s”.")
        ),
        "providers.withheld": text(
            _("The content filter of the service withheld this answer, or the rest of it.")
        ),
        "providers.broken_off": text(_("The service broke the answer off.")),
        "providers.no_choice": text(_("The service sent a completion without an answer in it.")),
        "providers.unreadable": text(_("The service's answer could not be read.")),
        "providers.not_a_completion": text(
            _(
                "The address answered, but not with a chat completion. Check the base URL; it "
                "usually ends in /v1."
            )
        ),
        "providers.called_tool": text(_("The model called a tool instead of answering in words.")),
        "providers.empty_answer": text(_("The model answered without a word.")),
        "providers.only_reasoning": text(_("The model only reasoned and gave no answer.")),
        "providers.cut_at_start": text(
            _(
                "The model used all its tokens before its first word. Set up a new run with more "
                "tokens."
            )
        ),
        "providers.cut_reasoning": text(
            _(
                "The model used all its tokens for reasoning and gave no answer. Set up a new run "
                "with more tokens."
            )
        ),
        "providers.key_name_wrong": text(
            _(
                "The name must be in capitals and end in %(suffix)s, such as OPENAI%(suffix)s. "
                "Enter the name, never the key itself."
            )
        ),
        "providers.key_not_for_host": text(
            _(
                "%(name)s may not be sent to %(host)s. To allow it, set %(name)s_HOSTS=%(host)s "
                "for the web server and the workers, restart them, then resume."
            )
        ),
        "providers.key_set": text(_("%(name)s is set on this server.")),
        "providers.key_unset": text(
            _(
                "%(name)s is not set on this server. An administrator sets it for the web server "
                "and the workers, and restarts them."
            )
        ),
        "providers.key_hosts": text(_("It may be sent to: %(hosts)s.")),
        "providers.key_no_hosts": text(
            _(
                "It may be sent nowhere yet. An administrator lists its hosts in %(name)s_HOSTS, "
                "and restarts."
            )
        ),
        "providers.key_twice": text(
            _(
                "Both %(name)s and %(name)s_FILE are set for the workers. Unset one, restart them, "
                "then resume, or start anew."
            )
        ),
        "providers.key_missing": text(
            _(
                "%(name)s is not set for the workers. Set it (or %(name)s_FILE) in their "
                "environment, restart them, then resume, or start anew."
            )
        ),
        "providers.url_invalid": text(
            _("This is not an address. An address looks like https://models.example.com/v1.")
        ),
        "providers.url_without_host": text(
            _("The address must begin with https:// or http:// and name a host.")
        ),
        "providers.url_with_password": text(
            _("Remove the name and password from the address; keys come from the environment.")
        ),
        "providers.url_with_query": text(
            _("The address must end with its path, such as /v1, without “?” or “#”.")
        ),
        "providers.host_invalid": text(_("The host name is not valid. Check its spelling.")),
        "providers.host_not_allowed": text(
            _(
                "This installation does not allow calls to %(host)s. Ask an administrator to add "
                "it to PROVIDER_ALLOWED_HOSTS."
            )
        ),
        "providers.address_forbidden": text(
            _(
                "%(address)s is a link-local or metadata address, which may not be called. Correct "
                "the base URL."
            )
        ),
    }
)
