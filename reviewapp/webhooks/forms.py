"""The forms of a webhook."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reviewapp.core.forms import ActionForm
from reviewapp.webhooks.events import kinds_with_events
from reviewapp.webhooks.models import MAX_URL_LENGTH, BodyFormat, Webhook


def _event_choices() -> list[tuple[str, Any]]:
    return [(event, kind.label) for event, kind in kinds_with_events().items()]


class WebhookForm(ActionForm):
    """The arguments of `create_webhook`."""

    url = forms.CharField(
        label=_("Address"),
        max_length=MAX_URL_LENGTH,
        widget=forms.TextInput(
            attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}
        ),
        help_text=_("Where events are sent to, beginning with https://."),
    )
    events = forms.MultipleChoiceField(
        label=_("Events"),
        choices=_event_choices,
        initial=lambda: [event for event, _label in _event_choices()],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )
    body_format = forms.ChoiceField(
        label=_("Format"),
        choices=BodyFormat.choices,
        initial=BodyFormat.EVENT,
        widget=forms.RadioSelect,
    )


class WebhookChangeForm(WebhookForm):
    """The arguments of `change_webhook`."""

    is_on = forms.BooleanField(label=_("Send events to this address"), required=False)

    @classmethod
    def of(cls, webhook: Webhook) -> "WebhookChangeForm":
        """Return the form with the present settings of a webhook."""
        return cls(initial={name: getattr(webhook, name) for name in cls.base_fields})
