"""Forms to promote, sign, decline, roll back, withdraw and declare."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from evaluation.promotion.models import Alias, AliasName
from evaluation.promotion.requests import MAX_TEXT_LENGTH
from evaluation.registry.models import ModelVersion
from evaluation.runs.models import EvaluationRun
from reviewapp.core.forms import ActionForm

ID_DIGITS = 18
"""Digits of an id; longer numbers do not fit the column."""


def _text(label: Any, help_text: Any = "") -> forms.CharField:
    area = forms.Textarea(attrs={"rows": 3, "data-autogrow": True})
    return forms.CharField(
        label=label, max_length=MAX_TEXT_LENGTH, widget=area, help_text=help_text
    )


def _id_field(**options: Any) -> forms.IntegerField:
    return forms.IntegerField(min_value=1, max_value=10**ID_DIGITS - 1, **options)


class PromoteForm(ActionForm):
    """The arguments of `actions.promote` besides the run.

    Args:
        needs_signature: for each alias, whether it needs an override with a second lead.
        asks_for: what the button that was pressed announced, "signature" or "nothing"; the form
            does not do more than that.
    """

    alias = forms.ChoiceField(label=_("Serve as"), widget=forms.RadioSelect)
    note = _text(_("Note"), _("What this is expected to change, and what to watch."))
    override_reason = _text(
        _("Override reason"),
        _("Why to promote although the gates do not allow it. The second lead reads it."),
    )

    def __init__(
        self, *args: Any, needs_signature: Mapping[str, bool], asks_for: str = "", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._needs_signature, self.asks_for = needs_signature, asks_for
        field = self.fields["alias"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(name, self._label(name)) for name in needs_signature]
        reason = self.fields["override_reason"]
        # Required for some aliases only, so that the browser must not require it.
        reason.required, reason.is_needed = False, True  # type: ignore[attr-defined]
        if not self.needs_signature and not self["override_reason"].value():
            del self.fields["override_reason"]

    def _label(self, name: str) -> str:
        sentence = (
            gettext("%(alias)s: a second lead must sign")
            if self._needs_signature[name]
            else gettext("%(alias)s: no second signature needed")
        )
        return sentence % {"alias": Alias.Name(name).label}

    @property
    def shown_alias(self) -> str:
        """The chosen alias; production if the choice is not one that is offered."""
        chosen = str(self["alias"].value())
        return chosen if chosen in self._needs_signature else Alias.Name.PRODUCTION

    @property
    def needs_signature(self) -> bool:
        """Whether the chosen alias needs a second lead."""
        return self._needs_signature[self.shown_alias]

    def clean(self) -> dict[str, Any]:
        """Reject what the button did not announce, and an override without a reason."""
        cleaned = super().clean() or {}
        if "alias" not in cleaned:
            return cleaned
        needed = "signature" if self.needs_signature else "nothing"
        if self.asks_for and self.asks_for != needed:
            self.add_error("alias", self._other_button())
        elif self.needs_signature and not cleaned.get("override_reason"):
            self.add_error(
                "override_reason", gettext("Write the reason. A second lead has to sign it.")
            )
        return cleaned

    def _other_button(self) -> str:
        if self.needs_signature:
            return gettext("Not promoted: this alias needs a second lead and a reason.")
        return gettext(
            "Not promoted yet: this alias needs no second signature. Press Promote to confirm."
        )


class SignForm(ActionForm):
    """The second lead's note."""

    note = _text(
        _("Your note"), _("What you checked, and why you agree. It is stored under your name.")
    )


class ReasonForm(ActionForm):
    """A reason, stored with the decision that it explains."""

    reason = _text(_("Reason"))


class EndServiceForm(ActionForm):
    """Why a model stops serving; `expected_promotion_id` is the promotion that the page showed."""

    reason = _text(_("Reason"))
    expected_promotion_id = _id_field(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, alias: Alias, id_part: str) -> None:
        self.alias = alias
        super().__init__(
            data,
            initial={"expected_promotion_id": alias.promotion_id},
            auto_id=f"{alias.name}-{id_part}-%s",
        )

    def show_current(self) -> None:
        """Accept, at the next attempt, the promotion that the page shows now."""
        self.data = {name: self.data[name] for name in self.data} | {
            "expected_promotion_id": str(self.alias.promotion_id)
        }


class WithdrawModelForm(EndServiceForm):
    """The arguments of `actions.withdraw_model`."""

    def __init__(self, data: Any = None, *, alias: Alias) -> None:
        super().__init__(data, alias=alias, id_part="out")
        sentence = gettext(
            "No model replaces it: the API answers that no model serves as %(alias)s."
        )
        self.fields["reason"].help_text = sentence % {"alias": alias.name}


class RollBackForm(EndServiceForm):
    """The arguments of `actions.roll_back`; it offers the models that may be restored."""

    # Not a choice field: the action explains why a model is not allowed any more.
    to_model_id = _id_field(label=_("Roll back to"), widget=forms.Select, required=False)
    field_order = ("to_model_id", "reason")

    def __init__(self, data: Any = None, *, alias: Alias, targets: Iterable[ModelVersion]) -> None:
        super().__init__(data, alias=alias, id_part="back")
        field = self.fields["to_model_id"]
        field.is_needed = True  # type: ignore[attr-defined]
        widget = field.widget
        if isinstance(widget, forms.Select):
            widget.choices = [(model.pk, model.name) for model in targets]


class DeclareForm(ActionForm):
    """The arguments of `actions.declare`: which model serves already."""

    alias = forms.ChoiceField(label=_("Serves as"), choices=Alias.Name.choices)
    model_id = forms.TypedChoiceField(label=_("Model"), coerce=int)
    note = _text(_("Note"), _("Since when it serves, and how it got there."))

    def __init__(self, data: Any = None, *, project_id: int, unused: Iterable[AliasName]) -> None:
        """Offer the models of the project, and the aliases that were never used."""
        super().__init__(data, auto_id="declare-%s")
        offered = list(unused)
        alias, model = self.fields["alias"], self.fields["model_id"]
        # Only the widget is limited: the action explains why a used alias is rejected.
        if isinstance(alias.widget, forms.Select):
            alias.widget.choices = [(name.value, name.label) for name in offered]
        models = ModelVersion.objects.filter(project_id=project_id).order_by("name")
        if isinstance(model, forms.TypedChoiceField):
            model.choices = [(version.pk, version.name) for version in models]
        self.has_choices = bool(offered) and models.exists()


class CompareRunsForm(forms.Form):
    """Two runs to show side by side."""

    first = forms.TypedChoiceField(label=_("First run"), coerce=int)
    second = forms.TypedChoiceField(label=_("Second run"), coerce=int)

    def __init__(self, *args: Any, runs: Sequence[EvaluationRun], **kwargs: Any) -> None:
        """Offer runs with figures that the user may see."""
        super().__init__(*args, **kwargs)
        for name in ("first", "second"):
            field = self.fields[name]
            if isinstance(field, forms.TypedChoiceField):
                field.choices = [("", gettext("Choose one")), *((run.pk, run.name) for run in runs)]

    def clean_second(self) -> int:
        """Require another run than the first."""
        second = int(self.cleaned_data["second"])
        if second == self.cleaned_data.get("first"):
            raise forms.ValidationError(gettext("Choose another run than the first."))
        return second
