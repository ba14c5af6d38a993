"""The page of a project's settings: limits of its examples, inspection, retention."""

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods
from phonenumbers import SUPPORTED_REGIONS

from reviewapp.core import formats
from reviewapp.core.forms import ActionForm
from reviewapp.people.actions import settings as projects
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.models import Project
from reviewapp.people.permissions import Permission

MAX_TOKENS = 100_000_000
MAX_DAYS = 36_500


class WordsField(forms.CharField):
    """A list of words, typed in one line and separated by commas or spaces."""

    def prepare_value(self, value: Any) -> Any:
        """Return a stored list as one line."""
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """Return the words without repetitions, in the order typed."""
        return list(dict.fromkeys(re.findall(r"[^\s,;]+", super().clean(value))))


class SettingsForm(ActionForm):
    """Fields named like the settings that `projects.change_settings` takes."""

    name = forms.CharField(label=_("Name"), max_length=120)
    description = forms.CharField(
        label=_("Description"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    languages = WordsField(
        label=_("Languages"),
        required=False,
        help_text=_("Two-letter codes, such as en, it, de."),
    )
    phone_regions = WordsField(
        label=_("Regions of telephone numbers"),
        required=False,
        help_text=_(
            "Two capital letters each, such as DE, IT. Numbers without a country code are read as "
            "of these regions."
        ),
    )
    token_budget = forms.IntegerField(
        label=_("Tokens an example may have"), min_value=1, max_value=MAX_TOKENS
    )
    message_token_budget = forms.IntegerField(
        label=_("Tokens a message may have"), min_value=1, max_value=MAX_TOKENS
    )
    tokenizer_model = forms.CharField(
        label=_("Model whose tokenizer counts tokens"),
        max_length=100,
        help_text=_("For example gpt-4o, which is also used where the tokenizer is unknown."),
    )
    keep_rejects_days = forms.IntegerField(
        label=_("Days to keep rejected rows of imports"),
        required=False,
        min_value=0,
        max_value=MAX_DAYS,
        help_text=_("Empty: without limit. Their counts stay."),
    )
    keep_drafts_days = forms.IntegerField(
        label=_("Days to keep unsaved drafts"),
        required=False,
        min_value=0,
        max_value=MAX_DAYS,
        help_text=_("Empty: without limit. Counted from the last change."),
    )
    keep_provider_data_days = forms.IntegerField(
        label=_("Days to keep raw provider data"),
        required=False,
        min_value=0,
        max_value=MAX_DAYS,
        help_text=_(
            "Empty: without limit. Concerns calls, request ids, and answers before a lead removed "
            "marks. Answers that are voted on stay."
        ),
    )

    def clean_languages(self) -> list[str]:
        """Return language codes in lower case."""
        codes = [code.lower() for code in self.cleaned_data["languages"]]
        return _codes(codes, r"[a-z]{2,3}", "en, it, de")

    def clean_phone_regions(self) -> list[str]:
        """Return region codes in upper case."""
        codes = [code.upper() for code in self.cleaned_data["phone_regions"]]
        known = _codes(codes, r"[A-Z]{2}", "DE, IT")
        if unknown := [code for code in known if code not in SUPPORTED_REGIONS]:
            raise forms.ValidationError(
                gettext(
                    "“%(code)s” is not a region with telephone numbers. Use codes such as DE, IT."
                )
                % {"code": unknown[0]}
            )
        return known

    def clean(self) -> dict[str, Any]:
        """Reject a token budget of a message above that of the whole example."""
        cleaned = super().clean() or {}
        of_example, of_message = cleaned.get("token_budget"), cleaned.get("message_token_budget")
        if of_example and of_message and of_message > of_example:
            self.add_error(
                "message_token_budget",
                gettext("A message cannot have more tokens than its example: %(limit)s.")
                % {"limit": formats.count(of_example)},
            )
        return cleaned


def _codes(codes: list[str], pattern: str, example: str) -> list[str]:
    wrong = [code for code in codes if not re.fullmatch(pattern, code)]
    if wrong:
        raise forms.ValidationError(
            gettext("“%(code)s” is not a code. Use codes such as %(example)s.")
            % {"code": wrong[0], "example": example}
        )
    return codes


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def project_settings(request: ProjectRequest) -> HttpResponse:
    """Show and change the project's settings."""
    current = {name: getattr(request.project, name) for name in projects.CHANGEABLE}
    form = SettingsForm(request.POST or None, initial=current)

    def change(**changes: Any) -> Project:
        project, user = request.project, request.user
        return projects.change_settings(project_id=project.pk, changes=changes, actor=user)

    if request.method == "POST" and form.perform(change) is not None:
        messages.success(request, gettext("Saved. Applies to each example from its next revision."))
        return redirect("project_settings", slug=request.project.slug)
    context = {"form": form}
    return render(request, "reviewapp/people/settings.html", context, status=form.status)
