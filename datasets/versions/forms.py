"""Forms of the pages of dataset versions."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from datasets.conversations.split import SPLITS
from datasets.versions.actions.freezing import MAX_CHANGELOG_LENGTH
from datasets.versions.actions.prices import MAX_EPOCHS, MAX_NAME_LENGTH
from datasets.versions.splits import DEFAULT_SHARES, WHOLE, check_shares
from reviewapp.core.errors import InvalidInput
from reviewapp.core.forms import ActionForm

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


def _percent(label: "_StrPromise") -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=WHOLE)


class SharesForm(ActionForm):
    """How the approved examples are divided, as a query in the page's address."""

    train = _percent(_("Train (%)"))
    validation = _percent(_("Validation (%)"))
    test = _percent(_("Test (%)"))

    def clean(self) -> dict[str, Any]:
        """Check that the shares add up to 100."""
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                check_shares({split: cleaned[split] for split in SPLITS})
            except InvalidInput as error:
                raise forms.ValidationError(str(error)) from error
        return cleaned

    @property
    def shares(self) -> dict[str, int]:
        """The requested shares, or the default ones where the request is not valid."""
        if not self.is_valid():
            return dict(DEFAULT_SHARES)
        return {split: self.cleaned_data[split] for split in SPLITS}


def shares_form(query: Mapping[str, str]) -> SharesForm:
    """Return the form of an address; without shares in it, the form has the default ones."""
    given = {split: query.get(split, "") for split in SPLITS}
    return SharesForm(given if any(given.values()) else DEFAULT_SHARES)


def changelog_field() -> forms.CharField:
    """Return a field for what changed since an earlier version."""
    return forms.CharField(
        label=_("What changed"),
        max_length=MAX_CHANGELOG_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "data-autogrow": True}),
        help_text=_("What was added, corrected or removed, and why: readers compare models by it."),
        error_messages={"required": _("Describe what changed since the last version.")},
    )


class FreezeForm(SharesForm):
    """The arguments of `freeze_version`; shares and plan are those of the page."""

    changelog = changelog_field()
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Add the shares as hidden fields: they were chosen in the form above."""
        super().__init__(*args, **kwargs)
        for split in SPLITS:
            self.fields[split].widget = forms.HiddenInput()


class PriceForm(ActionForm):
    """The fields of a training price."""

    base_model = forms.CharField(label=_("Base model"), max_length=MAX_NAME_LENGTH)
    usd_per_million_tokens = forms.DecimalField(
        label=_("US dollars for a million training tokens"),
        min_value=Decimal(0),
        max_digits=9,
        decimal_places=4,
    )
    epochs = forms.IntegerField(label=_("Epochs"), min_value=1, max_value=MAX_EPOCHS, initial=3)
    as_of = forms.DateField(
        label=_("Read on"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("The day on which you saw this price."),
    )
