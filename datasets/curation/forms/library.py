"""What is posted from the policy library."""

from django import forms

from datasets.conversations.messages import line_feeds
from reviewapp.core.forms import ActionForm


class PolicyForm(ActionForm):
    """Title and text of a policy."""

    title = forms.CharField(
        max_length=160, help_text="As people call it: “Returns and refunds within 30 days”."
    )
    body = forms.CharField(
        label="Text",
        required=False,
        widget=forms.Textarea(attrs={"data-autogrow": True}),
        help_text="Markdown: - lists, **strong**.",
    )

    def clean_body(self) -> str:
        """Store line ends as files have them, not as forms send them."""
        return line_feeds(self.cleaned_data["body"])


class NewPolicyForm(PolicyForm):
    """A policy that examples will name by its slug."""

    slug = forms.SlugField(
        label="Short name",
        max_length=80,
        required=False,
        help_text="What files and examples write, such as refund-window. It cannot change later. "
        "Left empty, it is made from the title.",
    )
    field_order = ("title", "slug", "body")


class ChangedPolicyForm(PolicyForm):
    """An edit, with the text it started from."""

    seen = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)

    def clean_seen(self) -> str:
        """Compare with what is stored, not with what a form makes of it."""
        return line_feeds(self.cleaned_data["seen"])
