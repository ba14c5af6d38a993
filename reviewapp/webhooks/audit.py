"""The names of what is done to webhooks, which are events of their project."""

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "create_webhook": _("Create webhook"),
    "change_webhook": _("Change webhook"),
    "delete_webhook": _("Delete webhook"),
    "rotate_webhook_secret": _("Rotate secret of webhook"),
    "test_webhook": _("Test webhook"),
    "resend_webhook": _("Send event to webhook again"),
    "switch_off_webhook": _("Switch off webhook"),
}
