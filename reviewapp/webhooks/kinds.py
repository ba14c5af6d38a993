"""The notification of a webhook that does not arrive; it has no event, so no webhook sends it."""

from django.urls import reverse
from django.utils.translation import pgettext_lazy

from reviewapp.notifications.kinds import Kind
from reviewapp.people.models import Scope

WEBHOOK_FAILED = Kind(
    "webhook_failed",
    pgettext_lazy("notification", "A webhook failed"),
    lambda slug, params: reverse("webhook", args=[slug, params["webhook"]]),
    scope=Scope.MANAGE,
)
