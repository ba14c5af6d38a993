"""Forms of threads and comments; their fields are the arguments of the actions."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from datasets.comments.actions import Target
from datasets.comments.actions.writing import MAX_BODY_LENGTH
from reviewapp.core.forms import ActionForm

MAX_NUMBER = 2**31 - 1
# A message may be that long.
MAX_TEXT_LENGTH = 100_000


class BodyForm(ActionForm):
    """The text of a reply or of an edited comment."""

    body = forms.CharField(
        max_length=MAX_BODY_LENGTH, error_messages={"required": _("Write a comment.")}
    )


class ThreadForm(ActionForm):
    """A new thread: its place, its first comment, and optionally a suggested text."""

    base_number = forms.IntegerField(min_value=1, max_value=MAX_NUMBER)
    message = forms.IntegerField(required=False, min_value=1, max_value=MAX_NUMBER)
    quote = forms.CharField(required=False, max_length=MAX_TEXT_LENGTH, strip=False)
    near = forms.IntegerField(required=False, min_value=0, max_value=MAX_NUMBER)
    body = forms.CharField(required=False, max_length=MAX_BODY_LENGTH)
    suggests = forms.BooleanField(required=False)
    replacement = forms.CharField(required=False, max_length=MAX_TEXT_LENGTH, strip=False)

    def clean(self) -> dict[str, Any]:
        """Return the arguments of the action."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        quote = cleaned["quote"].replace("\r\n", "\n")
        target = Target(
            base_number=cleaned["base_number"],
            message=cleaned["message"],
            quote=quote if quote.strip() else "",
            near=cleaned["near"] or 0,
        )
        replacement = cleaned["replacement"].replace("\r\n", "\n")
        return {
            "target": target,
            "body": cleaned["body"],
            "replacement": replacement if cleaned["suggests"] else None,
        }


class ReadForm(forms.Form):
    """The latest comment that the page showed."""

    last_comment = forms.IntegerField(min_value=0, max_value=2**63 - 1)
