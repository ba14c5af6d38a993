"""Forms of coverage: the axes and filters of the matrix, and targets."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from datasets.coverage.actions.targets import MAX_WANTED
from datasets.coverage.cells import SPECIAL_TAGS, Axis
from datasets.coverage.models import LABELS
from datasets.coverage.texts import AXES, shown_value
from datasets.curation.facets import Facets
from reviewapp.core.forms import ActionForm


def values_of(facets: Facets) -> dict[Axis, list[str]]:
    """Return the values of each label that can be chosen, those of special cases included."""
    return {
        Axis.INTENT: facets.intents,
        Axis.LANGUAGE: facets.languages,
        Axis.TAG: sorted({*facets.tags, *SPECIAL_TAGS}),
        Axis.POLICY: facets.policies,
    }


class MatrixForm(forms.Form):
    """Which two labels the matrix shows, and which labels its examples must have."""

    rows = forms.ChoiceField(label=_("Rows"), required=False)
    columns = forms.ChoiceField(label=_("Columns"), required=False)
    intent = forms.CharField(label=AXES[Axis.INTENT], required=False)
    language = forms.CharField(label=AXES[Axis.LANGUAGE], required=False)
    tag = forms.CharField(label=AXES[Axis.TAG], required=False)
    policy = forms.CharField(label=AXES[Axis.POLICY], required=False)

    def __init__(self, data: Mapping[str, str], *, values: Mapping[Axis, Sequence[str]]) -> None:
        """Create it with the values of each label."""
        known = {name: data.get(name, "").replace("\x00", "") for name in self.base_fields}
        super().__init__(known)
        axes = [(axis.value, AXES[axis]) for axis in Axis]
        for name in ("rows", "columns"):
            self.fields[name].choices = axes  # type: ignore[attr-defined]
        for axis, found in values.items():
            choices = [("", _("Any")), *((value, shown_value(axis, value)) for value in found)]
            self.fields[axis.value].widget = forms.Select(choices=choices)

    def axes(self) -> tuple[Axis, Axis]:
        """Return the axes of the matrix, which differ."""
        asked = [self.data[name] for name in ("rows", "columns")]
        row, column = (Axis(name) if name in {*Axis} else None for name in asked)
        row = row or (Axis.INTENT if column != Axis.INTENT else Axis.LANGUAGE)
        if column is None or column == row:
            column = Axis.LANGUAGE if row != Axis.LANGUAGE else Axis.INTENT
        return row, column

    def shown(self) -> "MatrixForm":
        """Return the form with the axes that are shown."""
        self.data = {
            **self.data,
            **dict(zip(("rows", "columns"), (a.value for a in self.axes()), strict=True)),
        }
        return self


class TargetForm(ActionForm):
    """A target for the examples with one or several labels."""

    intent = forms.CharField(label=AXES[Axis.INTENT], required=False, max_length=100)
    language = forms.CharField(label=AXES[Axis.LANGUAGE], required=False, max_length=12)
    tag = forms.CharField(label=AXES[Axis.TAG], required=False, max_length=60)
    policy = forms.CharField(label=AXES[Axis.POLICY], required=False, max_length=80)
    wanted = forms.IntegerField(
        label=_("Approved examples wanted"), min_value=1, max_value=MAX_WANTED, initial=30
    )

    def __init__(self, *args: Any, values: Mapping[Axis, Sequence[str]], **kwargs: Any) -> None:
        """Create it with the values of each label."""
        super().__init__(*args, **kwargs)
        for axis, found in values.items():
            choices = [("", _("Any")), *((value, shown_value(axis, value)) for value in found)]
            self.fields[axis.value].widget = forms.Select(choices=choices)


class EachForm(ActionForm):
    """The same target for each value of a label."""

    label = forms.ChoiceField(
        label=_("For each"), choices=[(label, AXES[Axis(label)]) for label in LABELS]
    )
    wanted = forms.IntegerField(
        label=_("Approved examples wanted"), min_value=1, max_value=MAX_WANTED, initial=30
    )

    # The other form of the page has a field of the same name.
    prefix = "each"
