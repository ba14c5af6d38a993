"""The settings of a project: what its examples are inspected against."""

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods
from phonenumbers import SUPPORTED_REGIONS

from reviewapp.core.forms import ActionForm
from reviewapp.people.actions import settings as projects
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.models import Project
from reviewapp.people.permissions import Permission

MAX_TOKENS = 100_000_000
MAX_DAYS = 36_500


class WordsField(forms.CharField):
    """Several words in one line, separated by commas or spaces, as a list."""

    def prepare_value(self, value: Any) -> Any:
        """Show a stored list as one line."""
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """Return the words, each once, in the order given."""
        return list(dict.fromkeys(re.findall(r"[^\s,;]+", super().clean(value))))


class SettingsForm(ActionForm):
    """Fields named like the settings that `projects.change_settings` takes."""

    name = forms.CharField(label="Name", max_length=120)
    description = forms.CharField(
        label="Description", required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    languages = WordsField(
        label="Languages", required=False, help_text="Two-letter codes, such as en, it, de."
    )
    phone_regions = WordsField(
        label="Regions of telephone numbers",
        required=False,
        help_text="Two capital letters each, such as DE, IT. Numbers without a country code are "
        "read as of these.",
    )
    token_budget = forms.IntegerField(
        label="Tokens an example may have", min_value=1, max_value=MAX_TOKENS
    )
    message_token_budget = forms.IntegerField(
        label="Tokens a message may have", min_value=1, max_value=MAX_TOKENS
    )
    tokenizer_model = forms.CharField(
        label="Model whose tokenizer counts",
        max_length=100,
        help_text="For example gpt-4o. A model whose tokenizer is not known is counted like it.",
    )
    requires_system_message = forms.BooleanField(
        label="Every example begins with a system message", required=False
    )

    keep_rejects_days = forms.IntegerField(
        label="Days to keep rejected rows of imports",
        required=False,
        min_value=0,
        max_value=MAX_DAYS,
        help_text="Empty: for ever. Their counts stay.",
    )
    keep_drafts_days = forms.IntegerField(
        label="Days to keep unsaved drafts",
        required=False,
        min_value=0,
        max_value=MAX_DAYS,
        help_text="Empty: for ever. Counted from the last change.",
    )
    keep_provider_data_days = forms.IntegerField(
        label="Days to keep raw provider data",
        required=False,
        min_value=0,
        max_value=MAX_DAYS,
        help_text="Empty: for ever. Calls, request ids, and answers as they were before a lead "
        "took marks off. Answers that are voted on stay.",
    )

    def clean_languages(self) -> list[str]:
        """Keep languages as two or three small letters."""
        codes = [code.lower() for code in self.cleaned_data["languages"]]
        return _codes(codes, r"[a-z]{2,3}", "en, it, de")

    def clean_phone_regions(self) -> list[str]:
        """Keep regions as two capital letters."""
        codes = [code.upper() for code in self.cleaned_data["phone_regions"]]
        known = _codes(codes, r"[A-Z]{2}", "DE, IT")
        if unknown := [code for code in known if code not in SUPPORTED_REGIONS]:
            raise forms.ValidationError(
                f"“{unknown[0]}” is no region with telephone numbers. Write codes such as DE, IT."
            )
        return known

    def clean(self) -> dict[str, Any]:
        """Refuse a budget of one message that a whole example may not have."""
        cleaned = super().clean() or {}
        whole, one = cleaned.get("token_budget"), cleaned.get("message_token_budget")
        if whole and one and one > whole:
            self.add_error(
                "message_token_budget", f"A message cannot have more than its example: {whole:,}."
            )
        return cleaned


def _codes(codes: list[str], pattern: str, example: str) -> list[str]:
    wrong = [code for code in codes if not re.fullmatch(pattern, code)]
    if wrong:
        raise forms.ValidationError(f"“{wrong[0]}” is not a code. Write codes such as {example}.")
    return codes


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def project_settings(request: ProjectRequest) -> HttpResponse:
    """Show and change the settings."""
    current = {name: getattr(request.project, name) for name in projects.CHANGEABLE}
    form = SettingsForm(request.POST or None, initial=current)

    def change(**changes: Any) -> Project:
        project, user = request.project, request.user
        return projects.change_settings(project_id=project.pk, changes=changes, actor=user)

    if request.method == "POST" and form.perform(change) is not None:
        messages.success(request, "Saved. The next revision of each example is inspected by this.")
        return redirect("project_settings", slug=request.project.slug)
    context = {"form": form}
    return render(request, "reviewapp/people/settings.html", context, status=form.status)
