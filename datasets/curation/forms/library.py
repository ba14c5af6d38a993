"""Forms of the policy library."""

from django import forms
from django.utils.translation import gettext_lazy

from datasets.conversations.messages import line_feeds
from reviewapp.core.forms import ActionForm


class PolicyForm(ActionForm):
    """Title and text of a policy."""

    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=160,
        help_text=gettext_lazy("For example “Returns and refunds within 30 days”."),
    )
    body = forms.CharField(
        label=gettext_lazy("Text"),
        required=False,
        widget=forms.Textarea(attrs={"data-autogrow": True}),
        help_text=gettext_lazy("Markdown: - lists, **strong**."),
    )

    def clean_body(self) -> str:
        """Return the text with line feeds; forms send carriage returns too."""
        return line_feeds(self.cleaned_data["body"])


class NewPolicyForm(PolicyForm):
    """A new policy, with the slug by which examples refer to it."""

    slug = forms.SlugField(
        label=gettext_lazy("Short name"),
        max_length=80,
        required=False,
        help_text=gettext_lazy(
            "Used in files and examples, such as refund-window. It cannot change later. "
            "If empty, it is made from the title."
        ),
    )
    field_order = ("title", "slug", "body")


class ChangedPolicyForm(PolicyForm):
    """Changes of a policy, with the text that they are based on."""

    seen = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)

    def clean_seen(self) -> str:
        """Return the text with line feeds, as it is stored."""
        return line_feeds(self.cleaned_data["seen"])
