"""Texts of the inbox itself; each feature registers the sentences of its own kinds."""

from django.utils.translation import gettext_lazy as _

from reviewapp.core.texts import register, text

register({"notifications.mail_failed": text(_("The mail server did not take it (%(error)s)."))})
